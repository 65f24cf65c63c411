"""What the owner of a mailbox does (RFC 8058, 5965), and what a mail server sends back (RFC 3464)."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.courier import Courier, Errand, loopback_problem
from sandbox.phones import Phones
from sandbox.wire import Answer, Message

ATTEMPTS = 5
ACTS = ("unsubscribe", "spam", "bounce")
BASE = '<base target="_blank">'
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src * data:; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)
EDGE = "=_report"

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
        headers = (("content-security-policy", FRAME_POLICY), ("cache-control", "no-store"))
        return Answer(200, (BASE + html).encode(), headers, content_type="text/html; charset=utf-8")

    def act(self, item_id: int, act: str) -> str:
        """Do it; a sentence on what was done. Raises ValueError, a sentence."""
        message = self._mail(item_id)
        if message is None:
            raise ValueError("This mail is no longer in any mailbox.")
        if act not in ACTS:
            raise ValueError(f"«act» must be one of {', '.join(ACTS)}.")
        if act == "unsubscribe":
            return self._unsubscribe(message)
        return self._report(message, BOUNCE if act == "bounce" else SPAM)

    def _mail(self, item_id: int) -> Message | None:
        item = self._phones.find(item_id)
        return item.message if item is not None and item.message.platform == "mail" else None

    def _unsubscribe(self, message: Message) -> str:
        url = message.data["unsubscribe"]
        if not url or message.data["one_click"] != "True":
            raise ValueError("This mail offers no one-click unsubscription.")
        if loopback_problem(url):
            raise ValueError(f"Only addresses on this machine are called, and this is {url}.")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        self._courier.send(Errand(lambda: ("POST", url, headers, b"List-Unsubscribe=One-Click"), ATTEMPTS))
        return "The mailbox has unsubscribed."

    def _report(self, message: Message, form: str) -> str:
        url = self.settings.receipts_url
        if not url:
            raise ValueError("Nobody has said where reports go: POST /control/mail.")
        text = form.format(edge=EDGE, address=message.address, original=message.data["raw"])
        body = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        self._courier.send(Errand(lambda: ("POST", url, {"content-type": "message/rfc822"}, body), ATTEMPTS))
        return "The report is on its way."


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
