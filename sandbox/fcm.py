"""FCM HTTP v1: `POST /v1/projects/{project}/messages:send`.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import orjson

from sandbox.desk import Desk
from sandbox.fcm_errors import bad_field, failure, fcm_error, permission_denied, unauthenticated
from sandbox.google_token import GoogleTokens
from sandbox.wire import Answer, Message, Request, json_answer

PATH = re.compile(r"/v1/projects/([^/]+)/messages:send")
TOKEN = re.compile(r"[\w-]{22}:[\w.-]{3,4000}", re.ASCII)
LIMIT = 4096
TOP = {"message", "validate_only", "validateOnly"}
MESSAGE = {
    "name", "data", "notification", "android", "webpush", "apns", "fcm_options", "fcmOptions",
    "token", "topic", "condition",
}  # fmt: skip
NOTIFICATION = {"title", "body", "image"}
ANDROID = {
    "collapse_key", "collapseKey", "priority", "ttl", "restricted_package_name", "restrictedPackageName", "data",
    "notification", "fcm_options", "fcmOptions", "direct_boot_ok", "directBootOk", "bandwidth_constrained_ok",
    "bandwidthConstrainedOk", "restricted_satellite_ok", "restrictedSatelliteOk",
}  # fmt: skip
TTL = re.compile(r"\d+(\.\d{1,9})?s")
FOUR_WEEKS = 2_419_200
RESERVED = re.compile(r"(from|message_type|google\..*|gcm\..*)|google.*|gcm.*")
# What a token says after its colon decides what it gets: documented in README.md for demonstrations.
WELL_KNOWN = {
    "unregistered": "UNREGISTERED",
    "mismatch": "SENDER_ID_MISMATCH",
    "invalid": "INVALID_ARGUMENT",
    "quota": "QUOTA_EXCEEDED",
    "unavailable": "UNAVAILABLE",
    "internal": "INTERNAL",
}


class Fcm:
    """Checks, answers and writes down sends."""

    def __init__(self, tokens: GoogleTokens, desk: Desk, project: str) -> None:
        self._tokens = tokens
        self._desk = desk
        self._project = project

    def answer(self, request: Request) -> Answer | None:
        """None when the path is not FCM's."""
        path = PATH.fullmatch(request.path)
        if path is None or request.method != "POST":
            return None
        refused = self._authorise(request, path[1])
        if refused is not None:
            return self._desk.refuse(Message("fcm", ""), *refused)
        message, problem = _read(request.body)
        if problem is not None:
            return self._desk.refuse(message, problem, "INVALID_ARGUMENT")
        special = WELL_KNOWN.get(message.address.partition(":")[2].partition("-")[0])
        if special is not None:
            return self._desk.refuse(message, fcm_error(special), special)
        return self._desk.settle(message, success=lambda: self._success(message), failure=failure)

    def _authorise(self, request: Request, project: str) -> tuple[Answer, str] | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return unauthenticated(missing=True), "UNAUTHENTICATED"
        if not self._tokens.is_good(token):
            return unauthenticated(missing=False), "UNAUTHENTICATED"
        if project != self._project:
            return permission_denied(project), "PERMISSION_DENIED"
        return None

    def _success(self, message: Message) -> Answer:
        message_id = "fake_message_id" if message.dry_run else f"0:{time.time_ns() // 1000}%{secrets.token_hex(8)}"
        message.message_id = f"projects/{self._project}/messages/{message_id}"
        return json_answer(200, {"name": message.message_id})


def _read(body: bytes) -> tuple[Message, Answer | None]:
    """Read a send; the message as far as it was understood, and the refusal if there is one."""
    empty = Message("fcm", "", platform="android")
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        return empty, bad_field("", "Invalid JSON payload received. Unexpected token.")
    if not isinstance(whole, dict):
        return empty, bad_field("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')
    message = whole.get("message")
    problem = _unknown(whole, TOP, "") or _shape(message)
    if problem is not None or not isinstance(message, dict):
        return empty, problem or fcm_error("INVALID_ARGUMENT", message="The message is not set.")
    understood = _understand(message, bool(whole.get("validate_only") or whole.get("validateOnly")))
    return understood, _limits(message, understood)


def _unknown(values: Any, known: set[str], where: str) -> Answer | None:
    """Google's JSON reader refuses names it doesn't know."""
    if not isinstance(values, dict):
        return bad_field(where, f"Invalid value at '{where}' (an object was expected)")
    for name in values:
        if name not in known:
            at = f" at '{where}'" if where else ""
            return bad_field(where, f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.')
    return None


def _shape(message: Any) -> Answer | None:
    if message is None:
        return None
    problem = _unknown(message, MESSAGE, "message")
    for name, known in (("notification", NOTIFICATION), ("android", ANDROID)):
        if problem is None and message.get(name) is not None:
            problem = _unknown(message[name], known, f"message.{name}")
    if problem is None:
        problem = _strings(message.get("notification"), "message.notification")
    if problem is None and not isinstance(message.get("token", ""), str):
        problem = bad_field("message.token", f"Invalid value at 'message.token' (TYPE_STRING), {message['token']}")
    return problem or _data_strings(message.get("data"), "message.data")


def _strings(values: Any, where: str) -> Answer | None:
    for name, value in (values or {}).items():
        if not isinstance(value, str):
            shown = orjson.dumps(value).decode()
            field = f"{where}.{name}"
            return bad_field(field, f"Invalid value at '{field}' (TYPE_STRING), {shown}")
    return None


def _data_strings(data: Any, where: str) -> Answer | None:
    """Values of the data map must be strings; the n-th entry is named by its number."""
    if data is None:
        return None
    if not isinstance(data, dict):
        return bad_field(where, f"Invalid value at '{where}' (an object was expected)")
    for number, value in enumerate(data.values()):
        if not isinstance(value, str):
            field = f"{where}[{number}].value"
            return bad_field(field, f"Invalid value at '{field}' (TYPE_STRING), {orjson.dumps(value).decode()}")
    return None


def _understand(message: dict[str, Any], dry_run: bool) -> Message:
    notification = message.get("notification") or {}
    android = message.get("android") or {}
    shown = android.get("notification") or {}
    apple = ((message.get("apns") or {}).get("headers") or {}) if isinstance(message.get("apns"), dict) else {}
    collapse = shown.get("tag") or android.get("collapse_key") or android.get("collapseKey")
    return Message(
        "fcm",
        message.get("token", ""),
        platform="android",
        collapse_id=str(collapse or apple.get("apns-collapse-id") or ""),
        title=str(shown.get("title") or notification.get("title") or ""),
        text=str(shown.get("body") or notification.get("body") or ""),
        image=str(shown.get("image") or notification.get("image") or ""),
        dry_run=dry_run,
        data=message.get("data") or {},
    )


def _limits(message: dict[str, Any], understood: Message) -> Answer | None:
    targets = [name for name in ("token", "topic", "condition") if message.get(name)]
    if not targets:
        return fcm_error("INVALID_ARGUMENT", message="Recipient of the message is not set.")
    if len(targets) > 1:
        return bad_field("message", "oneof field 'target' is already set.")
    if "token" in targets and not TOKEN.fullmatch(understood.address):
        return fcm_error("INVALID_ARGUMENT")
    for key in understood.data:
        if RESERVED.fullmatch(key):
            return fcm_error("INVALID_ARGUMENT", message=f"Invalid data payload key: {key}")
    if _size(message, understood.data) > LIMIT:
        return fcm_error("INVALID_ARGUMENT", message="Android message is too big")
    return _ttl(message.get("android") or {})


def _size(message: dict[str, Any], data: dict[str, str]) -> int:
    """Bytes of payload: keys and values of the data map and of what is shown."""
    shown = (message.get("android") or {}).get("notification") or {}
    pairs = [*data.items(), *(message.get("notification") or {}).items(), *shown.items()]
    return sum(len(key.encode()) + len(str(value).encode()) for key, value in pairs)


def _ttl(android: dict[str, Any]) -> Answer | None:
    ttl = android.get("ttl")
    if ttl is None:
        return None
    if not isinstance(ttl, str) or not TTL.fullmatch(ttl):
        shown = orjson.dumps(ttl).decode()
        text = f"Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), {shown}"
        return bad_field("message.android.ttl", text)
    if float(ttl[:-1]) > FOUR_WEEKS:
        return fcm_error("INVALID_ARGUMENT", message=f"TTL must be from 0 to {FOUR_WEEKS} seconds.")
    return None
