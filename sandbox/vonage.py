"""Vonage's SMS API: `POST /sms/json` and `GET /account/get-balance`.

https://developer.vonage.com/en/api/sms and https://developer.vonage.com/en/api-errors/sms
"""

from __future__ import annotations

import re
import secrets
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.credentials import Credentials
from sandbox.desk import Desk
from sandbox.faults import Rule
from sandbox.receipts import Receipts, Sent
from sandbox.vonage_signature import is_signed
from sandbox.vonage_text import as_gsm, segments
from sandbox.wire import Answer, Message, Request, json_answer

PRICE = 0.0333
BALANCE = 1000.0
LONGEST = 3200
ERRORS = {
    "1": "Throughput Rate Exceeded - please wait [ 250 ] and retry",
    "2": "Missing {} param",
    "3": "Invalid value for param: {}",
    "4": "Bad Credentials",
    "5": "Internal error",
    "6": "Unroutable message - rejected",
    "7": "Number barred",
    "8": "Partner account barred",
    "9": "Quota Exceeded - rejected",
    "10": "Too many existing binds",
    "11": "Account not enabled for HTTP",
    "12": "Message too long",
    "14": "Invalid Signature",
    "15": "Illegal Sender Address - rejected",
    "22": "Invalid Network code",
    "23": "Invalid callback url",
    "29": "Non White-listed Destination - rejected",
    "32": "Signature And API Secret Disallowed",
    "33": "Number De-activated",
}
# Numbers that always get this status at once: documented in README.md for demonstrations.
WELL_KNOWN = {
    "447700900904": "7", "447700900905": "6", "447700900906": "1", "447700900907": "5", "447700900908": "29",
    "447700900909": "9",
}  # fmt: skip


class Vonage:
    """Checks, answers and writes down text messages; receipts follow."""

    def __init__(self, credentials: Credentials, desk: Desk, receipts: Receipts) -> None:
        self._account = credentials.vonage
        self._desk = desk
        self._receipts = receipts
        self._spent = 0.0

    def answer(self, request: Request) -> Answer | None:
        """None when the path is not Vonage's."""
        if request.path == "/sms/json":
            return self._send(request) if request.method == "POST" else Answer(405)
        if request.path == "/account/get-balance":
            return self._balance(request)
        return None

    def _balance(self, request: Request) -> Answer:
        query = dict(parse_qsl(request.query))
        if not self._is_known(query.get("api_key"), query.get("api_secret")) and not self._basic(request):
            return json_answer(401, {"error-code": "401", "error-code-label": "authentication failed"})
        return json_answer(200, {"value": round(BALANCE - self._spent, 4), "autoReload": False})

    def _is_known(self, key: Any, secret: Any) -> bool:
        account = self._account
        right_key = secrets.compare_digest(str(key).encode(), account["api_key"].encode())
        return right_key and secrets.compare_digest(str(secret).encode(), account["api_secret"].encode())

    def _basic(self, request: Request) -> bool:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return False
        return self._is_known(key, secret)

    def _send(self, request: Request) -> Answer:
        values = _values(request)
        message = Message(
            "vonage",
            values.get("to", "").removeprefix("+"),
            platform="sms",
            client_ref=values.get("client-ref", ""),
            text=values.get("text", ""),
            sender=values.get("from", ""),
        )
        if values.get("type", "text") == "text":
            message.text = as_gsm(message.text)
        status, name = self._refusal(request, values)
        status = status or WELL_KNOWN.get(message.address, "")
        if status:
            return self._desk.refuse(message, _error(status, name, message), f"status {status}")
        return self._desk.settle(
            message,
            success=lambda: self._accept(message, values),
            failure=lambda rule: self._failure(message, values, rule),
        )

    def _refusal(self, request: Request, values: dict[str, str]) -> tuple[str, str]:
        """Vonage's status and the parameter it is about; empty when the request is in order."""
        status = self._auth_status(request, values)
        if status:
            return status, ""
        for name in ("to", "from", "text"):
            if not values.get(name):
                return "2", name
        if not re.fullmatch(r"\+?[1-9]\d{6,14}", values["to"]):
            return "3", "to"
        if not re.fullmatch(r"\+?\d{3,15}|[A-Za-z0-9 &._-]{1,11}", values["from"]):
            return "15", ""
        return _parameters(values)

    def _auth_status(self, request: Request, values: dict[str, str]) -> str:
        if "sig" in values and "api_secret" in values:
            return "32"
        if "sig" in values:
            return (
                "" if values.get("api_key") == self._account["api_key"] and is_signed(values, self._account) else "14"
            )
        if self._is_known(values.get("api_key"), values.get("api_secret")) or self._basic(request):
            return ""
        if "authorization" not in request.headers:
            for name in ("api_key", "api_secret"):
                if not values.get(name):
                    return "2"
        return "4"

    def _accept(self, message: Message, values: dict[str, str]) -> Answer:
        parts = segments(message.text, unicode=values.get("type") == "unicode")
        entries: list[dict[str, str]] = []
        for _ in range(parts):
            self._spent += PRICE
            entries.append(self._entry(message))
        message.message_id = entries[0]["message-id"]
        if values.get("status-report-req", "true").lower() not in ("false", "0"):
            for entry in entries:
                sent = Sent(entry["message-id"], message.address, message.sender, message.client_ref)
                self._receipts.promise(sent, values.get("callback", ""))
        return json_answer(200, {"message-count": str(parts), "messages": entries})

    def _entry(self, message: Message) -> dict[str, str]:
        entry = {
            "to": message.address,
            "message-id": secrets.token_hex(8).upper(),
            "status": "0",
            "remaining-balance": f"{BALANCE - self._spent:.8f}",
            "message-price": f"{PRICE:.8f}",
            "network": "23410",
        }
        return entry | ({"client-ref": message.client_ref} if message.client_ref else {})

    def _failure(self, message: Message, values: dict[str, str], rule: Rule) -> tuple[Answer, str]:
        """Vonage's answer under a rule. A dead number is told by its receipt, as carriers do, or by status 33."""
        if rule.action == "throttle":
            return _error("1", "", message), "status 1"
        if rule.action == "dead":
            return _error("33", "", message), "status 33"
        if rule.action == "error":
            return _error(rule.value, "", message), f"status {rule.value}"
        headers = (("retry-after", str(round(rule.seconds))),) if rule.seconds else ()
        page = f"<html><body><h1>{rule.value}</h1></body></html>".encode()
        return Answer(int(rule.value), page, headers, content_type="text/html"), rule.value


def _values(request: Request) -> dict[str, str]:
    """The parameters, from a form or JSON body and the query."""
    values = dict(parse_qsl(request.query, keep_blank_values=True))
    if "json" in request.headers.get("content-type", ""):
        try:
            body = orjson.loads(request.body or b"{}")
        except orjson.JSONDecodeError:
            return values
        if not isinstance(body, dict):
            return values
        return values | {name: _text(value) for name, value in body.items() if value is not None}
    return values | dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _parameters(values: dict[str, str]) -> tuple[str, str]:
    if values.get("type", "text") not in ("text", "unicode", "binary"):
        return "3", "type"
    if len(values["text"]) > LONGEST:
        return "12", ""
    if len(values.get("client-ref", "")) > 100:
        return "3", "client-ref"
    ttl = values.get("ttl", "20000")
    if not ttl.isdigit() or not 20_000 <= int(ttl) <= 604_800_000:
        return "3", "ttl"
    if not re.fullmatch(r"(https?://\S{1,2000})?", values.get("callback", "")):
        return "23", ""
    return "", ""


def _error(status: str, name: str, message: Message) -> Answer:
    text = ERRORS.get(status, "The sandbox was told to fail.").replace("{}", name or "api_key").strip()
    entry = {"status": status, "error-text": text}
    if message.address:
        entry = {"to": message.address, **entry}
    if message.client_ref:
        entry["client-ref"] = message.client_ref
    return json_answer(200, {"message-count": "1", "messages": [entry]})
