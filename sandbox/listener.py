"""Sockets on 127.0.0.1: a connection's first bytes tell HTTP/2 from HTTP/1.1, with and without TLS."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from sandbox.http1 import Http1, Respond
from sandbox.http2 import Http2

HOST = "127.0.0.1"
PREFACE = b"PRI * HTTP/2.0"


class Connection(asyncio.Protocol):
    """Waits for the first bytes, then is an `Http1` or an `Http2`."""

    def __init__(self, respond: Respond, connections: set[Connection]) -> None:
        self._respond = respond
        self._connections = connections
        self._talk: Http1 | Http2 | None = None
        self._first = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self.transport = transport
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._talk is None:
            self._first += data
            short = len(self._first) < len(PREFACE)
            if short and PREFACE.startswith(self._first):
                return
            two = self._first.startswith(PREFACE)
            self._talk = Http2(self.transport, self._respond) if two else Http1(self.transport, self._respond)
            data, self._first = self._first, b""
        self._talk.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._talk is not None:
            self._talk.closed()


def tls_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


class Listener:
    """Both ports, and every open connection, so that the end is quick."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._connections: set[Connection] = set()
        self._servers: list[asyncio.Server] = []

    async def listen(self, port: int, certificate: Path | None = None) -> int:
        """Take a port (0 asks the system for one) and return it. Raises OSError when it is taken."""
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._respond, self._connections),
            HOST,
            port,
            ssl=tls_context(certificate) if certificate else None,
            backlog=1024,
            start_serving=False,
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def serve(self) -> None:
        """Begin to answer on the ports taken."""
        for server in self._servers:
            await server.start_serving()

    def close(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.transport.abort()
