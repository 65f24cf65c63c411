"""Small providers on loopback: they answer what a test's function says and remember what they saw."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import h2.config
import h2.connection
import h2.events
import orjson


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


SILENCE = None  # take the whole request, then hang up (HTTP/2: reset the stream) without an answer
REFUSED = Answer(-7)  # HTTP/2 only: reset the stream as "not processed"
GOING_AWAY = Answer(-1)  # HTTP/2 only: say goodbye, naming no stream as processed
Handler = Callable[[Seen], Answer | None]


@dataclass
class StandIn:
    url: str
    seen: list[Seen] = field(default_factory=list)
    connections: list[object] = field(default_factory=list)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # a full queue makes clients wait for seconds

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is no trouble."""


@contextmanager
def http(handler: Handler, *, tls=None) -> Iterator[StandIn]:
    """A stand-in over HTTP/1.1 with kept connections."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            stand_in.connections.append(self.client_address)

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            names = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, names, body)
            stand_in.seen.append(seen)
            answer = handler(seen)
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.bytes())))
            self.end_headers()
            self.wfile.write(answer.bytes())

        do_GET = do_POST = do  # noqa: N815 - http.server's names

        def log_message(self, format, *args) -> None:
            """Tests read `seen`."""

    server = QuietServer(("127.0.0.1", 0), Door)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
    stand_in = StandIn(f"{scheme}://{host}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def http2(handler: Handler) -> Iterator[StandIn]:
    """A stand-in over HTTP/2 in clear text, spoken from the first byte."""
    listener = socket.create_server(("127.0.0.1", 0))
    stand_in = StandIn(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                stand_in.connections.append(client)
                threading.Thread(target=_talk, args=(client, handler, stand_in), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for client in stand_in.connections:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()


def _talk(client: socket.socket, handler: Handler, stand_in: StandIn) -> None:
    talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    talk.initiate_connection()
    headers: dict[int, dict[str, str]] = {}
    bodies: dict[int, bytes] = {}
    with suppress(OSError, h2.exceptions.ProtocolError):
        client.sendall(talk.data_to_send())
        while data := client.recv(65536):
            for event in talk.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    headers[event.stream_id], bodies[event.stream_id] = dict(event.headers), b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    talk.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    names = headers[event.stream_id]
                    seen = Seen(names[":method"], names[":path"], names, bodies[event.stream_id])
                    stand_in.seen.append(seen)
                    _answer(talk, event.stream_id, handler(seen))
            client.sendall(talk.data_to_send())


def _answer(talk: h2.connection.H2Connection, stream: int, answer: Answer | None) -> None:
    if answer is GOING_AWAY:
        talk.close_connection(last_stream_id=0)
        return
    if answer is SILENCE or answer is REFUSED:
        talk.reset_stream(stream, error_code=2 if answer is SILENCE else 7)
        return
    talk.send_headers(stream, [(":status", str(answer.status)), *answer.headers.items()])
    talk.send_data(stream, answer.bytes(), end_stream=True)
