"""What comes back by e-mail: bounces (RFC 3464, and what some servers send instead) and complaints (RFC 5965).

In doubt about an address it lives: a report without machine-readable fields counts only if a mail server wrote it, and
its address is dead only where the words say so.
"""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import NamedTuple

from channels_app.contract import BadReceipt, Bounce, ReceiptEvent, ReceiptStatus
from channels_app.email.smtp.answers import DEAD_WORDS, without_addresses
from channels_app.email.smtp.message_id import client_ref_in

ACTIONS: dict[str, ReceiptStatus] = {
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "accepted",
    "delayed": "buffered",
}
"""RFC 3464, section 2.3.3; "failed" is looked at more closely."""

# The domain's mail can't work: no such host, no route, a null MX. RFC 3463 and RFC 7505.
NO_MAIL_SERVER = frozenset({"5.1.2", "5.4.4", "5.1.10"})
NO_HOST = re.compile(r"host (or domain name )?(not found|unknown)|domain (not found|does not exist)|unrouteable", re.I)
# Exchange Online's 5.1.10: https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online
NO_RECIPIENT = re.compile(r"recip(ient)?notfound", re.I)
# It was this message or its sender that was refused, not the recipient: policy, content, size, the sender's address.
OF_THE_MESSAGE = ("5.7.", "5.6.", "5.2.3", "5.3.4", "5.1.7", "5.1.8")
NO_MAILBOX = ("5.1.", "5.2.1")

COMPLAINTS = frozenset({"abuse", "fraud", "other", "virus", "opt-out", "opt-out-list", ""})
"""Feedback types that say that somebody doesn't want our mail; "not-spam" and "auth-failure" say something else."""

LONGEST_READ = 256 * 1024
"""Bytes of a report: what it says stands at its beginning, what came back of us after it. Anybody may write one."""

_DAEMON = re.compile(r"mailer-?daemon|postmaster|microsoftexchange|mail delivery (sub)?system", re.I)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REFUSAL = re.compile(r"\b([45]5\d)[ -]", re.ASCII)


class _Found(NamedTuple):
    status: ReceiptStatus
    reason: str
    bounce: Bounce = ""


def parse(raw: bytes) -> ReceiptEvent:
    """One report on a message of ours. Raises BadReceipt where it is none, BadSignature where its id is made up."""
    raw = raw[:LONGEST_READ]
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        reference = client_ref_in(_without_own_id(message, raw)) or client_ref_in(_text_of(message).encode())
        if not reference:
            raise BadReceipt("This is no report on a message of ours: none of our Message-IDs is in it.")
        status, reason, bounce = _read(message)
    except RecursionError as error:
        raise BadReceipt("This is no report: its parts are nested too deeply.") from error
    return ReceiptEvent(
        event_id=sha256(f"{reference} {status} {reason}".encode()).hexdigest(),
        provider_id="",
        client_ref=reference,
        status=status,
        reason=reason,
        at=_date(message),
        bounce=bounce,
    )


def _read(message: Message) -> _Found:
    feedback = _fields(message, "message/feedback-report")
    if feedback:
        return _complaint(feedback.get("feedback-type", "").strip().lower())
    fields = _fields(message, "message/delivery-status")
    if fields.get("action") or fields.get("status"):
        return _by_fields(fields)
    if not _is_from_a_server(message):
        raise BadReceipt("This is no bounce: no mail server wrote it.")
    return _by_words(_text_of(message))


def _complaint(kind: str) -> _Found:
    if kind in COMPLAINTS:
        return _Found("complained", f"Complaint: {kind or 'abuse'}.")
    return _Found("unknown", f"Feedback report: {_sentence(kind)}.")


def _by_fields(fields: dict[str, str]) -> _Found:
    action = fields.get("action", "").strip().lower()
    said = fields.get("diagnostic-code", "")
    words = said.partition(";")[2].strip() or said
    reason = _sentence(words or fields.get("status", "") or action)
    code = _code_of(fields.get("status", ""), words)
    if action in ACTIONS:
        return _Found(ACTIONS[action], reason)
    if action != "failed" and not code.startswith("5"):
        return _Found("buffered", reason)
    return _failed(code, reason, words)


def _code_of(status: str, words: str) -> str:
    """The enhanced status; where it says nothing (5.0.0) the one that the other server said."""
    told, said = _STATUS.search(status), _STATUS.search(words)
    best = said if said and (told is None or told[1].endswith(".0.0")) else told
    return best[1] if best else ""


def _by_words(text: str) -> _Found:
    found = _STATUS.search(text) or _REFUSAL.search(text)
    if found is None or found[1].startswith("2"):
        raise BadReceipt("This is no bounce: it names no status.")
    line = next(line for line in text.splitlines() if found[1] in line)
    if found[1].startswith("4"):
        return _Found("buffered", _sentence(line))
    return _failed(found[1], _sentence(line), line)


def _failed(code: str, reason: str, words: str) -> _Found:
    if code.startswith(OF_THE_MESSAGE):
        return _Found("undelivered", reason)
    way = _way(code, words)
    # Three digits alone, in a text for people, don't say enough of the address.
    return _Found("undelivered", reason) if way == "distance" and "." not in code else _Found("bounced", reason, way)


def _way(code: str, words: str) -> Bounce:
    """In which way the address is dead; what came back for another reason than the address is a distance bounce."""
    if NO_RECIPIENT.search(words):
        return "invalid"
    if code in NO_MAIL_SERVER or NO_HOST.search(words):
        return "mx_invalid"
    says_nothing = "." not in code or code.endswith(".0.0")
    return "invalid" if code.startswith(NO_MAILBOX) or (says_nothing and DEAD_WORDS.search(words)) else "distance"


def _is_from_a_server(message: Message) -> bool:
    """Answers of people and of their absence quote our Message-ID too."""
    return bool(message.get("X-Failed-Recipients") or _DAEMON.search(str(message.get("From", ""))))


def _fields(message: Message, kind: str) -> dict[str, str]:
    """The report's machine-readable fields, names in lower case; the last recipient's count. {} without such a part."""
    found: dict[str, str] = {}
    for part in message.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload()
            for block in payload if isinstance(payload, list) else [email.message_from_string(str(payload))]:
                if isinstance(block, Message):
                    found |= {name.lower(): str(value) for name, value in block.items()}
                    found |= _inside(block)
    return found


def _inside(block: Message) -> dict[str, str]:
    """Fields behind an empty line, where the part was taken for one message: its second block is the first's body."""
    payload = block.get_payload()
    if not isinstance(payload, str) or ":" not in payload:
        return {}
    return {name.lower(): str(value) for name, value in email.message_from_string(payload).items()}


def _without_own_id(message: Message, raw: bytes) -> bytes:
    """The report but for its own Message-ID: a message of ours that was posted by mistake is no report on itself."""
    own = str(message.get("Message-ID", "")).strip().encode(errors="replace")
    return raw.replace(own, b"", 1) if own else raw


def _text_of(message: Message) -> str:
    """The first text part: what the server wrote for people."""
    part = next((part for part in message.walk() if part.get_content_maintype() == "text"), None)
    payload = part.get_payload(decode=True) if part else b""
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _sentence(text: str) -> str:
    """Storable, on one line and without addresses."""
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    return without_addresses(" ".join(clean.split()))


def _date(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
