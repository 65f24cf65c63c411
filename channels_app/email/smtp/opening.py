"""A connection to a mail server up to where it takes messages: greeting, EHLO, TLS, sign-in. The talk is smtplib's.

Blocking, each step for OPEN_SECONDS at most: line.py opens connections in threads.
"""

import hmac
import re
import smtplib
import socket
import ssl
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from channels_app.email.smtp.answers import Trouble

OPEN_SECONDS = 30
"""A server that looks up our name with a DNS that is ill, or makes strangers wait, greets after 10 to 25 s."""
Security = Literal["starttls", "tls", "none"]
_OUR_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Server:
    """Where to hand over, and as whom. `connections` are open at most."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = ""
    connections: int = 8
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket, non-blocking, on which the server waits for MAIL, and what it told of itself."""

    socket: socket.socket
    pipelines: bool
    wants_size: bool


class NotOpened(Exception):
    """No connection came about: what kind of trouble it was, in whose words, and the server's reply if it refused."""

    def __init__(self, trouble: Trouble, words: str = "", reply: str = "") -> None:
        super().__init__(trouble, words, reply)
        self.trouble: Trouble = trouble
        self.words = words
        self.reply = reply


def open_connection(server: Server) -> Opened:
    """Connect, agree on TLS and sign in. Raises NotOpened."""
    talk = _signed_in(server)
    sock, file = talk.sock, talk.file
    if sock is None:  # smtplib closed it: the server said good-bye
        raise NotOpened("lost", "the server closed the connection")
    talk.sock = talk.file = None
    if file is not None:
        file.close()
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return Opened(sock, pipelines=talk.has_extn("pipelining"), wants_size=talk.has_extn("size"))


def try_sign_in(server: Server) -> None:
    """Connect, agree on TLS, sign in and leave: nothing is sent to anybody. Raises NotOpened."""
    talk = _signed_in(server)
    with suppress(smtplib.SMTPException, OSError):
        talk.quit()
    talk.close()


def _signed_in(server: Server) -> smtplib.SMTP:
    talk: smtplib.SMTP | None = None
    try:
        talk = _greeted(server)
        _prepare(talk, server)
    except NotOpened:
        _close(talk)
        raise
    except (smtplib.SMTPException, OSError, UnicodeError, ValueError) as error:
        _close(talk)
        raise _trouble_of(error, is_connected=talk is not None) from error
    return talk


def _close(talk: smtplib.SMTP | None) -> None:
    if talk is not None:
        talk.close()


def _greeted(server: Server) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host, server.port, _our_name(), timeout=OPEN_SECONDS, context=_context(server.ca_file)
        )
    return smtplib.SMTP(server.host, server.port, _our_name(), timeout=OPEN_SECONDS)


def _prepare(talk: smtplib.SMTP, server: Server) -> None:
    if "." not in talk.local_hostname and talk.sock:
        talk.local_hostname = _literal(talk.sock.getsockname()[0])
    talk.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        if not talk.has_extn("starttls"):
            raise NotOpened("no starttls", "it offers none")
        talk.starttls(context=_context(server.ca_file))
        talk.ehlo_or_helo_if_needed()
    if server.username:
        _sign_in(talk, server.username, server.password)


def _sign_in(talk: smtplib.SMTP, username: str, password: str) -> None:
    """RFC 4954 with the mechanisms that take a password; smtplib's own login knows ASCII passwords only."""
    offered = talk.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        code, told = talk.docmd("AUTH", "PLAIN " + _base64(f"\0{username}\0{password}"))
    elif "LOGIN" in offered:
        code, told = _step(talk, talk.docmd("AUTH", "LOGIN"), username)
        code, told = _step(talk, (code, told), password)
    elif "CRAM-MD5" in offered:
        code, told = _cram_md5(talk, username, password)
    else:
        raise NotOpened("sign-in", "it offers no sign-in")
    if code // 100 != 2:
        raise NotOpened("sign-in", "", _reply(code, told))


def _step(talk: smtplib.SMTP, before: tuple[int, bytes], answer: str) -> tuple[int, bytes]:
    return talk.docmd(_base64(answer)) if before[0] == 334 else before


def _cram_md5(talk: smtplib.SMTP, username: str, password: str) -> tuple[int, bytes]:
    """RFC 2195: the password itself is not sent."""
    code, challenge = talk.docmd("AUTH", "CRAM-MD5")
    if code != 334:
        return code, challenge
    digest = hmac.new(password.encode(), b64decode(challenge), "md5").hexdigest()
    return talk.docmd(_base64(f"{username} {digest}"))


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _trouble_of(error: Exception, *, is_connected: bool) -> NotOpened:
    match error:
        case smtplib.SMTPResponseException():
            told = error.smtp_error
            return NotOpened("", "", _reply(error.smtp_code, told if isinstance(told, bytes) else told.encode()))
        case ssl.SSLCertVerificationError():
            return NotOpened("certificate", error.verify_message)
        case ssl.SSLError():
            return NotOpened("tls", str(error))
        case socket.gaierror() | UnicodeError():
            return NotOpened("name", getattr(error, "strerror", "") or str(error))
        case smtplib.SMTPServerDisconnected():
            return NotOpened("lost", str(error))
        case _:
            return NotOpened("lost" if is_connected else "unreachable", str(error))


def _reply(code: int, told: bytes) -> str:
    return f"{code} {told.decode('utf-8', 'replace')}".replace("\n", " ").strip()


@lru_cache(maxsize=8)
def _context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise NotOpened("authorities", str(error)) from error


@lru_cache(maxsize=1)
def _our_name() -> str:
    """What we call ourselves in EHLO; looking up our full name could take the DNS seconds."""
    name = socket.gethostname()
    return name if _OUR_NAME.fullmatch(name) else "localhost"


def _literal(address: str) -> str:
    """RFC 5321, section 4.1.4, for whoever has no full name: many servers take no mail after EHLO with half of one."""
    return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"
