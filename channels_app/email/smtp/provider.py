"""E-mail by SMTP: any mail server that takes messages, https://www.rfc-editor.org/rfc/rfc5321 and RFC 6409."""

import re
import time
from collections.abc import Mapping, Sequence

from django.conf import settings

from channels_app.contract import (
    Channel,
    Check,
    CredentialError,
    CredentialField,
    Envelope,
    Incoming,
    Outcome,
    Permanent,
    clean_fields,
)
from channels_app.email.smtp import answers, reports
from channels_app.email.smtp.dialogue import Parcel
from channels_app.email.smtp.line import Line
from channels_app.email.smtp.message import Letterhead, ascii_address, build, letterhead
from channels_app.email.smtp.opening import Server
from channels_app.exchange import CANNOT_BE_WRITTEN
from channels_app.sender_addresses import clean_email_address
from templates.content import EmailContent

MOST_CONNECTIONS = 64
_HOST = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?"
)
_IPV6 = re.compile(r"[0-9a-fA-F:]+:[0-9a-fA-F:.]*")

SECURITIES = (
    ("starttls", "STARTTLS (port 587)"),
    ("tls", "TLS from the first byte (port 465)"),
    ("none", "None: within your own network only"),
)


def validate_host(value: str) -> None:
    """A host name or an IP address, without a scheme, a port or a path."""
    if not (_HOST.fullmatch(value) or _IPV6.fullmatch(value)):
        raise ValueError("Give the mail server's name alone, such as smtp.example.com.")


def validate_port(value: str) -> None:
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 65_535):
        raise ValueError("A port is a whole number from 1 to 65535; 587 as a rule.")


def validate_connections(value: str) -> None:
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= MOST_CONNECTIONS):
        raise ValueError(f"Give a whole number from 1 to {MOST_CONNECTIONS}.")


def validate_address(value: str) -> None:
    """A plain e-mail address."""
    clean_email_address(value)


def validate_name(value: str) -> None:
    if len(value) > 128 or any(ord(each) < 32 for each in value):
        raise ValueError("Give a name of up to 128 characters on one line.")


class Smtp:
    """The provider. Credentials: the server, how to sign in, and what a message's sender looks like."""

    name = "smtp"
    channel: Channel = "email"
    title = "SMTP"
    address_kind = "email"
    fields: tuple[CredentialField, ...] = (
        CredentialField("host", "Mail server", "Such as smtp.example.com.", validate=validate_host),
        CredentialField("port", "Port", "587 for STARTTLS, 465 for TLS.", default="587", validate=validate_port),
        CredentialField("security", "Encryption", kind="choice", choices=SECURITIES, default="starttls"),
        CredentialField("username", "User name", "Empty: the server wants no sign-in.", required=False),
        CredentialField("password", "Password", secret=True, required=False),
        CredentialField("from_name", "From name", "What mail programs show as the sender.", required=False,
                        validate=validate_name),
        CredentialField("reply_to", "Reply to", "Where answers go; empty: to the address above.", required=False,
                        validate=validate_address),
        CredentialField("return_path", "Return path", "Where bounces are sent; empty: the From address.",
                        required=False, validate=validate_address),
        CredentialField("connections", "Connections", "How many each worker may open at once.", default="8",
                        validate=validate_connections),
    )  # fmt: skip

    def clean(self, values: Mapping[str, str]) -> dict[str, str]:
        """See Provider.clean."""
        cleaned = clean_fields(self.fields, values)
        if cleaned["password"] and not cleaned["username"]:
            raise CredentialError("username", "A password needs a user name.")
        return cleaned

    def connect(self, credentials: Mapping[str, str], *, address: str = "", callback_url: str = "") -> "SmtpConnection":
        """See Provider.connect. A mail server isn't told where to report: bounces are piped to the receipts' URL."""
        return SmtpConnection(credentials, address=address)

    def receipts(
        self, body: bytes, content_type: str, query: Mapping[str, str], credentials: Mapping[str, str]
    ) -> Sequence[Incoming]:
        """See Provider.receipts: one raw message a request, a bounce or a complaint."""
        return [reports.parse(body)]


class SmtpConnection:
    """A sender's kept connections to its mail server."""

    def __init__(self, credentials: Mapping[str, str], *, address: str) -> None:
        server = Server(
            host=credentials["host"],
            port=int(credentials["port"]),
            security=credentials["security"],  # type: ignore[arg-type]  # one of the field's choices
            username=credentials.get("username", ""),
            password=credentials.get("password", ""),
            connections=int(credentials.get("connections") or 8),
            ca_file=settings.PROVIDER_CA_FILE,
        )
        self._head: Letterhead = letterhead(
            address=address, from_name=credentials.get("from_name", ""), reply_to=credentials.get("reply_to", "")
        )
        self._return_path = ascii_address(credentials.get("return_path") or address)
        self._host = server.host
        self._line = Line(server)

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """See Connection.send."""
        outcomes: dict[int, Outcome] = {}
        parcels: list[Parcel] = []
        places: list[int] = []
        now = time.time()
        for place, envelope in enumerate(envelopes):
            try:
                parcels.append(self._parcel(envelope, now))
                places.append(place)
            except CANNOT_BE_WRITTEN as error:
                outcomes[place] = Permanent(envelope.key, f"The message can't be written: {error}")
        for place, exchange in zip(places, self._line.perform(parcels), strict=True):
            outcomes[place] = answers.read(exchange)
        return [outcomes[place] for place in range(len(envelopes))]

    def check(self) -> Check:
        """Connect, agree on TLS and sign in; nothing is sent."""
        exchange = self._line.sign_in()
        if not exchange.trouble:
            return Check(True, f"{self._host} takes our sign-in.")
        return Check(False, answers.trouble(exchange))

    def _parcel(self, envelope: Envelope, now: float) -> Parcel:
        content = envelope.content
        if not isinstance(content, EmailContent):
            raise TypeError("an e-mail sender carries e-mails alone")
        message = build(
            self._head,
            to=envelope.address,
            content=content,
            client_ref=envelope.client_ref,
            headers=envelope.headers,
            now=now,
        )
        return Parcel(envelope.key, self._return_path, ascii_address(envelope.address), message)
