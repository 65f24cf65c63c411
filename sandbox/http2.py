"""HTTP/2 on h2, with flow control, stream limits, GOAWAY and RST_STREAM."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import h2.errors
import h2.events
import h2.exceptions

from sandbox.http1 import BODY_LIMIT, Respond, cut
from sandbox.quick_h2 import new_connection
from sandbox.wire import Answer, Manner, Peer, Request, plain_error


@dataclass(slots=True)
class _Stream:
    method: str
    path: str
    headers: dict[str, str]
    repeated: tuple[str, ...] = ()
    body: bytearray = field(default_factory=bytearray)


class Http2:
    """One HTTP/2 connection, over TLS or with prior knowledge."""

    def __init__(self, transport: asyncio.Transport, respond: Respond) -> None:
        self._transport = transport
        self._respond = respond
        self._peer = Peer(http2=True)
        self._streams: dict[int, _Stream] = {}
        self._unsent: dict[int, bytes] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._ignore_after = 0
        self._h2 = new_connection()
        self._flush()

    def feed(self, data: bytes) -> None:
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._flush()
            self._transport.close()
            return
        for event in events:
            self._on_event(event)
        self._flush()

    def closed(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._streams.clear()
        self._unsent.clear()

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    # -- requests

    def _on_event(self, event: Any) -> None:
        kind = type(event)
        if kind is h2.events.RequestReceived:
            self._open(event.stream_id, event.headers)
        elif kind is h2.events.DataReceived:
            self._receive(event)
        elif kind is h2.events.StreamEnded:
            self._serve(event.stream_id)
        elif kind is h2.events.WindowUpdated:
            self._send_more(event.stream_id)
        elif kind is h2.events.StreamReset:
            self._streams.pop(event.stream_id, None)
            self._unsent.pop(event.stream_id, None)
        elif kind is h2.events.ConnectionTerminated:
            self._transport.close()

    def _open(self, stream_id: int, pairs: list[tuple[str, str]]) -> None:
        headers: dict[str, str] = {}
        repeated: tuple[str, ...] = ()
        for name, value in pairs:
            if name in headers:
                repeated += (name,)
            headers[name] = value
        method, path = headers.get(":method", ""), headers.get(":path", "")
        headers["host"] = headers.get(":authority", headers.get("host", ""))
        self._streams[stream_id] = _Stream(method, path, headers, repeated)

    def _receive(self, event: Any) -> None:
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        stream = self._streams.get(event.stream_id)
        if stream is None:
            return
        stream.body += event.data
        if len(stream.body) > BODY_LIMIT:
            del self._streams[event.stream_id]
            self._write(event.stream_id, plain_error(413, "The body is larger than 1 MiB."))

    def _serve(self, stream_id: int) -> None:
        stream = self._streams.pop(stream_id, None)
        if stream is None or (self._ignore_after and stream_id > self._ignore_after):
            return
        path, _, query = stream.path.partition("?")
        request = Request(stream.method, path, query, stream.headers, bytes(stream.body), self._peer, stream.repeated)
        answer = self._respond(request)
        if isinstance(answer, Answer):
            self._give(stream_id, answer)
        elif inspect.isawaitable(answer):
            task = asyncio.ensure_future(self._await(stream_id, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _await(self, stream_id: int, coming: Awaitable[Answer]) -> None:
        self._give_late(stream_id, await coming)

    # -- answers

    def _give(self, stream_id: int, answer: Answer) -> None:
        if answer.delay:
            asyncio.get_running_loop().call_later(answer.delay, self._give_late, stream_id, answer)
        else:
            self._write(stream_id, answer)

    def _give_late(self, stream_id: int, answer: Answer) -> None:
        if not self._transport.is_closing():
            self._write(stream_id, answer)
            self._flush()

    def _write(self, stream_id: int, answer: Answer) -> None:
        try:
            if answer.manner is Manner.WHOLE:
                self._send(stream_id, answer)
            else:
                self._break(stream_id, answer)
        except (h2.exceptions.StreamClosedError, h2.exceptions.ProtocolError):
            self._unsent.pop(stream_id, None)  # the client went away from this stream meanwhile

    def _send(self, stream_id: int, answer: Answer) -> None:
        self._h2.send_headers(stream_id, _headers(answer), end_stream=not answer.body)
        if answer.body:
            self._unsent[stream_id] = answer.body
            self._send_more(stream_id)

    def _send_more(self, stream_id: int) -> None:
        for waiting in [stream_id] if stream_id else list(self._unsent):
            body = self._unsent.get(waiting)
            while body:
                room = min(self._h2.local_flow_control_window(waiting), self._h2.max_outbound_frame_size, len(body))
                if room <= 0:
                    break
                self._h2.send_data(waiting, body[:room], end_stream=room == len(body))
                body = body[room:]
            if body:
                self._unsent[waiting] = body
            else:
                self._unsent.pop(waiting, None)

    def _break(self, stream_id: int, answer: Answer) -> None:
        if answer.manner is Manner.SILENCE:
            return
        if answer.manner is Manner.CUT:
            cut(self._transport)
        elif answer.manner is Manner.RESET:
            self._h2.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif answer.manner is Manner.HALF:
            self._h2.send_headers(stream_id, _headers(answer))
            if len(answer.body) > 1:
                self._h2.send_data(stream_id, answer.body[: len(answer.body) // 2])
            self._h2.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
        else:
            self._go_away(stream_id, answer)

    def _go_away(self, stream_id: int, answer: Answer) -> None:
        """Answer the streams up to this one, tell the client to open another connection, close.

        REFUSE names the stream before as the last one, so this request was not processed (RFC 9113, 6.8).
        """
        refused = answer.manner is Manner.REFUSE
        if not refused:
            self._send(stream_id, answer)
        self._ignore_after = max(1, stream_id - 2) if refused else stream_id
        last = stream_id - 2 if refused and stream_id > 2 else (0 if refused else stream_id)
        self._h2.close_connection(
            h2.errors.ErrorCodes.NO_ERROR, additional_data=b'{"reason":"Shutdown"}', last_stream_id=last
        )
        self._flush()
        asyncio.get_running_loop().call_later(0.2, self._transport.close)


def _headers(answer: Answer) -> list[tuple[str, str]]:
    headers = [(":status", str(answer.status)), *((name.lower(), value) for name, value in answer.headers)]
    if answer.body:
        headers += [("content-type", answer.content_type), ("content-length", str(len(answer.body)))]
    return headers
