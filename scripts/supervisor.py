"""Runs the programs of a process table: starts them in waves, watches them, and ends them.

It knows nothing of what they are; scripts/table.py does.
"""

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from scripts.children import Child, Program
from scripts.leftovers import MARK, end_leftovers
from scripts.processes import birth
from scripts.records import read_record, write_record

LOG_LIMIT = 20 * 1024 * 1024
GRACE = 20.0  # seconds for a worker to finish the job at hand


class ChildFailed(RuntimeError):
    """A program ended or didn't get ready during the start; the text holds the last lines of its log."""


class Stopped(Exception):
    """Not an error: the way out when Ctrl-C or `make stop` comes during the start."""


class Supervisor:
    """One installation's processes. Use: `catch_signals`, `start` per wave, `watch`, and `stop` in any case."""

    def __init__(self, home: Path, *, environment: dict[str, str], say: Callable[[str], None] = print) -> None:
        self.record = home / "run.json"
        self.logs = home / "logs"
        self.stopping = False
        self._say = say
        self._children: list[Child] = []
        self._mark = secrets.token_hex(16)
        self._environment = environment | {MARK: self._mark, "PYTHONUNBUFFERED": "1"}
        self._facts: dict[str, Any] = {}

    def catch_signals(self) -> None:
        """End on SIGTERM (`make stop`), SIGINT (Ctrl-C) and SIGHUP (the terminal was closed)."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_end)

    def begin(self) -> None:
        """End what an earlier supervisor of this home left behind when it was killed, and take its place."""
        end_leftovers(read_record(self.record))
        self.logs.mkdir(parents=True, exist_ok=True)
        self.remember()

    def tell(self, environment: dict[str, str], *, defaults: dict[str, str]) -> None:
        """Add to what children are told; `defaults` only where nothing, or nothing but "", was said before."""
        said = {name: value for name, value in self._environment.items() if value or name not in defaults}
        self._environment = defaults | said | environment

    def remember(self, **facts: Any) -> None:
        """Note for later `make up` and `make stop`: who runs, and `facts`."""
        self._facts |= facts
        running = [child for child in self._children if child.process]
        content = {
            "mark": self._mark,
            "supervisor": {"pid": os.getpid(), "birth": birth(os.getpid())},
            "children": {c.program.name: {"pid": c.process.pid, "birth": c.mark} for c in running if c.process},
        }
        write_record(self.record, self._facts | content)

    def run(self, program: Program, *, seconds: float = 600) -> None:
        """Run a program that ends by itself. Raises `ChildFailed` when it ends with another code than 0."""
        child = self._launch(program)
        deadline = time.monotonic() + seconds
        while (code := child.ended()) is None:
            self._pause()
            if time.monotonic() > deadline:
                raise ChildFailed(f"{program.name} takes longer than {seconds:.0f} seconds.\n{child.last_lines()}")
        self._children.remove(child)
        self.remember()
        if code:
            raise ChildFailed(_obituary(child, code))

    def start(self, programs: Iterable[Program], *, seconds: float = 120) -> None:
        """Start programs at once and wait until all are ready. Raises `ChildFailed`, or `Stopped`."""
        waiting = [self._launch(program) for program in programs]
        deadline = time.monotonic() + seconds
        while waiting:
            self._check_all_live()
            waiting = [child for child in waiting if not child.is_ready()]
            if waiting and time.monotonic() > deadline:
                child = waiting[0]
                raise ChildFailed(f"{child.program.name} doesn't get ready.\n{child.last_lines()}")
            self._pause()

    def watch(self, every_second: Callable[[], None] = lambda: None) -> None:
        """Start children that die again, with growing pauses, until we are asked to end."""
        last = 0.0
        while not self.stopping:
            for child in self._children:
                self._look_after(child)
            if time.monotonic() - last >= 1:
                every_second()
                last = time.monotonic()
            time.sleep(0.1)

    def stop(self) -> None:
        """End everything that was started here, the last wave first, and forget it."""
        self.remember(ready=False)
        for wave in sorted({child.program.wave for child in self._children}, reverse=True):
            self._end([child for child in self._children if child.program.wave == wave])
        self._children.clear()
        self.record.unlink(missing_ok=True)

    def _launch(self, program: Program) -> Child:
        child = Child(program, self._log_file(program.name))
        child.start(self._environment)
        self._children.append(child)
        self.remember()
        return child

    def _log_file(self, name: str) -> Path:
        log = self.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        return log

    def _check_all_live(self) -> None:
        for child in self._children:
            code = child.ended()
            if code is not None:
                raise ChildFailed(_obituary(child, code))

    def _pause(self) -> None:
        time.sleep(0.05)
        if self.stopping:
            raise Stopped

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.due:
                child.start(self._environment)
                self.remember()
            return
        code = child.ended()
        if code is not None:
            pause = child.plan_restart()
            self._say(f"{child.program.name} {_how(code)}; starting it again in {pause:.0f} s (log: {child.log})")

    def _end(self, children: list[Child]) -> None:
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + GRACE
        while children and time.monotonic() < deadline:
            time.sleep(0.05)
            children = [child for child in children if child.process and child.ended() is None]
        for child in children:
            if child.process:
                self._say(f"{child.program.name} didn't end in {GRACE:.0f} s; it was killed.")
                child.kill_group()
                child.process.wait()

    def _ask_to_end(self, *_: object) -> None:
        self.stopping = True


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _obituary(child: Child, code: int) -> str:
    return f"{child.program.name} {_how(code)}. The last lines of {child.log}:\n{child.last_lines()}"
