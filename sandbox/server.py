"""Puts the parts together and runs them until told to stop."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from sandbox.apns import Apns
from sandbox.apns_tokens import ProviderTokens
from sandbox.certificates import ensure_certificates
from sandbox.control import Control, Parts
from sandbox.courier import Courier
from sandbox.credentials import PROJECT, Credentials, load_credentials, tell_mail_port
from sandbox.desk import Desk
from sandbox.faults import Faults
from sandbox.fcm import Fcm
from sandbox.google_token import GoogleTokens
from sandbox.journal import Journal
from sandbox.listener import HOST, Listener
from sandbox.mailbox import Mailbox, MailSettings
from sandbox.mails import Mails
from sandbox.pages import Pages
from sandbox.phones import Phones
from sandbox.receipts import Receipts, ReceiptSettings
from sandbox.reports import AppReports, AppSettings
from sandbox.smtp import MailServer
from sandbox.vonage import Vonage
from sandbox.wire import Answer, Request, plain_error

LOCAL = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


class PortTaken(RuntimeError):
    """Another process listens on the port."""


@dataclass(slots=True)
class Settings:
    """What the command line says. A port of 0 asks the system for a free one."""

    home: Path
    port: int = 8090
    tls_port: int | None = None
    smtp_port: int | None = None
    log_size: int = 1_000_000
    log_file: bool = False
    receipts: ReceiptSettings = field(default_factory=ReceiptSettings)
    app: AppSettings = field(default_factory=AppSettings)


class Server:
    """One sandbox. `start`, then `close`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listener = Listener(self._respond)
        self._providers: tuple[Fcm | Apns | Vonage, ...] = ()
        self._pages = Pages()
        self._ticking: asyncio.Task[None] | None = None
        self._mail: asyncio.Server | None = None

    async def start(self) -> dict[str, Any]:
        """Listen on both ports and return the addresses. Raises PortTaken, a sentence."""
        settings = self._settings
        settings.home.mkdir(parents=True, exist_ok=True)
        ca_file, server_file = ensure_certificates(settings.home)
        port = await self._listen(settings.port)
        wanted = settings.tls_port if settings.tls_port is not None else (port + 1 if settings.port else 0)
        tls_port = await self._listen(wanted, server_file)
        url, tls_url = f"http://{HOST}:{port}", f"https://{HOST}:{tls_port}"
        credentials = load_credentials(settings.home, url=url, tls_url=tls_url, ca_file=ca_file.resolve())
        self._build(credentials)
        smtp_port = await self._listen_for_mail(server_file, port)
        tell_mail_port(settings.home, credentials, smtp_port)
        self._control.addresses = {
            "url": url,
            "tls_url": tls_url,
            "smtp": f"{HOST}:{smtp_port}",
            "ca_file": str(ca_file.resolve()),
        }
        self._ticking = asyncio.create_task(self._tick())
        await self._listener.serve()
        return self._control.addresses

    async def _listen(self, port: int, certificate: Path | None = None) -> int:
        try:
            return await self._listener.listen(port, certificate)
        except (OSError, OverflowError) as error:
            raise PortTaken(f"Port {port} on {HOST} can't be used: {error}. Choose another one.") from error

    async def _listen_for_mail(self, certificate: Path, port: int) -> int:
        settings = self._settings
        wanted = settings.smtp_port if settings.smtp_port is not None else (port + 2 if settings.port else 0)
        try:
            self._mail, found = await self._mail_server.listen(wanted, certificate)
        except (OSError, OverflowError) as error:
            raise PortTaken(f"Port {wanted} on {HOST} can't be used: {error}. Choose another one.") from error
        return found

    def _build(self, credentials: Credentials) -> None:
        settings = self._settings
        file = settings.home / "sandbox-log.jsonl" if settings.log_file else None
        self._couriers = {
            "receipts": Courier(size=200_000, carriers=8),
            "app": Courier(size=10_000, carriers=2),
            "mail": Courier(size=10_000, carriers=2),
        }
        self._reports = AppReports(self._couriers["app"], settings.app)
        self._desk = Desk(Journal(settings.log_size, file), Faults(), Phones(), self._reports.arrived)
        tokens = GoogleTokens(credentials, self._desk.faults)
        receipts = Receipts(credentials.vonage, self._couriers["receipts"], settings.receipts)
        self._tokens = tokens
        mails, mailbox = Mails(), Mailbox(self._desk.phones, self._couriers["mail"], MailSettings())
        self._mail_server = MailServer(credentials.smtp, self._desk, mails, mailbox.arrived)
        self._control = Control(Parts(self._desk, tokens, receipts, self._reports, mails, mailbox, self._couriers))
        self._providers = (
            Fcm(tokens, self._desk, PROJECT),
            Apns(ProviderTokens(credentials), self._desk, credentials.apns["topic"]),
            Vonage(credentials, self._desk, receipts),
        )

    def _respond(self, request: Request) -> Answer | Awaitable[Answer]:
        for provider in self._providers:
            answer = provider.answer(request)
            if answer is not None:
                return answer
        if request.path == "/token":
            return self._tokens.answer(request)
        return self._own(request)

    def _own(self, request: Request) -> Answer | Awaitable[Answer]:
        """Pages and control: for this machine's browser and programs, not for pages of other sites."""
        origin = request.headers.get("origin", "")
        if not LOCAL.fullmatch(request.headers.get("host", "")):
            return plain_error(421, "Ask for 127.0.0.1 or localhost.")
        if origin and not LOCAL.fullmatch(origin.partition("://")[2]):
            return plain_error(403, "Pages of other sites can't use the sandbox.")
        answer = self._control.answer(request) or self._pages.answer(request)
        return plain_error(404, "There is nothing here.") if answer is None else answer

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            self._reports.flush()
            self._desk.journal.flush()

    async def close(self) -> None:
        self._listener.close()
        if self._mail is not None:
            self._mail.close()
        if self._ticking is not None:
            self._ticking.cancel()
            self._desk.journal.flush()
            for courier in self._couriers.values():
                await courier.close()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; one line of JSON on stdout says that it is ready."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    server = Server(settings)
    try:
        addresses = await server.start()
        print(orjson.dumps({"ready": True, **addresses}).decode(), flush=True)
        await stop.wait()
    finally:
        await server.close()
