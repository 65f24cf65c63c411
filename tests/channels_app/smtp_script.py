"""A mail server by a script: it answers each stage as told, so that a test can break off anywhere."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG_UP = b""  # close the connection instead of an answer
RESET = b"RST"  # reset the connection instead of an answer

FINE: dict[str, bytes] = {
    "greeting": b"220 mx.example ESMTP\r\n",
    "EHLO": b"250-mx.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n",
    "HELO": b"250 mx.example\r\n",
    "AUTH": b"235 2.7.0 Welcome\r\n",
    "MAIL": b"250 2.1.0 Ok\r\n",
    "RCPT": b"250 2.1.5 Ok\r\n",
    "DATA": b"354 Go ahead\r\n",
    "body": b"250 2.0.0 Ok: queued as 4XYZ99\r\n",
    "NOOP": b"250 2.0.0 Ok\r\n",
    "RSET": b"250 2.0.0 Ok\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
}
Answer = bytes | Callable[[str], bytes]


@dataclass
class Server:
    """What it saw: the commands of each connection, and the whole messages with their recipient."""

    port: int = 0
    sessions: list[list[str]] = field(default_factory=list)
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    script: dict[str, Answer] = field(default_factory=dict)
    half_body: bool = False
    is_hasty: bool = False  # hangs up after each message that it took
    is_careless: bool = False  # wants a message although it refused its recipient: RFC 2920, section 3.1

    def commands(self, verb: str) -> list[str]:
        return [line for session in self.sessions for line in session if line.upper().startswith(verb)]


@contextmanager
def smtp(
    script: Mapping[str, Answer] | None = None, *, half_body: bool = False, clients: list[socket.socket] | None = None
) -> Iterator[Server]:
    """A server whose answers are FINE but for `script`; with `half_body` it hangs up in the middle of a message.

    Its sockets are put into `clients`, in the order they came.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = Server(listener.getsockname()[1], script=dict(script or {}), half_body=half_body)
    clients = [] if clients is None else clients

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                clients.append(client)
                threading.Thread(target=_talk, args=(client, server), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()


class _Over(Exception):
    """The script ended the connection."""


def _talk(client: socket.socket, server: Server) -> None:
    session: list[str] = []
    server.sessions.append(session)
    with suppress(OSError, _Over), client.makefile("rb") as lines:
        _say(client, server, "greeting", "")
        to = ""
        while line := lines.readline():
            words = line.decode("utf-8", "replace").strip()
            session.append(words)
            verb = words[:4].upper()
            if verb == "DATA" and not to and not server.is_careless:
                client.sendall(b"554 5.5.1 No valid recipients\r\n")
                continue
            said = _say(client, server, verb, words)
            if verb == "RCPT" and said.startswith(b"2"):
                to = words
            if verb == "DATA" and said.startswith(b"354"):
                _take(client, server, lines, to)
            if verb in ("DATA", "RSET"):
                to = ""
            if verb == "QUIT":
                break
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
    client.close()


def _take(client: socket.socket, server: Server, lines, to: str) -> None:
    body: list[bytes] = []
    while (line := lines.readline()) not in (b".\r\n", b""):
        if server.half_body:
            _reset(client)
        body.append(line)
    if line:
        server.messages.append((to.partition("<")[2].partition(">")[0], b"".join(body)))
        _say(client, server, "body", to)
        if server.is_hasty:
            raise _Over


def _answer(server: Server, stage: str, words: str) -> bytes:
    answer = server.script.get(stage, FINE.get(stage, b"502 5.5.1 What?\r\n"))
    return answer if isinstance(answer, bytes) else answer(words)


def _say(client: socket.socket, server: Server, stage: str, words: str) -> bytes:
    answer = _answer(server, stage, words)
    if answer == RESET:
        _reset(client)
    if answer == HANG_UP:
        raise _Over
    client.sendall(answer)
    if answer.startswith(b"421"):
        time.sleep(0.01)
        raise _Over
    return answer


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    raise _Over
