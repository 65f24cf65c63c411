"""APNs: `POST /3/device/{token}` over HTTP/2 and TLS.

https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import orjson

from sandbox.apns_tokens import ProviderTokens
from sandbox.desk import Desk
from sandbox.faults import Rule
from sandbox.wire import Answer, Message, Request

PREFIX = "/3/device/"
DEVICE = re.compile(r"(?:[0-9a-fA-F]{2}){32,100}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TOPIC = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9_-]+)+")
PUSH_TYPES = {
    "alert", "background", "controls", "location", "voip", "complication", "fileprovider", "mdm", "liveactivity",
    "pushtotalk", "widgets",
}  # fmt: skip
LIMIT, VOIP_LIMIT = 4096, 5120
STATUS = {
    "BadCollapseId": 400, "BadDeviceToken": 400, "BadExpirationDate": 400, "BadMessageId": 400, "BadPriority": 400,
    "BadTopic": 400, "DeviceTokenNotForTopic": 400, "DuplicateHeaders": 400, "IdleTimeout": 400,
    "InvalidPushType": 400, "MissingDeviceToken": 400, "MissingTopic": 400, "PayloadEmpty": 400,
    "TopicDisallowed": 400, "BadCertificate": 403, "BadCertificateEnvironment": 403, "ExpiredProviderToken": 403,
    "Forbidden": 403, "InvalidProviderToken": 403, "MissingProviderToken": 403, "UnrelatedKeyIdInToken": 403,
    "BadEnvironmentKeyIdInToken": 403, "BadPath": 404, "MethodNotAllowed": 405, "ExpiredToken": 410,
    "Unregistered": 410, "PayloadTooLarge": 413, "TooManyProviderTokenUpdates": 429, "TooManyRequests": 429,
    "InternalServerError": 500, "ServiceUnavailable": 503, "Shutdown": 503,
}  # fmt: skip
BY_STATUS = {
    400: "BadDeviceToken", 403: "InvalidProviderToken", 404: "BadPath", 405: "MethodNotAllowed", 410: "Unregistered",
    413: "PayloadTooLarge", 429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable",
}  # fmt: skip
# Device tokens that begin so always get this answer: documented in README.md for demonstrations.
WELL_KNOWN = {
    "deadbeef": "Unregistered",
    "badbadba": "BadDeviceToken",
    "0badf00d": "DeviceTokenNotForTopic",
    "50505050": "InternalServerError",
    "42942942": "TooManyRequests",
}


class Apns:
    """Checks, answers and writes down pushes to Apple's devices."""

    def __init__(self, tokens: ProviderTokens, desk: Desk, topic: str) -> None:
        self._tokens = tokens
        self._desk = desk
        self._topic = topic

    def answer(self, request: Request) -> Answer | None:
        """None when the path is not APNs'."""
        if not request.path.startswith("/3/"):
            return None
        if not request.peer.http2:
            return Answer(505)  # Apple speaks HTTP/2 only
        apns_id = request.headers.get("apns-id", "")
        message = Message("apns", request.path.removeprefix(PREFIX).lower(), platform="ios")
        message.message_id = apns_id if UUID.fullmatch(apns_id) else str(uuid.uuid4()).upper()
        message.collapse_id = request.headers.get("apns-collapse-id", "")
        reason = self._refusal(request, message)
        if reason:
            return self._desk.refuse(message, _error(message, reason), reason)
        return self._desk.settle(
            message,
            success=lambda: Answer(200, headers=(("apns-id", message.message_id),)),
            failure=lambda rule: _failure(message, rule),
        )

    def _refusal(self, request: Request, message: Message) -> str:
        if request.method != "POST":
            return "MethodNotAllowed"
        if not request.path.startswith(PREFIX):
            return "BadPath"
        return (
            self._tokens.refusal(request)
            or _headers(request)
            or self._topic_refusal(request.headers)
            or _device(message.address)
            or _payload(request, message)
        )

    def _topic_refusal(self, headers: dict[str, str]) -> str:
        topic = headers.get("apns-topic", "")
        if not topic:
            return "MissingTopic"
        if not TOPIC.fullmatch(topic):
            return "BadTopic"
        is_ours = topic == self._topic or topic.startswith(f"{self._topic}.")
        return "" if is_ours else "TopicDisallowed"


def _headers(request: Request) -> str:
    headers = request.headers
    if any(name.startswith("apns-") or name == "authorization" for name in request.repeated):
        return "DuplicateHeaders"
    if "apns-id" in headers and not UUID.fullmatch(headers["apns-id"]):
        return "BadMessageId"
    if not re.fullmatch(r"\d{1,10}", headers.get("apns-expiration", "0")):
        return "BadExpirationDate"
    if headers.get("apns-priority", "10") not in ("1", "5", "10"):
        return "BadPriority"
    if len(headers.get("apns-collapse-id", "").encode()) > 64:
        return "BadCollapseId"
    return "" if headers.get("apns-push-type", "alert") in PUSH_TYPES else "InvalidPushType"


def _device(token: str) -> str:
    if not token:
        return "MissingDeviceToken"
    if not DEVICE.fullmatch(token):
        return "BadDeviceToken"
    return WELL_KNOWN.get(token[:8], "")


def _payload(request: Request, message: Message) -> str:
    limit = VOIP_LIMIT if request.headers.get("apns-push-type") == "voip" else LIMIT
    if len(request.body) > limit:
        return "PayloadTooLarge"
    try:
        payload = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return "PayloadEmpty"
    if not isinstance(payload, dict) or not payload:
        return "PayloadEmpty"
    _understand(payload, message)
    return ""


def _understand(payload: dict[str, Any], message: Message) -> None:
    aps = payload.get("aps")
    alert = aps.get("alert") if isinstance(aps, dict) else None
    if isinstance(alert, dict):
        message.title, message.text = str(alert.get("title") or ""), str(alert.get("body") or "")
    elif alert is not None:
        message.text = str(alert)
    own = {key: value for key, value in payload.items() if key != "aps"}
    nested = own.get("data")
    if isinstance(nested, dict):
        own |= nested
    message.data = {key: value for key, value in own.items() if isinstance(value, str)}
    message.image = next((own[key] for key in ("image", "logo") if isinstance(own.get(key), str)), "")


def _error(message: Message, reason: str, retry_after: float = 0) -> Answer:
    body: dict[str, Any] = {"reason": reason}
    if STATUS.get(reason) == 410:
        body["timestamp"] = int(time.time() * 1000) - 1000
    headers = [("apns-id", message.message_id)]
    if retry_after:
        headers.append(("retry-after", str(round(retry_after))))
    return Answer(STATUS.get(reason, 400), orjson.dumps(body), tuple(headers), content_type="application/json")


def _failure(message: Message, rule: Rule) -> tuple[Answer, str]:
    if rule.action == "dead":
        return _dead(message, rule)
    reason = rule.value
    if rule.action == "throttle":
        reason = "TooManyRequests"
    elif rule.action == "status":
        reason = BY_STATUS.get(int(rule.value), "")
        if not reason:
            return Answer(int(rule.value), headers=(("apns-id", message.message_id),)), rule.value
    return _error(message, reason, rule.seconds), reason


def _dead(message: Message, rule: Rule) -> tuple[Answer, str]:
    """410; `value` may give the time of death in ms, as a token registered after it is alive again."""
    answer = _error(message, "Unregistered")
    if rule.value.isdigit():
        answer.body = orjson.dumps({"reason": "Unregistered", "timestamp": int(rule.value)})
    return answer, "Unregistered"
