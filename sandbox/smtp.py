"""A mail server: takes everything for everybody, as it is told to, and puts it into the demo users' mailboxes.

Spoken by aiosmtpd: EHLO, STARTTLS with the sandbox's certificate, AUTH, SIZE, 8BITMIME, PIPELINING
(RFC 5321, 3207, 4954, 1870, 6152, 2920, 2034).
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.desk import Desk
from sandbox.faults import Rule
from sandbox.listener import HOST, tls_context
from sandbox.mails import Kept, Mails, read_mail
from sandbox.quick_smtp import GO_AHEAD, QuickSmtp
from sandbox.wire import Message

LARGEST = 20 * 1024 * 1024
EXTENSIONS = ["250-PIPELINING", "250-ENHANCEDSTATUSCODES"]
REFUSING = ("status", "error", "dead", "throttle", "greylist")
WORDS = {
    "421": "4.3.2 Service shutting down", "450": "4.2.0 Mailbox busy", "451": "4.3.0 Local error",
    "452": "4.2.2 Mailbox full", "535": "5.7.8 Authentication credentials invalid", "550": "5.7.1 Refused",
    "552": "5.2.2 Mailbox full", "553": "5.1.3 Mailbox name not allowed", "554": "5.7.1 Message refused",
}  # fmt: skip
# Recipients at SIMULATOR that are always refused: documented in README.md for demonstrations.
SIMULATOR = "@simulator.example"
WELL_KNOWN = {
    "unknown": "550 5.1.1 Recipient address rejected: no such user here",
    "full": "452 4.2.2 The mailbox is full",
    "blocked": "554 5.7.1 Message refused by policy",
    "nomail": "556 5.1.10 The domain takes no mail",
    "busy": "451 4.3.2 Please come back later",
}

logging.getLogger("mail.log").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")  # loopback


class MailServer:
    """aiosmtpd's handler: checks the sign-in, obeys the faults, writes down and shows what came.

    `arrived` hears of every accepted mail.
    """

    def __init__(self, account: dict[str, str], desk: Desk, mails: Mails, arrived: Callable[[Message], None]) -> None:
        self._account = account
        self._desk = desk
        self._mails = mails
        self._arrived = arrived

    async def listen(self, port: int, certificate: Path) -> tuple[asyncio.Server, int]:
        """Take a port (0 asks the system for one). Raises OSError when it is taken."""
        context = tls_context(certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: self._talk(context, loop), HOST, port, backlog=1024)
        return server, int(server.sockets[0].getsockname()[1])

    def _talk(self, context: Any, loop: asyncio.AbstractEventLoop) -> QuickSmtp:
        return QuickSmtp(
            self,
            hostname="sandbox.localhost",
            ident="Sandbox",
            data_size_limit=LARGEST,
            tls_context=context,
            auth_required=True,
            auth_require_tls=False,
            authenticator=self._sign_in,
            loop=loop,
        )

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's names, here and below)
        self, _server: QuickSmtp, session: Session, _envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*lines[:-1], *EXTENSIONS, lines[-1]]

    def _sign_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, told: Any) -> AuthResult:
        rule = self._desk.faults.pick("smtp-auth", "")
        if rule is not None and rule.action in REFUSING:
            said = "535 5.7.8 Authentication credentials invalid" if rule.action == "dead" else _reply(rule, "")
            return AuthResult(success=False, handled=False, message=said)
        if not isinstance(told, LoginPassword):
            return AuthResult(success=False, handled=False)
        given, known = (told.login, told.password), (self._account["username"], self._account["password"])
        right = all(secrets.compare_digest(one, other.encode()) for one, other in zip(given, known, strict=True))
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802
        self, _server: QuickSmtp, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take the recipient, or refuse it as the rules say. What breaks the line later waits for its time."""
        rule = self._desk.faults.pick("smtp", address)
        reply = _reply(rule, address) if rule is not None and rule.action in REFUSING else _simulated(address)
        if reply:
            message = Message("smtp", address, platform="mail", sender=str(envelope.mail_from or ""))
            self._desk.journal.note(message, status=int(reply[:3]), reason=reply, accepted=False)
            return reply
        if rule is not None:
            vars(envelope).setdefault("sandbox_rule", rule)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_BODY(self, server: QuickSmtp, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The answer to DATA, or the end of the line: before it, or in the middle of the body."""
        rule = _rule_of(envelope)
        if rule is not None and (rule.action == "half" or (rule.action, rule.value) == ("reset", "before")):
            self._lose(envelope, rule.action)
            if rule.action == "half":
                await server.push(GO_AHEAD)
                await server._reader.read(200)  # noqa: SLF001  (aiosmtpd's reader)
            _cut(server)
        return GO_AHEAD

    async def handle_DATA(self, server: QuickSmtp, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The whole message is here: write it down, then answer, or don't."""
        rule, queue_id = _rule_of(envelope), secrets.token_hex(5).upper()
        if rule is None:
            self._take(envelope, queue_id, accepted=True, reason="")
            return f"250 2.0.0 Ok: queued as {queue_id}"
        if rule.action != "silence":
            await asyncio.sleep(rule.seconds)
        self._take(envelope, queue_id, accepted=rule.accepted, reason=rule.action)
        if rule.action == "silence":
            await asyncio.sleep(rule.seconds or 86_400)
        if rule.action in ("reset", "silence"):
            _cut(server)
        if rule.action == "goaway":
            if rule.accepted:
                await server.push(f"250 2.0.0 Ok: queued as {queue_id}")
            return "421 4.3.2 Service shutting down"
        return f"250 2.0.0 Ok: queued as {queue_id}"

    def _take(self, envelope: Envelope, queue_id: str, *, accepted: bool, reason: str) -> None:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail, sender, first = read_mail(content), str(envelope.mail_from or ""), 0
        for address in envelope.rcpt_tos:
            message = Message(
                "smtp",
                address,
                platform="mail",
                message_id=queue_id,
                client_ref=mail.client_ref,
                title=mail.subject,
                text=mail.text,
                sender=mail.sender or sender,
                data={
                    "html": mail.html,
                    "snippet": mail.snippet,
                    "unsubscribe": mail.unsubscribe if mail.one_click else "",
                    "raw": content.decode("utf-8", "replace"),
                },
            )
            seq = self._desk.journal.note(message, status=250 if accepted else 0, reason=reason, accepted=accepted)
            first = first or seq
            if accepted:
                self._desk.phones.show(message)
                self._arrived(message)
        self._mails.keep(Kept(first, queue_id, sender, tuple(envelope.rcpt_tos), content, accepted, reason))

    def _lose(self, envelope: Envelope, reason: str) -> None:
        for address in envelope.rcpt_tos:
            message = Message("smtp", address, platform="mail", sender=str(envelope.mail_from or ""))
            self._desk.journal.note(message, status=0, reason=reason, accepted=False)


def _rule_of(envelope: Envelope) -> Rule | None:
    rule: Rule | None = vars(envelope).get("sandbox_rule")
    return rule


def _simulated(address: str) -> str:
    name, _, domain = address.lower().rpartition("@")
    return WELL_KNOWN.get(name, "") if f"@{domain}" == SIMULATOR else ""


def _reply(rule: Rule, address: str) -> str:
    """The reply under a rule. One that was meant for every provider says HTTP's status: 5xx and 429 are to pass."""
    if rule.action == "dead":
        return f"550 5.1.1 <{address}>: Recipient address rejected: no such user here"
    if rule.action == "greylist":
        return "451 4.7.1 Greylisted, please come back"
    if rule.action == "throttle":
        return "451 4.7.1 Too many messages, slow down"
    if rule.action == "error":
        return rule.value if re.match(r"[45]\d\d[ -]", rule.value) else f"451 4.3.0 {rule.value}"
    code = rule.value
    if rule.provider == "*" or code[0] not in "45":
        code = "451" if code == "429" or code >= "500" else "550"
    return f"{code} {WORDS.get(code, f'{code[0]}.0.0 Told to fail')}"


def _cut(server: QuickSmtp) -> NoReturn:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    raise ConnectionResetError
