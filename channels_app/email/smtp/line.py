"""Many messages at once over kept SMTP connections, by libcurl's multi interface.

What it promises is what channels_app/transport.py promises: a message that failed is told, never raised; every time-out
is set; **nothing is handed over twice** (a message is read once, without a rewind). How far a message came is known
from the server's replies, which libcurl shows line by line, and from whether the message was read to its end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal, NamedTuple

import pycurl

from channels_app.email.smtp.answers import Exchange, Stage
from channels_app.many import Many
from channels_app.transport import CONNECT_SECONDS, SILENCE_SECONDS, system_authorities

MESSAGE_SECONDS = 120
"""RFC 5321, section 4.5.3.2.6, wants ten minutes for the last answer; a lease is kept up meanwhile, a queue isn't."""

Security = Literal["starttls", "tls", "none"]


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


class Parcel(NamedTuple):
    """One message: its envelope and its bytes."""

    key: int
    sender: str
    recipient: str
    message: bytes


class _Handle:
    """A kept easy handle and the message it has in hand."""

    __slots__ = ("body", "curl", "index", "length", "lines", "parcel")

    def __init__(self, curl: Any) -> None:
        self.curl = curl
        self.index = 0
        self.lines: list[bytes] = []
        self.body, self.length = BytesIO(), 0
        self.parcel = Parcel(0, "", "", b"")
        curl.setopt(pycurl.HEADERFUNCTION, self.lines.append)

    def load(self, index: int, parcel: Parcel) -> None:
        self.index, self.parcel = index, parcel
        self.lines.clear()
        self.body, self.length = BytesIO(parcel.message), len(parcel.message)
        setopt = self.curl.setopt
        setopt(pycurl.MAIL_FROM, f"<{parcel.sender}>")
        setopt(pycurl.MAIL_RCPT, [f"<{parcel.recipient}>"])
        setopt(pycurl.READFUNCTION, self.body.read)
        setopt(pycurl.INFILESIZE_LARGE, self.length)

    def refusal(self, parcel: Parcel, error: Exception) -> Exchange:
        return Exchange(parcel.key, 0, "", f"553 {error}", "body")

    def answer(self) -> Exchange:
        return self.failure(0, "")

    def failure(self, code: int, error: str) -> Exchange:
        replies = _texts(self.lines)
        return Exchange(self.parcel.key, code, error, _last_reply(replies), self._stage(replies))

    def _stage(self, replies: list[str]) -> Stage:
        if any(reply.startswith("354") for reply in replies):
            return "after the body" if self.body.tell() == self.length else "body"
        # A new connection is only ours once the server has greeted us and answered EHLO.
        is_new = self.curl.getinfo(pycurl.NUM_CONNECTS) > 0 or not replies
        return "envelope" if not is_new or any(reply.startswith("250") for reply in replies) else "connection"


class Line:
    """Kept connections to one server. Made lazily in the process that uses it; one batch at a time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        options = [
            (pycurl.M_MAX_HOST_CONNECTIONS, server.connections),
            (pycurl.M_MAXCONNECTS, server.connections),
        ]
        self._many = Many(window=server.connections, options=options, new_handle=self._new_handle)

    def perform(self, parcels: Iterable[Parcel]) -> list[Exchange]:
        """How each went, in the order of the parcels. Never raises for a message."""
        return self._many.perform(parcels)

    def sign_in(self) -> Exchange:
        """Connect, agree on TLS, sign in, say NOOP and leave: nothing is sent to anybody."""
        curl = pycurl.Curl()
        lines: list[bytes] = []
        for option, value in self._options():
            curl.setopt(option, value)
        curl.setopt(pycurl.UPLOAD, 0)
        curl.setopt(pycurl.CUSTOMREQUEST, "NOOP")
        curl.setopt(pycurl.NOBODY, 1)
        curl.setopt(pycurl.FORBID_REUSE, 1)
        curl.setopt(pycurl.HEADERFUNCTION, lines.append)
        try:
            curl.perform()
            error, words = 0, ""
            if self._server.username and not _offers_sign_in(lines):
                error, words = pycurl.E_LOGIN_DENIED, "it offers no sign-in"
        except pycurl.error as failed:
            error, words = failed.args
        finally:
            curl.close()
        return Exchange(0, error, words, _last_reply(_texts(lines)),
                        "connection")  # fmt: skip

    def close(self) -> None:
        """Close all connections; the next batch opens new ones."""
        self._many.close()

    def _new_handle(self) -> _Handle:
        curl = pycurl.Curl()
        for option, value in self._options():
            curl.setopt(option, value)
        return _Handle(curl)

    def _options(self) -> list[tuple[int, Any]]:
        server = self._server
        scheme = "smtps" if server.security == "tls" else "smtp"
        host = f"[{server.host}]" if ":" in server.host else server.host
        options = [
            (pycurl.URL, f"{scheme}://{host}:{server.port}"),
            (pycurl.UPLOAD, 1),
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.PROTOCOLS, pycurl.PROTO_SMTP | pycurl.PROTO_SMTPS),
            (pycurl.CONNECTTIMEOUT, CONNECT_SECONDS),
            (pycurl.TIMEOUT, MESSAGE_SECONDS),
            (pycurl.FTP_RESPONSE_TIMEOUT, SILENCE_SECONDS),
            (pycurl.TCP_KEEPALIVE, 1),
            (pycurl.CAINFO, server.ca_file or system_authorities()),
            (pycurl.USE_SSL, pycurl.USESSL_ALL if server.security == "starttls" else pycurl.USESSL_NONE),
        ]
        if server.username:
            options += [(pycurl.USERNAME, server.username.encode()), (pycurl.PASSWORD, server.password.encode())]
        return options


def _last_reply(lines: list[str]) -> str:
    """The last whole reply on one line: its last line has a blank after the digits, the others a dash."""
    ends = [place for place, line in enumerate(lines) if line[:3].isdigit() and line[3:4] in ("", " ")]
    if not ends:
        return ""
    begin, code = ends[-1], lines[ends[-1]][:3]
    while begin and lines[begin - 1].startswith(f"{code}-"):
        begin -= 1
    return " ".join([code, *(line[4:] for line in lines[begin : ends[-1] + 1])]).strip()


def _texts(lines: list[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace").strip() for line in lines]


def _offers_sign_in(lines: list[bytes]) -> bool:
    return any(line[:4] in (b"250-", b"250 ") and line[4:8].upper() == b"AUTH" for line in lines)
