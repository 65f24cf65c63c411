"""A customer's web server: real sockets on loopback, which remembers every request and answers as it is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread

import orjson


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, object]]:
        """The events in the order of their keys, which must be "0", "1", …"""
        batch = orjson.loads(self.body)
        assert list(batch) == [str(place) for place in range(len(batch))]
        return list(batch.values())


@dataclass
class Receiver:
    """`answers` are (status, body) of the next requests, the last one for ever."""

    port: int
    requests: list[Received] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"thanks")])
    headers: dict[str, str] = field(default_factory=dict)
    may_answer: Event = field(default_factory=Event)
    when_asked: Callable[[], None] = lambda: None
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[dict[str, object]]:
        return [event for request in self.requests for event in request.events]


@contextmanager
def receiver(tls: SSLContext | None = None) -> Iterator[Receiver]:
    """A server on a free port; its handlers wait for `may_answer`, which is set unless a test clears it."""

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            here.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            here.requests.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            here.when_asked()
            here.may_answer.wait(20)
            status, text = here.answers.pop(0) if len(here.answers) > 1 else here.answers[0]
            self.send_response(status)
            for name, value in here.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST  # noqa: N815  (the server's names)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A caller that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    here = Receiver(server.server_port)
    here.may_answer.set()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield here
    finally:
        here.may_answer.set()
        server.shutdown()
        server.server_close()
