"""The one way out to the providers: many HTTP requests at once over kept connections, by libcurl's multi interface.

What it promises: a request that failed is told, never raised; every time-out is set; redirects, proxies of the
environment, cookies and netrc are off; an answer is cut off at `MAX_BODY`; **a POST is never sent twice.** libcurl by
itself repeats a POST whose kept connection was closed without an answer (`Curl_retry_request`), so bodies are not given
by POSTFIELDS but read through a callback without a rewind: a second attempt then fails with E_SEND_FAIL_REWIND. The
same callback tells for certain whether a byte of the body was ever taken: `Response.sent`.

The price: libcurl looks whether a kept connection is still alive only if it was idle for a second. A server that closes
one sooner and unannounced costs a request its answer, and that request counts as sent. So does one that HTTP/2 refuses
(REFUSED_STREAM, GOAWAY), as libcurl's error doesn't tell these apart.
"""

import ssl
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import pycurl

from channels_app.many import Many

MAX_BODY = 1_000_000
CONNECT_SECONDS = 10
SILENCE_SECONDS = 20
NEVER_LEFT = frozenset(
    {
        pycurl.E_UNSUPPORTED_PROTOCOL,
        pycurl.E_URL_MALFORMAT,
        pycurl.E_COULDNT_RESOLVE_HOST,
        pycurl.E_COULDNT_CONNECT,
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CIPHER,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_ISSUER_ERROR,
    }
)


class Request(NamedTuple):
    """One request. `headers` are whole lines ("Name: value"): one list shared by many requests is converted once.

    A GET has no body. `timeout` is in seconds, from the start to the last byte of the answer.
    """

    key: int
    method: str
    url: str
    headers: Sequence[str] = ()
    body: bytes = b""
    timeout: float = 30.0


class Response(NamedTuple):
    """What came of a request.

    `status` is 0 and `error` a sentence if there was no (whole) answer. `sent` is False only if it is certain that
    the provider can't have got the request.
    """

    key: int
    status: int
    lines: tuple[bytes, ...]
    body: bytes
    error: str
    sent: bool

    def header(self, name: str) -> str:
        """One header's value by its name in lower case, "" without one; cheaper than all of them."""
        wanted = name.encode() + b":"
        for line in self.lines:
            if line[: len(wanted)].lower() == wanted:
                return line[len(wanted) :].strip().decode("latin-1")
        return ""

    @property
    def headers(self) -> dict[str, str]:
        """The answer's headers with names in lower case."""
        pairs = (line.decode("latin-1").partition(":") for line in self.lines)
        return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


class _Handle:
    """A kept easy handle and what it was last told, so that it is only told what changes."""

    __slots__ = (
        "_headers", "_http2", "_length", "_method", "_scheme", "_timeout", "_url",
        "body", "chunks", "curl", "index", "key", "lines",
    )  # fmt: skip

    def __init__(self, curl: Any, *, http2: bool) -> None:
        self.curl = curl
        self._http2 = http2
        self.index = self.key = 0
        self.body = BytesIO()
        self.lines: list[bytes] = []
        self.chunks: list[bytes] = []
        self._url = self._method = self._scheme = ""
        self._length = 0
        self._headers: Sequence[str] | None = None
        self._timeout = 0.0
        curl.setopt(pycurl.HEADERFUNCTION, self.lines.append)
        curl.setopt(pycurl.WRITEFUNCTION, self.chunks.append)

    def load(self, index: int, request: Request) -> None:
        self.index, self.key = index, request.key
        self.lines.clear()
        self.chunks.clear()
        self._address(request)
        self._fill(request)

    def _address(self, request: Request) -> None:
        setopt = self.curl.setopt
        if request.url != self._url:
            setopt(pycurl.URL, request.url)
            self._choose_version(request.url)
            self._url = request.url
        if request.headers is not self._headers:
            setopt(pycurl.HTTPHEADER, [*request.headers, "Expect:"])
            self._headers = request.headers
        if request.timeout != self._timeout:
            setopt(pycurl.TIMEOUT_MS, int(request.timeout * 1000))
            self._timeout = request.timeout

    def _choose_version(self, url: str) -> None:
        """HTTP/2 is negotiated by TLS; without TLS there is nobody to ask, so it is spoken from the first byte."""
        scheme = url.partition(":")[0]
        if self._http2 and scheme != self._scheme:
            negotiated = scheme == "https"
            version = "CURL_HTTP_VERSION_2TLS" if negotiated else "CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE"
            self.curl.setopt(pycurl.HTTP_VERSION, getattr(pycurl, version))
            self._scheme = scheme

    def _fill(self, request: Request) -> None:
        setopt = self.curl.setopt
        if request.method != self._method:
            setopt(pycurl.HTTPGET if request.method == "GET" else pycurl.POST, 1)
            self._method = request.method
        self.body, self._length = BytesIO(request.body), len(request.body)
        if request.method != "GET":
            setopt(pycurl.READFUNCTION, self.body.read)
            setopt(pycurl.POSTFIELDSIZE, self._length)

    def refusal(self, request: Request, error: Exception) -> Response:
        return Response(request.key, 0, (), b"", f"not a valid request: {error}", False)

    def answer(self) -> Response:
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        return Response(self.key, status, tuple(self.lines), b"".join(self.chunks), "", True)

    def failure(self, code: int, error: str) -> Response:
        left = self.body.tell() > 0 or (not self._length and code not in NEVER_LEFT)
        if code == pycurl.E_SEND_FAIL_REWIND:
            error = "the connection was closed before an answer, and the request is not sent twice"
        return Response(self.key, 0, (), b"", error or f"libcurl error {code}", left)


class Transport:
    """Kept connections to one provider. Made lazily in the process that uses it; one batch at a time.

    `connections` is how many are opened to a host at most, `streams` how many requests each carries at once (1 for
    HTTP/1.1). With `http2`, https negotiates it and plain http speaks it at once. `certificate` and `private_key` are
    PEM, straight from memory. `ca_file` "" means the system's authorities.
    """

    def __init__(
        self,
        *,
        http2: bool = False,
        connections: int = 64,
        streams: int = 1,
        ca_file: str = "",
        certificate: bytes = b"",
        private_key: bytes = b"",
    ) -> None:
        self._http2 = http2
        self._ca_file = ca_file or system_authorities()
        self._certificate, self._private_key = certificate, private_key
        streams = streams if http2 else 1
        options = [
            (pycurl.M_PIPELINING, 2 if http2 else 0),
            (pycurl.M_MAX_HOST_CONNECTIONS, connections),
            (pycurl.M_MAXCONNECTS, connections),
            (pycurl.M_MAX_CONCURRENT_STREAMS, streams),
        ]
        self._many = Many(window=connections * streams, options=options, new_handle=self._new_handle)

    def perform(self, requests: Iterable[Request]) -> list[Response]:
        """All the answers, in the order of the requests. Never raises for a request."""
        return self._many.perform(requests)

    def close(self) -> None:
        """Close all connections; the next batch opens new ones."""
        self._many.close()

    def _new_handle(self) -> _Handle:
        curl = pycurl.Curl()
        for option, value in self._options():
            curl.setopt(option, value)
        return _Handle(curl, http2=self._http2)

    def _options(self) -> list[tuple[int, Any]]:
        options = [
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.USERAGENT, "sendios"),
            (pycurl.CONNECTTIMEOUT, CONNECT_SECONDS),
            (pycurl.LOW_SPEED_LIMIT, 1),
            (pycurl.LOW_SPEED_TIME, SILENCE_SECONDS),
            (pycurl.MAXFILESIZE, MAX_BODY),
            (pycurl.TCP_KEEPALIVE, 1),
            (pycurl.CAINFO, self._ca_file),
        ]
        if self._certificate:
            options += [(pycurl.SSLCERT_BLOB, self._certificate), (pycurl.SSLKEY_BLOB, self._private_key)]
        if self._http2:
            options.append((pycurl.PIPEWAIT, 1))
        else:
            options.append((pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1))
        return options


def system_authorities() -> str:
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.openssl_cafile
