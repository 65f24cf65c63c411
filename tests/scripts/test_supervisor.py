"""The supervisor with small shell programs in the place of Sendios' own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.children import Program
from scripts.leftovers import end_leftovers
from scripts.processes import birth, same_process, wait_until_ended
from scripts.records import read_record, write_record
from scripts.stop import stop
from scripts.supervisor import ChildFailed, Supervisor

SLEEP = "exec sleep 1000"
STUBBORN = "trap '' TERM; while :; do sleep 1; done"
Start = Callable[..., subprocess.Popen[bytes]]


def until(look: Callable[[], Any]) -> Any:
    """Wait for something to become true, at most 30 seconds."""
    deadline = time.monotonic() + 30
    while not (found := look()):
        assert time.monotonic() < deadline, "it didn't happen"
        time.sleep(0.02)
    return found


def record(home: Path) -> dict[str, Any]:
    return read_record(home / "run.json")


def child(home: Path, name: str) -> tuple[int, str]:
    known = record(home)["children"][name]
    return known["pid"], known["birth"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor in a process of its own and waits until it is ready."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**programs: str) -> subprocess.Popen[bytes]:
        lines = [f"{name}={shell}" for name, shell in programs.items()]
        process = subprocess.Popen([sys.executable, "-m", "tests.scripts.tiny", str(tmp_path), *lines])
        started.append(process)
        until(lambda: record(tmp_path).get("ready") and record(tmp_path)["supervisor"]["pid"] == process.pid)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    end_leftovers(record(tmp_path))


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that nobody asked to end."""
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


def test_a_child_that_was_killed_is_started_again(tmp_path: Path, start: Start) -> None:
    start(worker=SLEEP)
    first = child(tmp_path, "worker")

    os.kill(first[0], signal.SIGKILL)

    again = until(lambda: child(tmp_path, "worker") != first and child(tmp_path, "worker"))
    assert same_process(*again)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_it_ends_children_and_grandchildren(tmp_path: Path, start: Start, number: signal.Signals) -> None:
    supervisor = start(worker=f"sleep 1000 & echo $! > {tmp_path}/grandchild; wait")
    grandchild = until(lambda: (tmp_path / "grandchild").exists() and (tmp_path / "grandchild").read_text())
    worker, below = child(tmp_path, "worker"), (int(grandchild), birth(int(grandchild)))

    supervisor.send_signal(number)

    assert supervisor.wait(timeout=30) == 0
    assert wait_until_ended(*below, seconds=5)
    assert not same_process(*worker)
    assert record(tmp_path) == {}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux'")
def test_a_supervisor_killed_hard_takes_its_children_along(tmp_path: Path, start: Start) -> None:
    supervisor = start(worker=SLEEP)
    worker = child(tmp_path, "worker")

    supervisor.kill()
    supervisor.wait()

    assert wait_until_ended(*worker, seconds=30)


def test_the_next_start_ends_what_a_killed_one_left_and_no_stranger(
    tmp_path: Path, start: Start, stranger: subprocess.Popen[bytes]
) -> None:
    killed = start(worker=STUBBORN)
    left = child(tmp_path, "worker")
    killed.kill()
    killed.wait()
    reused = record(tmp_path)
    reused["children"]["other"] = {"pid": stranger.pid, "birth": "1"}
    write_record(tmp_path / "run.json", reused)

    start(worker=SLEEP)

    assert not same_process(*left)
    assert same_process(*child(tmp_path, "worker"))
    assert stranger.poll() is None


def test_make_stop_ends_the_supervisor_and_its_children_and_no_stranger(
    tmp_path: Path, start: Start, stranger: subprocess.Popen[bytes]
) -> None:
    supervisor = start(one=SLEEP, two=SLEEP)
    children = child(tmp_path, "one"), child(tmp_path, "two")

    first, second = stop(tmp_path), stop(tmp_path)

    assert (first, second) == (True, False)
    assert supervisor.wait(timeout=30) == 0
    assert [same_process(*one) for one in children] == [False, False]
    assert stranger.poll() is None


def supervise(home: Path) -> Supervisor:
    supervisor = Supervisor(home, environment=dict(os.environ))
    supervisor.begin()
    return supervisor


def test_a_program_that_dies_at_the_start_shows_the_last_lines_of_its_log(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path)
    with pytest.raises(ChildFailed) as failed:
        supervisor.start([Program("web", ("sh", "-c", "echo no such table; exit 3"), ready=lambda: False)])
    supervisor.stop()

    log = tmp_path / "logs" / "web.log"
    assert str(failed.value) == f"web ended with code 3. The last lines of {log}:\nno such table"


def test_a_step_that_fails_is_told_apart_from_one_that_works(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path)
    supervisor.run(Program("migrate", ("true",)))
    with pytest.raises(ChildFailed, match="migrate ended with code 1"):
        supervisor.run(Program("migrate", ("false",)))
    supervisor.stop()


def test_a_program_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path)
    with pytest.raises(ChildFailed, match="web doesn't get ready"):
        supervisor.start([Program("web", ("sleep", "1000"), ready=lambda: False)], seconds=0)
    supervisor.stop()


def test_the_first_wave_ends_last(tmp_path: Path) -> None:
    """The sandbox must still answer what the workers have at hand."""

    def noted(name: str, wave: int) -> Program:
        shell = (
            f"trap 'echo {name} >> {tmp_path}/order; exit' TERM; touch {tmp_path}/{name}; while :; do sleep .1; done"
        )
        return Program(name, ("sh", "-c", shell), wave=wave, ready=(tmp_path / name).exists)

    supervisor = supervise(tmp_path)
    supervisor.start([noted("sandbox", 0)])
    supervisor.start([noted("worker", 1)])
    supervisor.stop()

    assert (tmp_path / "order").read_text().split() == ["worker", "sandbox"]


def test_defaults_yield_to_what_was_said_and_to_nothing_else(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, environment={"SAID": "yes", "EMPTY": "", "PATH": os.environ["PATH"]})
    supervisor.begin()
    supervisor.tell({"FORCED": "yes"}, defaults={"SAID": "no", "EMPTY": "filled", "NEW": "new"})
    supervisor.run(Program("show", ("sh", "-c", "echo $SAID $EMPTY $NEW $FORCED")))
    supervisor.stop()

    assert (tmp_path / "logs/show.log").read_text() == "yes filled new yes\n"


def test_a_log_over_twenty_megabytes_is_put_aside_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs/show.log").open("wb") as log:
        log.truncate(20 * 1024 * 1024 + 1)
    supervisor = supervise(tmp_path)
    supervisor.run(Program("show", ("echo", "new")))
    supervisor.stop()

    assert (tmp_path / "logs/show.log").read_text() == "new\n"
    assert (tmp_path / "logs/show.log.1").stat().st_size == 20 * 1024 * 1024 + 1
