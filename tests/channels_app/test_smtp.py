"""SMTP: the shared questions, a real mail server with TLS and sign-ins, the check, and the credential fields."""

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from aiosmtpd.smtp import Envelope as Received

from channels_app.contract import Check, Connection, CredentialError, Envelope, Handed, Permanent, Temporary
from channels_app.email.smtp.provider import Smtp
from templates.content import EmailContent, TextContent
from tests.channels_app import smtp_script
from tests.channels_app.key_material import write_certificate
from tests.channels_app.provider_cases import Line, ProviderCases
from tests.channels_app.smtp_script import HANG_UP, Server

LETTER = EmailContent("Hello, Änne", "", "<p>Hello</p>", "Hello")


def connect(port: int, *, address: str = "letters@shop.example", **values: str) -> Connection:
    provider = Smtp()
    asked = {"host": "localhost", "port": str(port), "security": "none"} | values
    return provider.connect(provider.clean(asked), address=address)


def by_recipient(words: str) -> bytes:
    answers = {"temporary": b"450 4.2.0 Later\r\n", "permanent": b"550 5.7.1 No\r\n", "dead": b"550 5.1.1 Gone\r\n",
               "blocked": b"530 5.7.0 Sign in\r\n"}  # fmt: skip
    return next((answer for kind, answer in answers.items() if kind in words), b"250 2.1.5 Ok\r\n")


@dataclass
class Watched:
    """The script's server in the manner of `stand_in.StandIn`: what arrived whole."""

    server: Server
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    @property
    def seen(self) -> list[tuple[str, bytes]]:
        return self.server.messages

    def accept(self, to: str) -> bytes:
        return HANG_UP if "silent" in to else b"250 2.0.0 Ok: queued as Q%d\r\n" % next(self.numbers)


@pytest.fixture
def line(settings) -> Iterator[Line]:
    settings.PROVIDER_CA_FILE = ""
    with smtp_script.smtp({"RCPT": by_recipient}) as server:
        watched = Watched(server)
        server.script["body"] = watched.accept
        kinds = ["accepted", "temporary", "permanent", "dead", "blocked", "silent"]
        addresses = {kind: f"{kind}@example.com" for kind in kinds}
        yield Line(connect(server.port), watched, addresses, LETTER, connect(9))  # type: ignore[arg-type]


class TestSmtpAnswersTheSharedQuestions(ProviderCases):
    pass


@dataclass
class Inbox:
    """aiosmtpd's handler: keeps what it gets, and how each connection was."""

    received: list[Received] = field(default_factory=list)
    was_tls: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: object, envelope: Received) -> str:  # noqa: N802 - its name
        self.received.append(envelope)
        self.was_tls.append(session.ssl is not None or server._tls_handshake_okay)  # type: ignore[attr-defined]
        return "250 2.0.0 Ok: queued as REAL1"


def let_in(server: SMTP, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    right = (data.login, data.password) == (b"letters", "pä ss:wörd".encode())  # type: ignore[attr-defined]
    return AuthResult(success=right, handled=False)


@dataclass(frozen=True)
class Tls:
    context: ssl.SSLContext
    certificate: str


@pytest.fixture(scope="module")
def tls(tmp_path_factory) -> Tls:
    certificate, key = write_certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Tls(context, str(certificate))


@contextmanager
def mail_server(**options: object) -> Iterator[SimpleNamespace]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield SimpleNamespace(inbox=inbox, port=port)
    finally:
        controller.stop(no_assert=True)


SECRETS = {"username": "letters", "password": "pä ss:wörd"}
STRICT = {"require_starttls": True, "auth_required": True, "authenticator": let_in}


def envelope(key: int = 1, to: str = "anna@example.com") -> Envelope:
    return Envelope(key, to, LETTER, client_ref=str(key), headers={"List-Unsubscribe": "<https://shop.example/u>"})


@pytest.fixture
def strict(tls: Tls, settings) -> Iterator[SimpleNamespace]:
    settings.PROVIDER_CA_FILE = tls.certificate
    with mail_server(tls_context=tls.context, **STRICT) as server:
        yield server


def test_a_message_goes_over_starttls_with_a_sign_in(strict: SimpleNamespace) -> None:
    line = connect(strict.port, security="starttls", return_path="bounces@shop.example", **SECRETS)
    assert line.send([envelope(1), envelope(2)]) == [Handed(1, "REAL1"), Handed(2, "REAL1")]
    received = strict.inbox.received[0]
    assert (received.mail_from, received.rcpt_tos) == ("bounces@shop.example", ["anna@example.com"])
    assert strict.inbox.was_tls == [True, True]
    assert b"List-Unsubscribe: <https://shop.example/u>\r\n" in received.content


def test_a_message_goes_over_tls_from_the_first_byte(tls: Tls, settings) -> None:
    settings.PROVIDER_CA_FILE = tls.certificate
    with mail_server(ssl_context=tls.context) as server:
        assert connect(server.port, security="tls").send([envelope()]) == [Handed(1, "REAL1")]


def test_an_international_domain_and_address_of_the_sender(settings) -> None:
    with mail_server() as server:
        line = connect(server.port, address="briefe@bücher.example")
        good, bad = line.send([envelope(1, "anna@bücher.example"), envelope(2, "änne@example.com")])
        assert (good, type(bad)) == (Handed(1, "REAL1"), Permanent)
        [received] = server.inbox.received
        assert (received.mail_from, received.rcpt_tos) == (
            "briefe@xn--bcher-kva.example",
            ["anna@xn--bcher-kva.example"],
        )


def test_the_message_that_arrives_is_the_one_that_was_built(settings) -> None:
    with mail_server() as server:
        text = "\n".join([".", "..", "x" * 3000, "end", ""])
        content = EmailContent("Dots", "", f"<p>{text}</p>", text)
        connect(server.port).send([Envelope(1, "anna@example.com", content, client_ref="1")])
        message = email.message_from_bytes(server.inbox.received[0].content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        parts = [part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in message.iter_parts()]
        assert parts == [text, f"<p>{text}</p>"]


def test_a_text_message_is_none_for_an_email_sender(settings) -> None:
    [outcome] = connect(9).send([Envelope(1, "anna@example.com", TextContent("Hi"))])
    assert outcome == Permanent(1, "The message can't be written: an e-mail sender carries e-mails alone")


def test_check_signs_in_and_sends_nothing(strict: SimpleNamespace) -> None:
    line = connect(strict.port, security="starttls", **SECRETS)
    assert line.check() == Check(True, "localhost takes our sign-in.")
    assert strict.inbox.received == []


def test_check_tells_a_wrong_password(strict: SimpleNamespace) -> None:
    check = connect(strict.port, security="starttls", username="letters", password="wrong").check()
    assert check == Check(
        False, "The mail server refuses the user name or password: 535 5.7.8 Authentication credentials invalid"
    )


def test_check_tells_a_certificate_that_is_not_trusted(strict: SimpleNamespace, settings) -> None:
    settings.PROVIDER_CA_FILE = ""
    check = connect(strict.port, security="starttls", **SECRETS).check()
    assert check.answer.startswith("The mail server's certificate isn't valid for its name: ")
    assert check.ok is False


def test_check_tells_what_the_server_does_not_offer(settings) -> None:
    settings.PROVIDER_CA_FILE = ""
    with mail_server() as server:
        no_tls = connect(server.port, security="starttls").check()
        no_sign_in = connect(server.port, **SECRETS).check()
    assert no_tls.answer.startswith("The mail server offers no STARTTLS")
    assert no_sign_in == Check(False, "The mail server refuses the user name or password: it offers no sign-in")


@pytest.mark.parametrize(
    ("host", "sentence"),
    [("nowhere.invalid", "The mail server's name is not known"), ("127.0.0.1", "The mail server can't be reached")],
)
def test_check_tells_a_server_that_is_not_there(host: str, sentence: str) -> None:
    line = connect(9, host=host)
    assert line.check().answer.startswith(sentence)
    assert [type(outcome) for outcome in line.send([envelope()])] == [Temporary]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("host", "", "Mail server is required."),
        ("host", "https://smtp.example.com", "Give the mail server's name alone, such as smtp.example.com."),
        ("host", "smtp.example.com:587", "Give the mail server's name alone, such as smtp.example.com."),
        ("host", "smtp.example.com/x", "Give the mail server's name alone, such as smtp.example.com."),
        ("port", "0", "A port is a whole number from 1 to 65535; 587 as a rule."),
        ("port", "70000", "A port is a whole number from 1 to 65535; 587 as a rule."),
        ("port", "٥٨٧", "A port is a whole number from 1 to 65535; 587 as a rule."),
        ("security", "ssl", "Encryption must be one of: starttls, tls, none."),
        ("from_name", "a\nb", "Give a name of up to 128 characters on one line."),
        ("reply_to", "anna", "This is not an e-mail address, such as letters@example.com."),
        ("return_path", "a@b.com\r\nRCPT", "This is not an e-mail address, such as letters@example.com."),
        ("connections", "65", "Give a whole number from 1 to 64."),
        ("password", "secret", "A password needs a user name."),
    ],
)
def test_a_field_that_is_wrong_is_told(name: str, value: str, sentence: str) -> None:
    with pytest.raises(CredentialError) as told:
        Smtp().clean({"host": "smtp.example.com"} | {name: value})
    assert (told.value.sentence, told.value.field) == (sentence, "username" if name == "password" else name)


@pytest.mark.parametrize("host", ["smtp.example.com", "localhost", "10.0.0.7", "::1", "mail"])
def test_a_host_of_ones_own_network_is_fine(host: str) -> None:
    cleaned = Smtp().clean({"host": host})
    assert (cleaned["port"], cleaned["security"], cleaned["connections"]) == ("587", "starttls", "8")
