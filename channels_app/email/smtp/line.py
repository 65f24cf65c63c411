"""Many messages at once over kept SMTP connections: non-blocking sockets, one thread.

What it promises is what channels_app/transport.py promises: a message that failed is told, never raised; every wait has
an end; **nothing is handed over twice.** Why not libcurl, as for HTTP: docs/decisions/0014-smtp-without-libcurl.md.
"""

import selectors
import socket
import ssl
import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from os import getpid
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic

from channels_app.email.smtp.answers import Exchange
from channels_app.email.smtp.dialogue import Dialogue, Done, Parcel, Transit
from channels_app.email.smtp.opening import NotOpened, Opened, Server, open_connection, try_sign_in

REPLY_SECONDS = 60
TAKING_SECONDS = 120
"""RFC 5321, section 4.5.3.2.6, wants ten minutes for the reply to a whole message; a queue can't wait so long."""

OPENING_SECONDS = 60
BEGIN_SECONDS = 20
"""For so long a batch begins messages: a slow server must not keep a worker from its other campaigns."""

END_SECONDS = 150
"""What isn't done by then is broken off, however often the server says a little: a worker has others to serve."""

KEEP_SECONDS = 60
"""A connection that was idle for longer is not used again: many servers and firewalls drop it without a word."""

_READ, _BOTH = selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_CHUNK = 65_536


class _Kept:
    """One connection: its socket, its dialogue, and what the system has not taken yet."""

    __slots__ = ("deadline", "dialogue", "socket", "unsent", "used_at")

    def __init__(self, opened: Opened) -> None:
        self.socket = opened.socket
        self.dialogue = Dialogue(pipelines=opened.pipelines, wants_size=opened.wants_size)
        self.unsent = memoryview(b"")
        self.deadline = self.used_at = monotonic()

    def moved(self) -> None:
        """Something went in or out: the wait begins anew."""
        self.used_at = monotonic()
        self.deadline = self.used_at + (TAKING_SECONDS if self.dialogue.awaits_taking else REPLY_SECONDS)

    def receive(self) -> bytes:
        """What came, b"" at the end of the connection. Raises one of _LATER or OSError."""
        data = self.socket.recv(_CHUNK)
        while data and isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            data += self.socket.recv(_CHUNK)
        return data

    def flush(self) -> None:
        """Give the system what it takes. Raises OSError."""
        with suppress(*_LATER):
            while True:
                if not self.unsent:
                    self.unsent = memoryview(self.dialogue.say())
                    if not self.unsent:
                        return
                count = self.socket.send(self.unsent)
                self.dialogue.left(count)
                self.unsent = self.unsent[count:]
                self.moved()


@dataclass(slots=True)
class _Batch:
    """Messages to hand over: those to be begun, and how each of the others went."""

    todo: deque[Transit]
    ends: float
    exchanges: dict[int, Exchange] = field(default_factory=dict)
    in_hand: int = 0
    failure: NotOpened | None = None
    has_moved: bool = False  # since the failure: there is a way, if not for so many at once

    def fail(self, failure: NotOpened | None) -> None:
        """A connection was refused, or is silent."""
        if failure and not self.failure:
            self.failure, self.has_moved = failure, False

    def settle(self, done: Iterable[Done]) -> None:
        for transit, exchange in done:
            self.exchanges[transit.place] = exchange
            self.in_hand -= 1

    def begin_again(self, transits: Iterable[Transit]) -> None:
        for transit in transits:
            self.todo.appendleft(transit)
            self.in_hand -= 1

    def give_up(self) -> None:
        """What was not begun isn't: for want of a connection, or of time."""
        for transit in self.todo:
            if self.failure and not self.has_moved:
                transit.reply = self.failure.reply
                told = transit.exchange("connection", trouble=self.failure.trouble, words=self.failure.words)
            else:
                told = transit.exchange("not begun")
            self.exchanges[transit.place] = told
        self.todo.clear()


class Line:
    """Kept connections to one server. Opened lazily in the process that uses them; one batch at a time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = Lock()
        self._pid = 0

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if not is_finalizing():  # then half of what close() needs is gone
            self.close()

    def perform(self, parcels: Iterable[Parcel]) -> list[Exchange]:
        """How each went, in the order of the parcels. Never raises for a message."""
        with self._lock:
            self._prepare()
            batch = _Batch(deque(Transit(*each) for each in enumerate(parcels)), monotonic() + BEGIN_SECONDS)
            try:
                self._run(batch)
            except BaseException:  # a job's time-out, say: what was begun here must not go on in the next batch
                self._drop_all()
                raise
        return [batch.exchanges[place] for place in range(len(batch.exchanges))]

    def sign_in(self) -> Exchange:
        """Connect, agree on TLS, sign in and leave: nothing is sent to anybody."""
        try:
            try_sign_in(self._server)
        except NotOpened as error:
            return Exchange(0, error.trouble or "lost", error.words, error.reply, "connection")
        return Exchange(0, "", "", "", "connection")

    def close(self) -> None:
        """Close all connections; the next batch opens new ones."""
        with self._lock:
            if self._pid == getpid():
                self._drop_all()
                self._selector.close()
                self._bell.close()
                self._waker.close()
            self._pid = 0

    def _prepare(self) -> None:
        """Be ready for a batch: with what is left of the last one, or anew (a parent's sockets aren't ours)."""
        if self._pid != getpid():
            self._start()
        old = monotonic() - KEEP_SECONDS
        spoke = {key.data for key, _ in self._selector.select(0) if key.data}
        for kept in list(self._kept.values()):
            if kept in spoke or kept.used_at < old:  # the server closed it or said good-bye, or soon will
                self._drop(kept)
        self._welcome()

    def _start(self) -> None:
        self._pid = getpid()
        self._kept: dict[socket.socket, _Kept] = {}
        self._opened: SimpleQueue[Opened | NotOpened] = SimpleQueue()
        self._opening: list[float] = []  # until when each is waited for
        self._selector = selectors.DefaultSelector()
        self._bell, self._waker = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, _READ)

    def _run(self, batch: _Batch) -> None:
        self._supply_idle(batch)
        while batch.todo or batch.in_hand:
            if monotonic() > batch.ends and not batch.in_hand:
                batch.give_up()
                return
            self._open_more(batch)
            if batch.todo and not (self._kept or self._opening):
                batch.give_up()
                return
            for key, events in self._selector.select(1.0):
                if key.fileobj is self._bell:
                    batch.fail(self._welcome())
                    self._supply_idle(batch)
                else:
                    self._attend(key.data, events, batch)
            self._look_at_clock(batch)

    def _open_more(self, batch: _Batch) -> None:
        if batch.failure:
            if self._kept or not batch.has_moved:
                return  # a server that refuses a connection is asked for another only when those that it took are gone
            batch.failure = None
        room = self._server.connections - len(self._kept) - len(self._opening)
        for _ in range(min(room, len(batch.todo) - len(self._opening))):
            self._opening.append(monotonic() + OPENING_SECONDS)
            Thread(target=_open, args=(self._server, self._opened, self._waker), daemon=True).start()

    def _welcome(self) -> NotOpened | None:
        """Take in the connections that were opened meanwhile; tells why one wasn't."""
        failure = None
        with suppress(BlockingIOError):
            self._bell.recv(_CHUNK)
        with suppress(Empty):
            while True:
                opened = self._opened.get_nowait()
                if self._opening:
                    self._opening.pop()
                if isinstance(opened, NotOpened):
                    failure = opened
                else:
                    kept = self._kept[opened.socket] = _Kept(opened)
                    self._selector.register(kept.socket, _READ, kept)
        return failure

    def _supply_idle(self, batch: _Batch) -> None:
        for kept in [each for each in self._kept.values() if each.dialogue.is_idle]:
            self._supply(kept, batch)

    def _attend(self, kept: _Kept, events: int, batch: _Batch) -> None:
        """Hear what a server says, and say what there is to say."""
        if events & _READ:
            try:
                data = kept.receive()
            except _LATER:
                return
            except OSError as error:
                self._lose(kept, batch, str(error))
                return
            if not data:
                self._lose(kept, batch, "the server closed the connection")
                return
            done = kept.dialogue.hear(data)
            batch.settle(done)
            batch.has_moved |= bool(done)
            kept.moved()
        self._supply(kept, batch)

    def _supply(self, kept: _Kept, batch: _Batch) -> None:
        """Give a connection the next message if it has room, and send."""
        dialogue = kept.dialogue
        if dialogue.is_over:
            self._lose(kept, batch, "the server ended the dialogue")
            return
        if batch.todo and self._has_room(dialogue, batch.todo[0]) and monotonic() < batch.ends:
            dialogue.take(batch.todo.popleft())
            batch.in_hand += 1
        had = bool(kept.unsent)
        try:
            kept.flush()
        except OSError as error:
            self._lose(kept, batch, str(error))
            return
        if had != bool(kept.unsent):
            self._selector.modify(kept.socket, _BOTH if kept.unsent else _READ, kept)

    @staticmethod
    def _has_room(dialogue: Dialogue, transit: Transit) -> bool:
        """What lost its connection behind another message is not put behind one again."""
        return dialogue.has_room and (dialogue.is_idle or not transit.tries)

    def _look_at_clock(self, batch: _Batch) -> None:
        now = monotonic()
        is_late = now > batch.ends + END_SECONDS - BEGIN_SECONDS
        busy = [each for each in self._kept.values() if not each.dialogue.is_idle]
        for kept in [each for each in busy if is_late or each.deadline < now]:
            batch.fail(NotOpened("lost", "the server is silent"))
            self._lose(kept, batch, "no answer in time", is_silence=True)
        if self._opening and self._opening[0] < now:
            del self._opening[0]
            batch.fail(NotOpened("unreachable", "no answer in time"))

    def _lose(self, kept: _Kept, batch: _Batch, words: str, *, is_silence: bool = False) -> None:
        done, again = kept.dialogue.lost(words, is_silence=is_silence)
        batch.settle(done)
        batch.begin_again(again)
        self._drop(kept)

    def _drop_all(self) -> None:
        for kept in list(self._kept.values()):
            self._drop(kept)

    def _drop(self, kept: _Kept) -> None:
        del self._kept[kept.socket]
        self._selector.unregister(kept.socket)
        with suppress(OSError):
            if kept.dialogue.is_idle and not kept.dialogue.is_over:
                kept.socket.send(b"QUIT\r\n")
        kept.socket.close()


def _open(server: Server, opened: "SimpleQueue[Opened | NotOpened]", waker: socket.socket) -> None:
    """In a thread: the result goes to the queue, and the batch wakes up."""
    try:
        opened.put(open_connection(server))
    except NotOpened as error:
        opened.put(error)
    except Exception as error:  # a thread has nobody to raise to
        opened.put(NotOpened("unreachable", str(error)))
    with suppress(OSError):
        waker.send(b"\0")
