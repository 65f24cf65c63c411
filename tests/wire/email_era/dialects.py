"""How each client writes a request on the wire (facts, section 1.3), and a client system that speaks them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from tests.wire.granian import ask

NO_DATA = object()
"""The client has nothing to send."""


def _request(method: str, path: str, authorization: str, rest: bytes) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {authorization}\r\n"
    return head.encode() + rest


def _sized(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def php(method: str, path: str, authorization: str, body: Any) -> bytes:
    """The PHP SDK: JSON under curl's label of a form on v1; not even a length where there is no data."""
    if body is NO_DATA:
        return _request(method, path, authorization, b"Accept: */*\r\n\r\n")
    label = b"application/json" if path.startswith("/v3/") else b"application/x-www-form-urlencoded"
    return _request(
        method, path, authorization, b"Accept: */*\r\nContent-Type: " + label + b"\r\n" + _sized(_json(body))
    )


def go(method: str, path: str, authorization: str, body: Any) -> bytes:
    """The Go SDK: no Content-Type; `null` where there is no data."""
    text = b"null" if body is NO_DATA else _json(body)
    return _request(method, path, authorization, b"User-Agent: Go-http-client/1.1\r\n" + _sized(text))


def appsci(method: str, path: str, authorization: str, body: Any) -> bytes:
    """A customer's own client: a length of 0 where there is no data."""
    text = b"" if body is NO_DATA else _json(body)
    return _request(method, path, authorization, b"Content-Type: application/json\r\n" + _sized(text))


Dialect = Callable[[str, str, str, Any], bytes]
DIALECTS: dict[str, Dialect] = {"PHP": php, "Go": go, "APPSCI": appsci}


def _json(body: Any) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps(body)


@dataclass(frozen=True)
class ClientSystem:
    """Calls the server that the product runs on, as bytes over a socket."""

    server: tuple[str, int]
    authorization: str

    def call(self, dialect: str, method: str, path: str, body: Any = NO_DATA) -> tuple[int, Any]:
        """(status, the whole document); every answer must be JSON and say so."""
        status, headers, content = ask(self.server, DIALECTS[dialect](method, path, self.authorization, body))
        assert headers["content-type"] == "application/json"
        return status, orjson.loads(content)

    def data(self, dialect: str, method: str, path: str, body: Any = NO_DATA) -> Any:
        """The data of a v1 success: exactly 200, in the envelope, with the right count (facts, section 1.4)."""
        status, document = self.call(dialect, method, path, body)
        assert status == 200, document
        meta, data = document["_meta"], document["data"]
        assert (meta["status"], type(meta["time"])) == ("SUCCESS", int)
        assert meta["count"] == (len(data) if isinstance(data, dict | list) else 1)
        return data

    def error(self, dialect: str, method: str, path: str, body: Any = NO_DATA) -> tuple[int, Any]:
        """(status, data) of a v1 error."""
        status, document = self.call(dialect, method, path, body)
        assert status != 200, document
        assert (document["_meta"]["status"], document["_meta"]["count"]) == ("ERROR", 1)
        return status, document["data"]
