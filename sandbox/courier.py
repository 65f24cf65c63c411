"""Carries the sandbox's own requests, receipts and app reports, to loopback: bounded, delayed, tried again."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httptools

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT = 10.0


def loopback_problem(url: str) -> str:
    """Why an address is not called; nothing when it is on this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "the address can't be read"
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or port == 0:
        return "only http:// on 127.0.0.1 or localhost is called"
    return ""


@dataclass(slots=True)
class Errand:
    """One request to make. `prepare` builds (method, url, headers, body) at the time of each try."""

    prepare: Callable[[], tuple[str, str, dict[str, str], bytes]]
    attempts: int
    on_refused: Callable[[int], None] | None = None  # called with the status (0: no answer) when given up
    tried: int = 0


class Courier:
    """`size` errands at most wait; more are dropped and counted."""

    def __init__(self, *, size: int, carriers: int) -> None:
        self._size = size
        self._heap: list[tuple[float, int, Errand]] = []
        self._number = itertools.count()
        self._wake = asyncio.Event()
        self._tasks = [asyncio.create_task(self._carry()) for _ in range(carriers)]
        self.delivered = 0
        self.failed = 0
        self.dropped = 0
        self.last_problem = ""

    @property
    def waiting(self) -> int:
        return len(self._heap)

    def send(self, errand: Errand, *, delay: float = 0.0) -> None:
        if len(self._heap) >= self._size:
            self.dropped += 1
            self.last_problem = "too many were waiting"
            return
        heapq.heappush(self._heap, (time.monotonic() + delay, next(self._number), errand))
        self._wake.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self) -> None:
        line = _Line()
        while True:
            if not self._heap:
                self._wake.clear()
                await self._wake.wait()
            elif self._heap[0][0] > time.monotonic():
                await asyncio.sleep(0.05)
            else:
                await self._run(line, heapq.heappop(self._heap)[2])

    async def _run(self, line: _Line, errand: Errand) -> None:
        method, url, headers, body = errand.prepare()
        status = await line.ask(method, url, headers, body)
        if 200 <= status < 300:
            self.delivered += 1
            return
        self.last_problem = f"{method} {url.partition('?')[0]} answered {status or 'nothing'}"
        errand.tried += 1
        if errand.tried < errand.attempts:
            self.send(errand, delay=min(30.0, 0.5 * 2**errand.tried))
            return
        self.failed += 1
        if errand.on_refused is not None:
            errand.on_refused(status)

    def public(self) -> dict[str, int | str]:
        names = ("waiting", "delivered", "failed", "dropped", "last_problem")
        return {name: getattr(self, name) for name in names}


async def ask_once(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    """Make one request on a line of its own; the answer's status, 0 when there was none."""
    line = _Line()
    try:
        return await line.ask(method, url, headers, body)
    finally:
        line.drop()


class _Line:
    """A kept HTTP/1.1 connection; opened anew when the other side has closed it or changed."""

    def __init__(self) -> None:
        self._place: tuple[str, int] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> int:
        """The answer's status; 0 when there was none."""
        if loopback_problem(url):
            return 0
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        message = "\r\n".join([*lines, "", ""]).encode() + body
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._exchange(place, message)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, httptools.HttpParserError):
            self.drop()
            return 0
        except asyncio.CancelledError:
            self.drop()
            raise

    async def _exchange(self, place: tuple[str, int], message: bytes) -> int:
        if self._reader is None or self._reader.at_eof() or self._place != place:
            self.drop()
            self._reader, self._writer = await asyncio.open_connection(*place)
            self._place = place
        reader, writer = self._reader, self._writer
        if writer is None:
            raise ConnectionError
        writer.write(message)
        answer = _Answer()
        while not answer.complete:
            data = await reader.read(65_536)
            if not data:
                raise ConnectionError
            answer.parser.feed_data(data)
        if not answer.keep:
            self.drop()
        return answer.status

    def drop(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()
        self._reader = self._writer = None


class _Answer:
    """Reads one response as it comes."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.complete = False
        self.status = 0
        self.keep = False

    def on_message_complete(self) -> None:
        self.status = self.parser.get_status_code()
        self.keep = self.parser.should_keep_alive()
        self.complete = self.status >= 200
