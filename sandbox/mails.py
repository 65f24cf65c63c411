"""Mails as they came, and what a mail program makes of them."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections import deque
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message as Parsed
from html import unescape
from typing import Any

MOST_BYTES = 64 * 1024 * 1024
OURS = re.compile(r"<([0-9]{1,19})\.[0-9a-f]{16}@")
UNSEEN = re.compile(r"<(head|style|script|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.S | re.I)
SNIPPET = 140


@dataclass(frozen=True, slots=True)
class Mail:
    """What the page and the log need of a mail; read with Python's quicker parser."""

    subject: str
    sender: str
    text: str
    html: str
    client_ref: str
    unsubscribe: str
    one_click: bool

    @property
    def snippet(self) -> str:
        """The first words, hidden ones as well: what mail programs show beside the subject."""
        words = unescape(UNSEEN.sub(" ", self.html[:20_000])) if self.html else self.text
        return " ".join(words[:2_000].split())[:SNIPPET]


def read_mail(content: bytes) -> Mail:
    parsed = email.message_from_bytes(content)
    reference = OURS.search(str(parsed.get("Message-ID", "")))
    unsubscribe = re.search(r"<(http[^>\s]+)>", str(parsed.get("List-Unsubscribe", "")))
    return Mail(
        subject=_header(parsed, "Subject"),
        sender=_header(parsed, "From"),
        text=_part(parsed, "text/plain"),
        html=_part(parsed, "text/html"),
        client_ref=reference[1] if reference else "",
        unsubscribe=unsubscribe[1] if unsubscribe else "",
        one_click="One-Click" in str(parsed.get("List-Unsubscribe-Post", "")),
    )


def _header(parsed: Parsed, name: str) -> str:
    value = re.sub(r"\r?\n(?=[ \t])", "", str(parsed.get(name, "")))
    try:
        return str(make_header(decode_header(value))) if "=?" in value else value
    except (LookupError, ValueError):
        return value


def _part(parsed: Parsed, kind: str) -> str:
    for part in parsed.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            content = payload.replace(b"\r\n", b"\n") if isinstance(payload, bytes) else b""
            try:
                return content.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:
                return content.decode("utf-8", "replace")
    return ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail with its envelope; `seq` is its number in the log (that of its first recipient)."""

    seq: int
    queue_id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    accepted: bool
    reason: str
    at: float = field(default_factory=time.time)

    def public(self) -> dict[str, Any]:
        """Read once more, strictly: what doesn't keep to the standards is among the `defects`."""
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        mail = read_mail(self.content)
        return {
            "seq": self.seq,
            "at": round(self.at, 3),
            "message_id": self.queue_id,
            "sender": self.sender,
            "recipients": self.recipients,
            "accepted": self.accepted,
            "reason": self.reason,
            "headers": {name.lower(): str(value) for name, value in parsed.items()},
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "client_ref": mail.client_ref,
            "defects": [type(defect).__name__ for part in parsed.walk() for defect in _defects(part)],
            "raw": self.content.decode("utf-8", "replace"),
        }


def _defects(part: Parsed) -> list[Any]:
    return [*part.defects, *(defect for value in part.values() for defect in getattr(value, "defects", ()))]


class Mails:
    """The newest mails whole, as many as 64 MB hold; the log has the others' subjects and texts."""

    def __init__(self) -> None:
        self._kept: deque[Kept] = deque()
        self._bytes = 0

    def keep(self, mail: Kept) -> None:
        self._kept.append(mail)
        self._bytes += len(mail.content)
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._bytes -= len(self._kept.popleft().content)

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0

    def find(self, *, since: int, address: str, limit: int) -> list[Kept]:
        """Oldest first; `since` is exclusive."""
        fitting = [mail for mail in self._kept if mail.seq > since and (not address or address in mail.recipients)]
        return fitting[:limit]
