"""What a mail server's answers mean, as data.

https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3 (replies), https://www.rfc-editor.org/rfc/rfc3463 (enhanced codes)
"""

import re
from dataclasses import dataclass
from typing import Literal

from channels_app.contract import Blocked, Handed, NotBegun, Outcome, Permanent, Temporary, Unknown

Stage = Literal["not begun", "connection", "envelope", "body", "after the body"]
Command = Literal["", "MAIL", "RCPT", "DATA", "body"]
Trouble = Literal["", "name", "unreachable", "tls", "certificate", "authorities", "no starttls", "sign-in", "lost"]

# The mailbox or its domain doesn't exist, and never will by itself: X.1.1 to X.1.3, X.1.6 (moved), X.1.10 (null MX).
DEAD_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# Replies to RCPT that are about the recipient; without an enhanced code they must say it in words. 556: RFC 7505.
DEAD_REPLIES = frozenset({550, 551, 553, 556})
DEAD_WORDS = re.compile(
    r"no such (user|mailbox|recipient|address)|user (is )?unknown|unknown (user|recipient|mailbox|local.?part)"
    r"|(user|mailbox|recipient|address|account) (does not|doesn't) exist|invalid (recipient|mailbox|user)"
    r"|mailbox (not found|unavailable: no such)|not a valid mailbox|recipient not found",
    re.IGNORECASE,
)
# Many servers judge us, our sign-in and our sender only when the recipient is named (Postfix delays it all) or when the
# message is there (Exchange, Amazon's SES, Google's limits). What a server repeats of another one's words, or says of
# the recipient, is about the recipient.
ABOUT_US = re.compile(
    r"(?!.*(?:said:|recipient address rejected)).*(?:"
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|prohibited|not allowed)|unable to relay"
    r"|(?:helo command|sender address|client host) rejected|client host \S+ blocked|authentication (?:is )?required"
    r"|send as this sender|bad outbound sender|address is not verified|failed the check in region"
    r"|(?:sending|submission) (?:quota|limit)|sendlimitexceeded)",
    re.IGNORECASE | re.DOTALL,
)
SENDER_CODES = frozenset({"5.1.7", "5.1.8", "5.7.60"})
# The account is refused rather than the message: RFC 4954, section 6, and relays that want a sign-in first.
BLOCKED_REPLIES = frozenset({525, 530, 534, 535, 538})
# MAIL names nothing but the sender and the size: what is refused for another reason than the size is the sender.
TOO_BIG = frozenset({"5.2.3", "5.3.4"})

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
_QUEUE_ID = re.compile(r"(?:queued as|id=|queue id|\bid) ?:?<?([A-Za-z0-9._-]{4,64})", re.IGNORECASE)
_AFTER_OK = re.compile(r"^250 (?:2\.\d\.\d )?ok:? +([A-Za-z0-9._-]*\d[A-Za-z0-9._-]*)", re.IGNORECASE)
# From the beginning of a word on and without a second try: a megabyte without an @ is read once.
_ADDRESS = re.compile(r"(?<![^\s<>@])[^\s<>@]++@[^\s<>@]+")

# What comes of the sender's settings, and what of the way to the server.
SETTINGS: dict[Trouble, str] = {
    "sign-in": "The mail server refuses the user name or password",
    "no starttls": "The mail server offers no STARTTLS",
    "certificate": "The mail server's certificate isn't valid for its name",
    "authorities": "The authorities' certificates can't be read",
}
NOT_REACHED: dict[Trouble, str] = {
    "name": "The mail server's name is not known",
    "unreachable": "The mail server can't be reached",
    "tls": "No TLS could be agreed on with the mail server",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """How handing over one message went: the trouble on our side of it ("" if none) and its words, the server's last
    reply ("" if none came), how far the message came, and the command that was refused.
    """

    key: int
    trouble: Trouble
    words: str
    reply: str
    stage: Stage
    refused: Command = ""

    @property
    def code(self) -> int:
        """The reply's three digits, 0 without a reply."""
        return int(self.reply[:3]) if self.reply[:3].isdigit() else 0


def read(exchange: Exchange) -> Outcome:
    """The outcome of one message."""
    if not exchange.trouble and exchange.code // 100 == 2:
        return Handed(exchange.key, _queue_id(exchange.reply))
    if exchange.stage == "not begun":
        return NotBegun(exchange.key, "The mail server is slow: the message waits.")
    if exchange.trouble in SETTINGS or exchange.stage == "connection":
        return _not_connected(exchange)
    if exchange.code // 100 in (4, 5):
        return _refused(exchange)
    if exchange.stage == "after the body":
        return Unknown(exchange.key, f"No answer after the whole message: {exchange.words}")
    # The dot that ends a message was never sent, so the server can't have taken it: RFC 5321, section 4.1.1.4.
    return Temporary(exchange.key, f"The connection was lost before the message's end: {exchange.words}")


def _not_connected(exchange: Exchange) -> Outcome:
    if exchange.trouble in SETTINGS:
        sentence = _sentence(SETTINGS[exchange.trouble], exchange)
        return Temporary(exchange.key, sentence) if _is_for_now(exchange) else Blocked(exchange.key, sentence)
    if exchange.code // 100 == 5:
        return Blocked(exchange.key, f"The mail server refuses us: {without_addresses(exchange.reply)}")
    return Temporary(exchange.key, _sentence(NOT_REACHED.get(exchange.trouble, "Not reached"), exchange))


def trouble(exchange: Exchange) -> str:
    """A sentence on why a sign-in failed."""
    told = (SETTINGS | NOT_REACHED).get(exchange.trouble, "The mail server doesn't take our sign-in")
    return _sentence(told, exchange)


def is_dead(code: int, text: str) -> bool:
    """Whether a refusal of a recipient says that the address will never work. `text` follows the reply's digits."""
    if code not in DEAD_REPLIES:
        return False
    enhanced = _ENHANCED.match(text)
    return enhanced[1] in DEAD_CODES if enhanced else bool(DEAD_WORDS.search(text))


def _refused(exchange: Exchange) -> Outcome:
    text, told = exchange.reply[4:], without_addresses(exchange.reply)
    if exchange.code in BLOCKED_REPLIES:
        return Blocked(exchange.key, f"The mail server wants another sign-in: {told}")
    if exchange.code // 100 == 4:
        return Temporary(exchange.key, f"The mail server says later: {told}")
    if exchange.refused == "MAIL" and not _is_too_big(exchange):
        return Blocked(exchange.key, f"The mail server refuses the sender: {told}")
    if _is_about_us(told[4:]):  # an address may hold any of its words
        return Blocked(exchange.key, f"The mail server refuses us: {told}")
    dead = exchange.refused == "RCPT" and is_dead(exchange.code, text)
    return Permanent(exchange.key, f"The mail server refuses: {told}", address_is_dead=dead)


def _is_about_us(text: str) -> bool:
    enhanced = _ENHANCED.match(text)
    return bool(enhanced and enhanced[1] in SENDER_CODES) or bool(ABOUT_US.match(text))


def _is_for_now(exchange: Exchange) -> bool:
    """A server that is busy refuses TLS or a sign-in with 4xx; 454 to AUTH (RFC 4954, section 6) needs the operator."""
    if exchange.trouble == "sign-in":
        return exchange.code == 421
    return exchange.trouble == "no starttls" and exchange.code // 100 == 4


def _is_too_big(exchange: Exchange) -> bool:
    enhanced = _ENHANCED.match(exchange.reply[4:])
    return exchange.code == 552 or bool(enhanced and enhanced[1] in TOO_BIG)


def without_addresses(text: str) -> str:
    """What a server says, without the address that it says it of: reasons are read by people who may not see it."""
    return _ADDRESS.sub("***", text)[:500]


def _queue_id(reply: str) -> str:
    """The server's own name for the message, or its whole answer."""
    found = _QUEUE_ID.search(reply) or _AFTER_OK.search(reply)
    return found[1] if found else without_addresses(reply[4:]).strip()[:255]


def _sentence(sentence: str, exchange: Exchange) -> str:
    told = without_addresses(exchange.reply) if exchange.code >= 400 else exchange.words
    return f"{sentence}: {told}" if told else f"{sentence}."
