"""A mail server: takes everything for everybody, as it is told to, and puts it into the demo users' mailboxes.

Spoken by aiosmtpd: EHLO, STARTTLS with the sandbox's certificate, AUTH, SIZE, 8BITMIME (RFC 5321, 3207, 4954).
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import re
import secrets
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.desk import Desk
from sandbox.faults import Rule
from sandbox.listener import HOST, tls_context
from sandbox.wire import Message

LARGEST = 20 * 1024 * 1024
OURS = re.compile(r"<([0-9]{1,19})\.[0-9a-f]{16}@")
GREYLISTED = "451 4.7.1 Greylisted, please come back"
DEAD = "550 5.1.1 <{}>: Recipient address rejected: no such user here"

logging.getLogger("mail.log").setLevel(logging.ERROR)


class MailServer:
    """aiosmtpd's handler: checks the sign-in, obeys the faults, writes down and shows what came."""

    def __init__(self, account: dict[str, str], desk: Desk) -> None:
        self._account = account
        self._desk = desk

    async def listen(self, port: int, certificate: Path) -> tuple[asyncio.Server, int]:
        """Take a port (0 asks the system for one). Raises OSError when it is taken."""
        context = tls_context(certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: self._talk(context, loop), HOST, port, backlog=1024)
        return server, int(server.sockets[0].getsockname()[1])

    def _talk(self, context: Any, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self,
            hostname="sandbox.localhost",
            ident="Sandbox",
            data_size_limit=LARGEST,
            tls_context=context,
            auth_required=True,
            auth_require_tls=False,
            authenticator=self._sign_in,
            command_call_limit={"*": 1_000_000},
            loop=loop,
        )

    def _sign_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, told: Any) -> AuthResult:
        if not isinstance(told, LoginPassword) or self._desk.faults.pick("smtp-auth", "") is not None:
            return AuthResult(success=False, handled=False)
        given, known = (told.login, told.password), (self._account["username"], self._account["password"])
        right = all(secrets.compare_digest(one, other.encode()) for one, other in zip(given, known, strict=True))
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take the recipient, or fail as the rules say. What breaks later is remembered until the body is here."""
        rule = self._desk.faults.pick("smtp", address)
        vars(envelope)["sandbox_rule"] = rule
        if rule is not None and not rule.accepted and (reply := _reply(rule, address)):
            message = Message("smtp", address, platform="mail", sender=str(envelope.mail_from or ""))
            self._desk.journal.note(message, status=int(reply[:3]), reason=reply, accepted=False)
            return reply
        if rule is not None and rule.action == "reset" and rule.value == "before":
            _cut(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The whole message is here: write it down, then answer, or don't."""
        rule: Rule | None = getattr(envelope, "sandbox_rule", None)
        if rule is not None and rule.seconds:
            await asyncio.sleep(rule.seconds)
        queue_id = secrets.token_hex(5).upper()
        lost = rule is not None and rule.action in ("reset", "half", "silence")
        taken = not lost or bool(rule and rule.accepted)
        for address in envelope.rcpt_tos:
            self._arrive(address, envelope, queue_id, accepted=taken, reason=rule.action if rule else "")
        if rule is not None and lost:
            if rule.action == "silence":
                await asyncio.sleep(rule.seconds or 3600)
            _cut(server)
        return f"250 2.0.0 Ok: queued as {queue_id}"

    def _arrive(self, address: str, envelope: Envelope, queue_id: str, *, accepted: bool, reason: str) -> None:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = read_mail(content, address=address, sender=str(envelope.mail_from or ""), message_id=queue_id)
        self._desk.journal.note(message, status=250 if accepted else 0, reason=reason, accepted=accepted)
        if accepted:
            self._desk.phones.show(message)


def read_mail(content: bytes, *, address: str, sender: str, message_id: str) -> Message:
    """What a mail program makes of a message; what is in its `data` is for the page's own use."""
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    reference = OURS.search(str(parsed.get("Message-ID", "")))
    unsubscribe = re.search(r"<(http[^>]+)>", str(parsed.get("List-Unsubscribe", "")))
    return Message(
        "smtp",
        address,
        platform="mail",
        message_id=message_id,
        client_ref=reference[1] if reference else "",
        title=str(parsed.get("Subject", "")),
        text=_part(parsed, "plain"),
        sender=str(parsed.get("From", sender)),
        data={
            "html": _part(parsed, "html"),
            "unsubscribe": unsubscribe[1] if unsubscribe else "",
            "one_click": str("One-Click" in str(parsed.get("List-Unsubscribe-Post", ""))),
            "raw": content[:200_000].decode("utf-8", "replace"),
            "defects": ", ".join(type(defect).__name__ for part in parsed.walk() for defect in part.defects),
        },
    )


def _part(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    try:
        return str(part.get_content()) if part is not None else ""
    except (LookupError, KeyError):
        return ""


def _reply(rule: Rule, address: str) -> str:
    """The reply to RCPT under a rule; "" for rules of the line, which wait for the body."""
    if rule.action == "dead":
        return DEAD.format(address)
    if rule.action == "throttle":
        return GREYLISTED
    if rule.action == "status":
        return f"{rule.value} told to fail"
    return rule.value if rule.action == "error" else ""


def _cut(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    raise ConnectionResetError
