"""Vonage's delivery receipts, and what people write back.

https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts
https://developer.vonage.com/en/messaging/sms/guides/inbound-sms
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.courier import Courier, Errand, loopback_problem
from sandbox.vonage_signature import METHODS, signature
from sandbox.vonage_text import is_gsm, split

STATUSES = ("delivered", "accepted", "buffered", "expired", "failed", "rejected", "unknown", "none")
USUAL_CODE = {"delivered": "0", "accepted": "0", "buffered": "0", "expired": "2", "failed": "3", "rejected": "6"}
WAYS = ("get", "post", "post-json")
ATTEMPTS = 10
PHONES = 100_000
PRICE = "0.03330000"
# Numbers with a fate: documented in README.md for demonstrations.
WELL_KNOWN = {
    "447700900901": (("failed", "3"),),
    "447700900902": (("expired", "2"),),
    "447700900903": (("rejected", "6"),),
    "447700900910": (("buffered", "0"), ("delivered", "0")),
    "447700900911": (("accepted", "0"), ("delivered", "0")),
    "447700900912": (("unknown", "1"),),
    "447700900913": (),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One part of a message that was accepted."""

    message_id: str
    to: str
    sender: str
    client_ref: str


@dataclass(slots=True)
class Fate:
    """What becomes of messages to some numbers."""

    pattern: re.Pattern[str]
    status: str
    err_code: str

    def public(self) -> dict[str, str]:
        return {"match": self.pattern.pattern, "status": self.status, "err_code": self.err_code}


@dataclass(slots=True)
class ReceiptSettings:
    """`url` is used where a request gave no callback. `way`: get, post (form) or post-json."""

    url: str = ""
    way: str = "post-json"
    delay: float = 0.5
    signed: bool = True
    twice: bool = False
    fates: list[Fate] = field(default_factory=list)

    def public(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("url", "way", "delay", "signed", "twice")}

    def change(self, values: dict[str, Any]) -> None:
        """Raises ValueError, a sentence, and changes nothing then."""
        url, way = str(values.get("url", self.url)), str(values.get("way", self.way))
        if url and (problem := loopback_problem(url)):
            raise ValueError(f"«url»: {problem}.")
        if way not in WAYS:
            raise ValueError(f"«way» must be one of {', '.join(WAYS)}.")
        delay = values.get("delay", self.delay)
        if not isinstance(delay, int | float) or not 0 <= delay <= 3600:
            raise ValueError("«delay» must be from 0 to 3600 seconds.")
        self.url, self.way, self.delay = url, way, float(delay)
        self.signed = bool(values.get("signed", self.signed))
        self.twice = bool(values.get("twice", self.twice))


class Receipts:
    """Sends a receipt for every accepted part, through the courier."""

    def __init__(self, account: dict[str, str], courier: Courier, settings: ReceiptSettings) -> None:
        self._account = account
        self._courier = courier
        self.settings = settings
        self.refused = 0
        self._wrote_last: dict[str, tuple[str, str]] = {}

    def promise(self, sent: Sent, callback: str) -> None:
        url = callback or self.settings.url
        if not url:
            return
        self._wrote_last[sent.to] = (sent.sender, url)
        if len(self._wrote_last) > PHONES:
            self._wrote_last.pop(next(iter(self._wrote_last)))
        if loopback_problem(url):
            self.refused += 1
            return
        for number, (status, code) in enumerate(self._fate(sent.to), start=1):
            for _ in range(2 if self.settings.twice else 1):
                self._courier.send(self._errand(sent, url, status, code), delay=self.settings.delay * number)

    def reply(self, phone: str, text: str) -> None:
        """A person answers whoever wrote last; a long text comes in parts. Raises ValueError, a sentence."""
        if phone not in self._wrote_last:
            raise ValueError("Nobody has written to this phone, so there is nobody to answer.")
        if not text.strip():
            raise ValueError("«text» must not be empty.")
        sender, url = self._wrote_last[phone]
        if loopback_problem(url):
            raise ValueError("Only addresses on this machine are called.")
        kind = "text" if is_gsm(text) else "unicode"
        parts, reference = split(text, unicode=kind == "unicode"), str(secrets.randbelow(256))
        for number, part in enumerate(parts, start=1):
            words = {"msisdn": phone, "to": sender, "text": part, "type": kind}
            if len(parts) > 1:
                words |= {"concat": "true", "concat-ref": reference, "concat-total": str(len(parts))}
                words |= {"concat-part": str(number)}
            self._courier.send(self._inbound(url, words))

    def _inbound(self, url: str, words: dict[str, str]) -> Errand:
        values = words | {
            "messageId": secrets.token_hex(8).upper(),
            "keyword": words["text"].strip().partition(" ")[0].upper(),
            "api-key": self._account["api_key"],
        }

        def prepare() -> tuple[str, str, dict[str, str], bytes]:
            said = {"message-timestamp": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S}"}
            return self._request(url, self._signed(values | said))

        return Errand(prepare, ATTEMPTS)

    def set_fate(self, match: str, status: str, err_code: str) -> Fate:
        """Raises ValueError, a sentence."""
        if status not in STATUSES:
            raise ValueError(f"«status» must be one of {', '.join(STATUSES)}.")
        try:
            pattern = re.compile(".*" if match == "*" else match)
        except re.error as error:
            raise ValueError(f"«match» must be * or a regular expression: {error}.") from None
        fate = Fate(pattern, status, err_code or USUAL_CODE.get(status, "1"))
        self.settings.fates.insert(0, fate)
        return fate

    def _fate(self, to: str) -> tuple[tuple[str, str], ...]:
        for fate in self.settings.fates:
            if fate.pattern.search(to):
                return () if fate.status == "none" else ((fate.status, fate.err_code),)
        return WELL_KNOWN.get(to, (("delivered", "0"),))

    def _errand(self, sent: Sent, url: str, status: str, code: str) -> Errand:
        scts = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.settings.delay)

        def prepare() -> tuple[str, str, dict[str, str], bytes]:
            return self._request(url, self._values(sent, status, code, scts))

        return Errand(prepare, ATTEMPTS)

    def _values(self, sent: Sent, status: str, code: str, scts: dt.datetime) -> dict[str, str]:
        values = {
            "msisdn": sent.to,
            "to": sent.sender,
            "network-code": "23410",
            "messageId": sent.message_id,
            "price": PRICE,
            "status": status,
            "scts": f"{scts:%y%m%d%H%M}",
            "err-code": code,
            "api-key": self._account["api_key"],
            "message-timestamp": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S}",
        }
        if sent.client_ref:
            values["client-ref"] = sent.client_ref
        return self._signed(values)

    def _signed(self, values: dict[str, str]) -> dict[str, str]:
        secret, method = self._account.get("signature_secret", ""), self._account.get("signature_method", "sha256")
        if self.settings.signed and secret and method in METHODS:
            values |= {"timestamp": str(int(time.time())), "nonce": secrets.token_hex(8)}
            values["sig"] = signature(values, secret, method)
        return values

    def _request(self, url: str, values: dict[str, str]) -> tuple[str, str, dict[str, str], bytes]:
        if self.settings.way == "get":
            joint = "&" if "?" in url else "?"
            return "GET", f"{url}{joint}{urlencode(values)}", {}, b""
        if self.settings.way == "post":
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return "POST", url, headers, urlencode(values).encode()
        return "POST", url, {"content-type": "application/json"}, orjson.dumps(values)
