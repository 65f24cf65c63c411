"""What a mail server's answers mean, as data.

https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3 (replies), https://www.rfc-editor.org/rfc/rfc3463 (enhanced codes)
"""

import re
from dataclasses import dataclass
from typing import Literal

import pycurl

from channels_app.contract import Blocked, Handed, Outcome, Permanent, Temporary, Unknown

Stage = Literal["connection", "envelope", "body", "after the body"]

# The mailbox or its domain doesn't exist, and never will by itself: X.1.1 to X.1.3, X.1.6 (moved), X.1.10 (null MX).
DEAD_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# Servers without enhanced codes say it in words, to RCPT alone.
DEAD_REPLIES = frozenset({550, 551, 553})
DEAD_WORDS = re.compile(
    r"no such (user|mailbox|recipient|address)|user (is )?unknown|unknown (user|recipient|mailbox|local.?part)"
    r"|(user|mailbox|recipient|address|account) (does not|doesn't) exist|invalid (recipient|mailbox|user)"
    r"|mailbox (not found|unavailable: no such)|not a valid mailbox|recipient not found",
    re.IGNORECASE,
)
# The account is refused rather than the message: RFC 4954, section 6, and relays that want a sign-in first.
BLOCKED_REPLIES = frozenset({454, 530, 534, 535, 538})
BLOCKED_CODES = frozenset({"5.7.8", "5.7.9", "5.7.11", "5.7.13", "4.7.0"})

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
_QUEUE_ID = re.compile(r"(?:queued as|id=|queue id|\bid) ?:?<?([A-Za-z0-9._-]{4,64})", re.IGNORECASE)

# libcurl's errors that come of the sender's settings: https://curl.se/libcurl/c/libcurl-errors.html
SETTINGS: dict[int, str] = {
    pycurl.E_LOGIN_DENIED: "The mail server refuses the user name or password",
    pycurl.E_USE_SSL_FAILED: "The mail server offers no STARTTLS",
    pycurl.E_PEER_FAILED_VERIFICATION: "The mail server's certificate isn't valid for its name",
    pycurl.E_SSL_CACERT_BADFILE: "The authorities' certificates can't be read",
    pycurl.E_URL_MALFORMAT: "The mail server's name is not one",
}
NOT_REACHED: dict[int, str] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "The mail server's name is not known",
    pycurl.E_COULDNT_CONNECT: "The mail server can't be reached",
    pycurl.E_SSL_CONNECT_ERROR: "No TLS could be agreed on with the mail server",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """How handing over one message went: libcurl's error (0: none), the server's last reply, and how far it came."""

    key: int
    error: int
    words: str
    reply: str
    stage: Stage

    @property
    def code(self) -> int:
        """The reply's three digits, 0 without a reply."""
        return int(self.reply[:3]) if self.reply[:3].isdigit() else 0


def read(exchange: Exchange) -> Outcome:
    """The outcome of one message."""
    if not exchange.error and exchange.code // 100 == 2:
        return Handed(exchange.key, _queue_id(exchange.reply))
    if exchange.error in SETTINGS:
        return Blocked(exchange.key, _sentence(SETTINGS[exchange.error], exchange))
    if exchange.stage == "connection" and exchange.code // 100 != 5:
        return Temporary(exchange.key, _sentence(NOT_REACHED.get(exchange.error, "Not reached"), exchange))
    if exchange.code // 100 in (4, 5):
        return _refused(exchange)
    if exchange.stage == "after the body":
        return Unknown(exchange.key, f"No answer after the whole message: {exchange.words}")
    # The dot that ends a message was never sent, so the server can't have taken it: RFC 5321, section 4.1.1.4.
    return Temporary(exchange.key, f"The connection was lost before the message's end: {exchange.words}")


def trouble(exchange: Exchange) -> str:
    """A sentence on why a sign-in failed."""
    told = SETTINGS.get(exchange.error) or NOT_REACHED.get(exchange.error) or "The mail server doesn't take our sign-in"
    return _sentence(told, exchange)


def is_dead(code: int, text: str) -> bool:
    """Whether a refusal of a recipient says that the address will never work. `text` follows the reply's digits."""
    enhanced = _ENHANCED.match(text)
    if enhanced:
        return enhanced[1] in DEAD_CODES
    return code in DEAD_REPLIES and bool(DEAD_WORDS.search(text))


def _refused(exchange: Exchange) -> Outcome:
    text = exchange.reply[4:]
    enhanced = _ENHANCED.match(text)
    if exchange.code in BLOCKED_REPLIES or (enhanced and enhanced[1] in BLOCKED_CODES and exchange.code // 100 == 5):
        return Blocked(exchange.key, f"The mail server wants another sign-in: {exchange.reply}")
    if exchange.code // 100 == 4:
        return Temporary(exchange.key, f"The mail server says later: {exchange.reply}")
    if exchange.stage == "connection":
        return Blocked(exchange.key, f"The mail server refuses us: {exchange.reply}")
    dead = exchange.stage == "envelope" and is_dead(exchange.code, text)
    return Permanent(exchange.key, f"The mail server refuses: {exchange.reply}", address_is_dead=dead)


def _queue_id(reply: str) -> str:
    """The server's own name for the message, or its whole answer."""
    found = _QUEUE_ID.search(reply)
    return found[1] if found else reply[4:].strip()[:255]


def _sentence(sentence: str, exchange: Exchange) -> str:
    return f"{sentence}: {exchange.reply or exchange.words}" if exchange.reply or exchange.words else f"{sentence}."
