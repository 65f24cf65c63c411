"""Ending the processes of a supervisor that can't do it itself any more, and no others."""

import os
import signal
from typing import Any

from scripts.processes import PROC, birth, send_signal, wait_until_ended

# Stands, with a random value of each run, in the environment of all that a supervisor starts and of their children.
MARK = "SENDIOS_RUN_MARK"


def end_leftovers(record: dict[str, Any], *, seconds: float = 10) -> int:
    """End what the recorded run left behind; returns how many processes that were.

    A process counts as ours by the run's mark in its environment, or by its number together with its birth.
    """
    found = {**_recorded(record), **_marked(record.get("mark", ""))}
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid, mark in found.items():
            send_signal(pid, mark, number)
        if all(wait_until_ended(pid, mark, seconds=seconds) for pid, mark in found.items()):
            break
    return len(found)


def _recorded(record: dict[str, Any]) -> dict[int, str]:
    children = record.get("children", {}).values()
    return {c["pid"]: c["birth"] for c in children if c["birth"] and birth(c["pid"]) == c["birth"]}


def _marked(mark: str) -> dict[int, str]:
    """Where /proc shows environments: every process that carries the mark, grandchildren included."""
    if not mark or not PROC.is_dir():
        return {}
    line = f"{MARK}={mark}".encode()
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return {pid: birth(pid) for pid in pids if pid != os.getpid() and line in _environment(pid)}


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
