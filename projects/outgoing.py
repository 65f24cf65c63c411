"""The one way out to URLs that customers give: webhooks, checks of domains and pictures.

Only public addresses are called. What counts is the address of the very connection, looked at when its socket is made,
so that neither an odd way to write an address nor a DNS that changes its mind leads inside. Redirects aren't followed,
proxies of the environment aren't used, connections aren't kept, and everything ends in time.
"""

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pycurl
from django.conf import settings

CONNECT_SECONDS = 3
TOTAL_SECONDS = 10
MOST_BODY = 64 * 1024
MOST_HEADERS = 64 * 1024
MOST_URL = 2048
LOWEST_FREE_PORT = 1024
USUAL_PORTS = (80, 443)
REFUSED = "The address isn't a public one: it is never called."

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `is_global` calls public, or may by the version of Python.
_FORBIDDEN = tuple(
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24",  # IETF protocols; Oracle's metadata
        "168.63.129.16/32",  # Azure's metadata
        "192.88.99.0/24",  # relays of 6to4
        "2002::/16",  # 6to4: carries an IPv4 address
        "::/96",  # carries one, too
        "64:ff9b:1::/48",  # NAT64 of a local network
        "fec0::/10",  # site-local
        "100::/64",  # leads nowhere
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Answer(NamedTuple):
    """What came of a request. `status` is 0 and `error` a sentence where there was no answer.

    `body` is the first 64 kB. `seconds` is how long it took.
    """

    status: int
    body: bytes = b""
    error: str = ""
    seconds: float = 0.0


def url_error(url: str) -> str:
    """Why this URL can't be called, as a sentence; "" where it seems callable. Asks no DNS: the connection decides."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "This is not a valid URL."
    if len(url) > MOST_URL or any(letter.isspace() or not letter.isprintable() for letter in url):
        return f"A URL has up to {MOST_URL} characters, none of them a space."
    if parts.scheme not in ("http", "https") or not host:
        return "The URL must begin with https:// or http:// and a host."
    if "@" in parts.netloc:
        return "The URL must not hold a user or a password."
    if not may_use_port(443 if port is None else port):
        return f"The port must be 80, 443 or {LOWEST_FREE_PORT} and above."
    return "" if _may_call_host(host) else "The host must be reachable from the internet, not a private address."


def may_use_port(port: int) -> bool:
    """Ports of HTTP, and those that any program may take; none of the system's other services."""
    return port in USUAL_PORTS or port >= LOWEST_FREE_PORT


def may_call(address: str) -> bool:
    """Whether an IP address (as text) is public, or in one of settings.OUTGOING_ALLOWED_NETWORKS."""
    try:
        ip = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if any(ip in ipaddress.ip_network(each) for each in settings.OUTGOING_ALLOWED_NETWORKS):
        return True
    return ip.is_global and not ip.is_multicast and not any(ip in each for each in _FORBIDDEN)


def post(url: str, *, body: bytes, headers: Sequence[str] = ()) -> Answer:
    """One POST, never repeated. Never raises for what the other side does."""
    return perform(Call(url, body=body, headers=headers))


def get(url: str, *, headers: Sequence[str] = ()) -> Answer:
    """One GET, under the same rules."""
    return perform(Call(url, headers=headers))


def perform(call: "Call") -> Answer:
    """Make the call and wait for its answer."""
    code, error = 0, ""
    try:
        call.curl.perform()
    except pycurl.error as failure:
        code, error = failure.args
    return call.answer(code, error)


class Call:
    """One request on its way: `curl` for a multi handle, or for `perform`. Without a body it is a GET."""

    def __init__(self, url: str, *, body: bytes | None = None, headers: Sequence[str] = ()) -> None:
        self._url = url
        self._wrong = url_error(url)
        self._refused = False
        self._chunks: list[bytes] = []
        self._taken = self._told = 0
        self._began = monotonic()
        self.curl = pycurl.Curl()
        for option, value in _options():
            self.curl.setopt(option, value)
        # A URL that is refused beforehand is not even parsed by libcurl: without one it fails at once.
        if not self._wrong:
            self.curl.setopt(pycurl.URL, url.encode())
        self.curl.setopt(pycurl.HTTPHEADER, [*headers, "Expect:"])
        if body is not None:
            self.curl.setopt(pycurl.POSTFIELDS, body)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._take)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._take_header)

    def answer(self, code: int = 0, error: str = "") -> Answer:
        """What came of it, from libcurl's code and sentence; closes the handle."""
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        self.curl.close()
        body = b"".join(self._chunks)[:MOST_BODY]
        seconds = monotonic() - self._began
        cut = code == pycurl.E_WRITE_ERROR and status and self._taken > MOST_BODY
        if not code or cut:
            return Answer(status, body, "", seconds)
        return Answer(0, b"", self._wrong or (REFUSED if self._refused else _sentence(code, error)), seconds)

    def _open_socket(self, _purpose: int, wanted: Any) -> Any:
        """The one place where a connection is made or refused; libcurl has looked the name up by now."""
        host, port = wanted.addr[:2] if isinstance(wanted.addr, tuple) else ("", 0)
        if may_call(host) and may_use_port(port):
            return socket.socket(wanted.family, wanted.socktype, wanted.protocol)
        self._refused = True
        return pycurl.SOCKET_BAD

    def _take(self, chunk: bytes) -> int:
        self._taken += len(chunk)
        self._chunks.append(chunk)
        return len(chunk) if self._taken <= MOST_BODY else 0  # 0: enough, hang up

    def _take_header(self, line: bytes) -> int:
        self._told += len(line)
        return len(line) if self._told <= MOST_HEADERS else 0


class Calls:
    """Calls that go at the same time, each under a key of its caller's."""

    def __init__(self) -> None:
        self._multi = pycurl.CurlMulti()
        self._under_way: dict[Any, tuple[int, Call]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def start(self, key: int, call: Call) -> None:
        self._under_way[call.curl] = (key, call)
        self._multi.add_handle(call.curl)

    def wait(self, seconds: float) -> list[tuple[int, Answer]]:
        """The answers (key, answer) that came in; looks for them until there is one, `seconds` at most."""
        until = monotonic() + seconds
        while True:
            self._multi.perform()
            done = self._collect()
            left = until - monotonic()
            if done or left <= 0 or not self._under_way:
                return done
            if self._multi.select(min(left, 0.1)) == -1:  # no socket yet: a name is being looked up
                sleep(0.01)

    def _collect(self) -> list[tuple[int, Answer]]:
        found: list[tuple[int, Answer]] = []
        waiting = 1
        while waiting:
            waiting, done, failed = self._multi.info_read()
            for curl, code, error in [*((curl, 0, "") for curl in done), *failed]:
                key, call = self._under_way.pop(curl)
                self._multi.remove_handle(curl)
                found.append((key, call.answer(code, error)))
        return found


def _options() -> list[tuple[int, Any]]:
    return [
        (pycurl.NOSIGNAL, 1),
        (pycurl.PROXY, ""),
        (pycurl.NOPROXY, "*"),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
        (pycurl.FRESH_CONNECT, 1),
        (pycurl.FORBID_REUSE, 1),
        (pycurl.CONNECTTIMEOUT, CONNECT_SECONDS),
        (pycurl.TIMEOUT, TOTAL_SECONDS),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.CAINFO, settings.OUTGOING_CA_FILE or _system_authorities()),
        (pycurl.USERAGENT, "sendios"),
    ]


def _system_authorities() -> str:
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.openssl_cafile


def _unwrap(ip: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one stands for, where it leads there."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _may_call_host(host: str) -> bool:
    """False for addresses that aren't public, however they are written, and for this machine's own names."""
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return may_call("127.0.0.1")
    if ":" in host:
        return may_call(host)
    try:
        return may_call(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, UnicodeEncodeError):
        return True


def _sentence(code: int, error: str) -> str:
    if code == pycurl.E_WRITE_ERROR:
        return "The answer's headers are too long."
    return error or f"libcurl error {code}"
