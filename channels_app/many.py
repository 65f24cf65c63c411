"""libcurl's multi interface: many transfers at once over kept connections, whatever the protocol."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from os import getpid
from threading import Lock
from time import sleep
from typing import Any, Generic, Protocol, TypeVar

import pycurl

Task = TypeVar("Task")
Result = TypeVar("Result")
Task_contra = TypeVar("Task_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

CANNOT_BE_LOADED = (pycurl.error, ValueError, TypeError)


class Handle(Protocol[Task_contra, Result_co]):
    """A kept easy handle with one task at a time."""

    curl: Any
    index: int

    def load(self, index: int, task: Task_contra, /) -> None:
        """Take a task in hand. Raises one of CANNOT_BE_LOADED."""
        ...

    def refusal(self, task: Task_contra, error: Exception, /) -> Result_co:
        """The result of a task that couldn't be loaded."""
        ...

    def answer(self) -> Result_co:
        """The result after libcurl found nothing wrong."""
        ...

    def failure(self, code: int, error: str, /) -> Result_co:
        """The result after libcurl's error `code`."""
        ...


class Many(Generic[Task, Result]):
    """Up to `window` transfers at once. Made lazily in the process that uses it; one batch at a time."""

    def __init__(
        self, *, window: int, options: Sequence[tuple[int, int]], new_handle: Callable[[], Handle[Task, Result]]
    ) -> None:
        self._window = window
        self._options = options
        self._new_handle = new_handle
        self._lock = Lock()
        self._pid = 0
        self._multi: Any = None
        self._idle: list[Handle[Task, Result]] = []
        self._busy: dict[Any, Handle[Task, Result]] = {}

    def perform(self, tasks: Iterable[Task]) -> list[Result]:
        """All the results, in the order of the tasks. Never raises for a task."""
        todo = enumerate(tasks)
        results: dict[int, Result] = {}
        with self._lock:
            self._open()
            self._start(todo, results)
            while self._busy:
                self._turn(results)
                self._start(todo, results)
        return [results[index] for index in range(len(results))]

    def close(self) -> None:
        """Close all connections; the next batch opens new ones."""
        with self._lock:
            if self._pid == getpid():
                self._drop_handles()
                self._multi.close()
            self._pid, self._multi = 0, None

    def _open(self) -> None:
        """Make the multi handle in this process; a parent's is let go unclosed, as its sockets aren't ours."""
        if self._pid == getpid():
            for curl in list(self._busy):  # a batch that was interrupted (KeyboardInterrupt, a job's time-out)
                self._multi.remove_handle(curl)
                del self._busy[curl]
            return
        if self._multi is not None:
            _NOT_OURS.append((self._multi, self._idle, self._busy))
        self._idle, self._busy, self._pid = [], {}, getpid()
        self._multi = pycurl.CurlMulti()
        for option, value in self._options:
            self._multi.setopt(option, value)

    def _start(self, todo: Iterator[tuple[int, Task]], results: dict[int, Result]) -> None:
        """Put tasks on their way until the window is full."""
        for _ in range(self._window - len(self._busy)):
            index, task = next(todo, (-1, None))
            if task is None:
                return
            handle = self._idle.pop() if self._idle else self._new_handle()
            try:
                handle.load(index, task)
            except CANNOT_BE_LOADED as error:
                results[index] = handle.refusal(task, error)
                self._idle.append(handle)
                continue
            self._busy[handle.curl] = handle
            self._multi.add_handle(handle.curl)

    def _turn(self, results: dict[int, Result]) -> None:
        """Let libcurl work, wait if it waits, and collect what is done."""
        before = len(self._busy)
        _, running = self._multi.perform()
        if running == before:
            self._wait()
            return
        waiting = 1
        while waiting:
            waiting, done, failed = self._multi.info_read(1000)
            for curl in done:
                handle = self._release(curl)
                results[handle.index] = handle.answer()
            for curl, code, error in failed:
                handle = self._release(curl)
                results[handle.index] = handle.failure(code, error)

    def _wait(self) -> None:
        """Sleep until a socket moves or libcurl's own next time-out, a second at most."""
        milliseconds = self._multi.timeout()
        if milliseconds:
            seconds = min(milliseconds / 1000, 1.0) if milliseconds > 0 else 1.0
            if self._multi.fdset() == ([], [], []):
                sleep(min(seconds, 0.01))
            else:
                self._multi.select(seconds)

    def _release(self, curl: Any) -> Handle[Task, Result]:
        handle = self._busy.pop(curl)
        self._multi.remove_handle(curl)
        self._idle.append(handle)
        return handle

    def _drop_handles(self) -> None:
        for curl in self._busy:
            with suppress(pycurl.error):
                self._multi.remove_handle(curl)
        for curl in [*self._busy, *(handle.curl for handle in self._idle)]:
            curl.close()
        self._idle, self._busy = [], {}


_NOT_OURS: list[Any] = []  # kept alive: freeing a forked copy would say goodbye on the parent's connections
