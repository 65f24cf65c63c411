"""What comes back by e-mail: bounces (RFC 3464 and what some servers send instead) and complaints (RFC 5965)."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256

from channels_app.contract import BadReceipt, Bounce, ReceiptEvent, ReceiptStatus
from channels_app.email.smtp.message_id import client_ref_in

# The domain's mail can't work: no such host, a null MX, no route. RFC 3463 and RFC 7505.
NO_MAIL_SERVER = frozenset({"5.1.2", "5.4.4", "5.1.10"})
NO_HOST = re.compile(r"host (or domain name )?(not found|unknown)|domain (not found|does not exist)|unrouteable", re.I)
# It was this message that was refused, not the address: policy, content, size.
OF_THE_MESSAGE = ("5.7.", "5.6.", "5.2.3", "5.3.4")
NO_MAILBOX = frozenset({"5.1.1", "5.1.3", "5.1.6", "5.2.1"})
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REFUSAL = re.compile(r"\b(5\d\d)[ -]", re.ASCII)
ACTIONS: dict[str, ReceiptStatus] = {
    "delivered": "delivered",
    "relayed": "accepted",
    "expanded": "accepted",
    "delayed": "buffered",
}


def parse(raw: bytes) -> ReceiptEvent:
    """One report, of a message of ours. Raises BadReceipt where it is none, BadSignature where its id is made up."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    reference = client_ref_in(_returned(message, raw))
    if not reference:
        raise BadReceipt("This is no report on a message of ours: none of our Message-IDs is in it.")
    fields = _fields(message, "message/feedback-report")
    status, reason, bounce = ("complained", _kind_of(fields), "") if fields else _bounce(message)
    return ReceiptEvent(
        event_id=sha256(f"{reference} {status} {reason}".encode()).hexdigest(),
        provider_id="",
        client_ref=reference,
        status=status,  # type: ignore[arg-type]  # literals of both branches
        reason=reason,
        at=_date(message),
        bounce=bounce,  # type: ignore[arg-type]
    )


def _bounce(message: Message) -> tuple[ReceiptStatus, str, Bounce]:
    fields = _fields(message, "message/delivery-status")
    if fields:
        return _by_fields(fields)
    text = _text_of(message)
    found = _STATUS.search(text) or _REFUSAL.search(text)
    if found is None or found[1].startswith("2"):
        raise BadReceipt("This is no bounce: it names no status.")
    if found[1].startswith("4"):
        return "buffered", _line_with(text, found[1]), ""
    return _failed(found[1], _line_with(text, found[1]), text)


def _by_fields(fields: dict[str, str]) -> tuple[ReceiptStatus, str, Bounce]:
    action = fields.get("action", "").lower()
    status = _STATUS.search(fields.get("status", ""))
    diagnostic = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("diagnostic-code", "")
    reason = " ".join((diagnostic or fields.get("status", "") or action).split())[:500]
    if action in ACTIONS:
        return ACTIONS[action], reason, ""
    code = status[1] if status else ""
    return _failed(code, reason, diagnostic)


def _failed(code: str, reason: str, words: str) -> tuple[ReceiptStatus, str, Bounce]:
    if code.startswith(OF_THE_MESSAGE):
        return "undelivered", reason, ""
    return "bounced", reason, _way(code, words)


def _way(code: str, words: str) -> Bounce:
    """In which way the address is dead. What came back for another reason than the address is a distance bounce."""
    if code in NO_MAIL_SERVER or NO_HOST.search(words):
        return "mx_invalid"
    return "invalid" if code in NO_MAILBOX or code.startswith("550") else "distance"


def _kind_of(fields: dict[str, str]) -> str:
    return f"Complaint: {fields.get('feedback-type', 'abuse')}."[:500]


def _fields(message: Message, kind: str) -> dict[str, str]:
    """The report's machine-readable fields, names in lower case; the last recipient's count. {} without such a part."""
    found: dict[str, str] = {}
    for part in message.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload()
            blocks = payload if isinstance(payload, list) else [email.message_from_string(str(payload))]
            for block in blocks:
                if isinstance(block, Message):
                    found |= {name.lower(): str(value) for name, value in block.items()}
                    found |= _inside(block)
    return found


def _inside(block: Message) -> dict[str, str]:
    """Fields behind an empty line: python's parser takes a delivery-status' second block for the first one's body."""
    payload = block.get_payload()
    if not isinstance(payload, str) or ":" not in payload:
        return {}
    return {name.lower(): str(value) for name, value in email.message_from_string(payload).items()}


def _returned(message: Message, raw: bytes) -> bytes:
    """What stands after the report's own headers: its own Message-ID is the server's, not ours."""
    own = str(message.get("Message-ID", "")).strip().encode()
    return raw.replace(own, b"", 1) if own else raw


def _text_of(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    payloads = [part.get_payload(decode=True) for part in parts[:1]]
    return "\n".join(each.decode("utf-8", "replace") for each in payloads if isinstance(each, bytes))


def _line_with(text: str, found: str) -> str:
    return " ".join(next((line for line in text.splitlines() if found in line), "").split())[:500]


def _date(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
