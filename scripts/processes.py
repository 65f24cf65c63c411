"""What can be known about a process from its number: is it alive, and is it still the one we started?

A number alone is not enough: after a restart it may belong to somebody else. A process is known by its number
together with its birth (boot-relative start time on Linux, wall clock elsewhere).
"""

import os
import signal
import subprocess
import time
from pathlib import Path

PROC = Path("/proc")


def birth(pid: int) -> str:
    """A mark that this process keeps for life and a later one with its number won't have; "" when it has ended."""
    if PROC.joinpath("self").exists():
        return _birth_from_proc(pid)
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _birth_from_proc(pid: int) -> str:
    try:
        line = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The command stands in brackets and may itself hold spaces and brackets: count from the last one.
    fields = line.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def same_process(pid: int, mark: str) -> bool:
    """Whether the process that had this birth mark still runs."""
    return bool(mark) and birth(pid) == mark


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process runs with `folder` as its working directory or names it on its command line."""
    try:
        return Path(os.readlink(PROC / str(pid) / "cwd")) == folder.resolve()
    except OSError:
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return str(folder) in shown.stdout


def wait_until_ended(pid: int, mark: str, *, seconds: float) -> bool:
    """Wait at most `seconds`; whether the process has ended."""
    deadline = time.monotonic() + seconds
    while same_process(pid, mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def send_signal(pid: int, mark: str, number: signal.Signals) -> None:
    """Signal the process and the group it leads; leave alone what isn't the one we started any more."""
    if not same_process(pid, mark):
        return
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return
