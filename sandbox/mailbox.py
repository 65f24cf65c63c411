"""What the owner of a mailbox does (RFC 8058, 5965), and what a mail server sends back (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.courier import Courier, Errand, loopback_problem
from sandbox.phones import Phones
from sandbox.wire import Answer, Message

ATTEMPTS = 5
DELAY = 0.5
ACTS = ("unsubscribe", "spam", "bounce")
# What becomes of mails to these addresses by itself: documented in README.md for demonstrations.
WELL_KNOWN = {"bounces@simulator.example": "bounce", "complains@simulator.example": "spam"}
HEAD = re.compile(r"<head\b[^>]*>", re.I)
BASE = '<base target="_blank">'
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src * data:; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)
EDGE = "=_report"
Request = tuple[str, str, dict[str, str], bytes]  # method, url, headers, body

BOUNCE = """From: MAILER-DAEMON@sandbox.localhost
To: bounces@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{edge}"

--{edge}
Content-Type: text/plain; charset=utf-8

Your message could not be delivered.

--{edge}
Content-Type: message/delivery-status

Reporting-MTA: dns; sandbox.localhost

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user here

--{edge}
Content-Type: message/rfc822

{original}
--{edge}--
"""
SPAM = """From: complaints@sandbox.localhost
To: abuse@localhost
Subject: Complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="{edge}"

--{edge}
Content-Type: text/plain; charset=utf-8

A reader called this message spam.

--{edge}
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Sandbox/1
Version: 1
Original-Rcpt-To: {address}

--{edge}
Content-Type: message/rfc822

{original}
--{edge}--
"""


@dataclass(slots=True)
class MailSettings:
    """`receipts_url`: where bounces and complaints are piped to, as a mail server's owner would set it up."""

    receipts_url: str = ""

    def change(self, values: dict[str, object]) -> None:
        """Raises ValueError, a sentence, and changes nothing then."""
        url = str(values.get("receipts_url", self.receipts_url))
        if url and (problem := loopback_problem(url)):
            raise ValueError(f"«receipts_url»: {problem}.")
        self.receipts_url = url

    def public(self) -> dict[str, str]:
        return {"receipts_url": self.receipts_url}


class Mailbox:
    """Acts on mails that are on the page."""

    def __init__(self, phones: Phones, courier: Courier, settings: MailSettings) -> None:
        self._phones = phones
        self._courier = courier
        self.settings = settings

    def frame(self, item_id: int) -> Answer | None:
        """The mail as its reader sees it: pictures are fetched and links open; scripts don't run."""
        message = self._mail(item_id)
        if message is None:
            return None
        html = message.data["html"] or f"<pre style='white-space:pre-wrap;font:inherit'>{_escaped(message.text)}</pre>"
        # Behind a <head>, where there is one: in front of a doctype it would make browsers quirky.
        page, count = HEAD.subn(lambda head: head[0] + BASE, html, count=1)
        headers = (("content-security-policy", FRAME_POLICY), ("cache-control", "no-store"))
        return Answer(200, (page if count else BASE + page).encode(), headers, content_type="text/html; charset=utf-8")

    def arrived(self, message: Message) -> None:
        """Some mailboxes send bounces or complaints by themselves."""
        act = WELL_KNOWN.get(message.address.lower())
        if act and self.settings.receipts_url:
            errand = self._report(message, act)
            self._courier.send(Errand(lambda: errand, ATTEMPTS), delay=DELAY)

    def act(self, item_id: int, act: str) -> Request:
        """The request that a mailbox makes then. Raises ValueError, a sentence."""
        message = self._mail(item_id)
        if message is None:
            raise ValueError("This mail is no longer in any mailbox.")
        if act not in ACTS:
            raise ValueError(f"«act» must be one of {', '.join(ACTS)}.")
        if act == "unsubscribe":
            return _unsubscribe(message)
        return self._report(message, act)

    def _mail(self, item_id: int) -> Message | None:
        item = self._phones.find(item_id)
        return item.message if item is not None and item.message.platform == "mail" else None

    def _report(self, message: Message, act: str) -> Request:
        url = self.settings.receipts_url
        if not url:
            raise ValueError("Nobody has said where reports go: POST /control/mail.")
        form = BOUNCE if act == "bounce" else SPAM
        text = form.format(edge=EDGE, address=message.address, original=message.data["raw"])
        body = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        return "POST", url, {"content-type": "message/rfc822"}, body


def _unsubscribe(message: Message) -> Request:
    url = message.data["unsubscribe"]
    if not url:
        raise ValueError("This mail offers no one-click unsubscription.")
    if loopback_problem(url):
        raise ValueError(f"Only addresses on this machine are called, and this is {url}.")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return "POST", url, headers, b"List-Unsubscribe=One-Click"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
