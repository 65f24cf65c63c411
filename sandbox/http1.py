"""HTTP/1.1 on httptools: answers in order, one at a time, on kept connections."""

from __future__ import annotations

import asyncio
import inspect
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import httptools

from sandbox.wire import Answer, Manner, Peer, Request, plain_error

BODY_LIMIT = 1_048_576
PHRASES = {status.value: status.phrase for status in HTTPStatus}
Respond = Callable[[Request], "Answer | Awaitable[Answer]"]


def cut(transport: asyncio.Transport) -> None:
    """End a connection with RST, as a provider's dying front end does."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Http1:
    """One HTTP/1.1 connection. httptools calls the `on_…` methods."""

    def __init__(self, transport: asyncio.Transport, respond: Respond) -> None:
        self._transport = transport
        self._respond = respond
        self._peer = Peer()
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._busy = False
        self._task: asyncio.Future[None] | None = None
        self.on_message_begin()

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._finish(plain_error(400, "Upgrades are not spoken here."))
        except httptools.HttpParserError:
            self._finish(plain_error(400, "This is not HTTP/1.1."))

    def closed(self) -> None:
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    # -- httptools

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._repeated: tuple[str, ...] = ()
        self._body = bytearray()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.decode("latin-1").lower()
        if key in self._headers:
            self._repeated += (key,)
        self._headers[key] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > BODY_LIMIT:
            self._finish(plain_error(413, "The body is larger than 1 MiB."))
            return
        self._body += body

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("latin-1")
        request = Request(method, path, query, self._headers, bytes(self._body), self._peer, self._repeated)
        keep = self._parser.should_keep_alive()
        if self._busy:
            self._waiting.append((request, keep))
        else:
            self._serve(request, keep)

    # -- answering

    def _serve(self, request: Request, keep: bool) -> None:
        answer = self._respond(request)
        if isinstance(answer, Answer):
            self._give(answer, keep)
        elif inspect.isawaitable(answer):
            self._busy = True
            self._task = asyncio.ensure_future(self._await(answer, keep))

    async def _await(self, coming: Awaitable[Answer], keep: bool) -> None:
        self._give(await coming, keep)

    def _give(self, answer: Answer, keep: bool) -> None:
        if not answer.delay:
            self._write(answer, keep)
            return
        self._busy = True
        asyncio.get_running_loop().call_later(answer.delay, self._write, answer, keep)

    def _write(self, answer: Answer, keep: bool) -> None:
        if self._transport.is_closing():
            return
        if answer.manner is not Manner.WHOLE:
            self._break(answer)
            return
        self._transport.write(_head(answer, keep) + answer.body)
        if not keep:
            self._transport.close()
            return
        self._busy = False
        if self._waiting:
            self._serve(*self._waiting.popleft())

    def _break(self, answer: Answer) -> None:
        self._busy = True  # nothing further is answered on this connection
        if answer.manner is Manner.SILENCE:
            return
        if answer.manner is Manner.GOAWAY:
            self._transport.write(_head(answer, False) + answer.body)
            self._transport.close()
        elif answer.manner is Manner.HALF:
            whole = _head(answer, True) + answer.body
            self._transport.write(whole[: len(whole) - max(1, len(answer.body) // 2)])
            self._transport.close()
        else:
            cut(self._transport)

    def _finish(self, answer: Answer) -> None:
        if not self._transport.is_closing():
            self._transport.write(_head(answer, False) + answer.body)
            self._transport.close()


def _head(answer: Answer, keep: bool) -> bytes:
    lines = f"HTTP/1.1 {answer.status} {PHRASES.get(answer.status, 'Unknown')}\r\n"
    if answer.body:
        lines += f"content-type: {answer.content_type}\r\n"
    for name, value in answer.headers:
        lines += f"{name}: {value}\r\n"
    if not keep:
        lines += "connection: close\r\n"
    return f"{lines}content-length: {len(answer.body)}\r\n\r\n".encode("latin-1")
