"""One child process of the supervisor: how it is started, watched, started again and ended."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.processes import birth

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a child that died is started again
SETTLED = 60.0  # a child that lived this long starts with the first pause again


@dataclass(frozen=True, slots=True)
class Program:
    """A line of the process table.

    `wave`: those of a lower wave start earlier and end later. `ready`: answers whether it serves yet, None when being
    alive is enough. `environment`: read at every start, added to the supervisor's own.
    """

    name: str
    command: tuple[str, ...]
    wave: int = 1
    ready: Callable[[], bool] | None = None
    environment: Callable[[], Mapping[str, str]] = dict


@dataclass(slots=True)
class Child:
    """A program and the process that runs it now."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None
    mark: str = ""
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = field(default=0.0)  # when to start it again, while it is down

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process in a group of its own: a Ctrl-C at the terminal reaches the supervisor only."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.program.command,
                env={**environment, **self.program.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_end_with_parent if _LIBC else None,  # noqa: PLW1509 - one thread, one system call
            )
        self.mark = birth(self.process.pid)
        self.started = time.monotonic()

    def ended(self) -> int | None:
        """The exit code (negative: the signal) when the process has ended, else None.

        What it left in its group is ended at once, before the group's number can go to anybody else.
        """
        if self.process is None:
            return None
        known, code = self.process.returncode, self.process.poll()
        if known is None and code is not None:
            self.kill_group()
        return code

    def is_ready(self) -> bool:
        return self.program.ready is None or self.program.ready()

    def plan_restart(self) -> float:
        """Choose when to start a dead process anew; returns the pause in seconds."""
        if time.monotonic() - self.started > SETTLED:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        self.process, self.due = None, time.monotonic() + pause
        return pause

    def ask_to_end(self) -> None:
        """SIGTERM to the process itself; it ends its own children."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill_group(self) -> None:
        """SIGKILL to whatever is left of the process group."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def last_lines(self, count: int = 15) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-count:])


def _end_with_parent() -> None:
    """Runs in the child before exec: should the supervisor be killed hard, the kernel ends the child."""
    if _LIBC:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
