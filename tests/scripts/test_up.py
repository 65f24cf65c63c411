"""`make up` and `make stop` as a person uses them: every process is the real one."""

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.ports import is_free
from scripts.processes import same_process
from scripts.records import read_record
from scripts.stop import stop
from tests.scripts.conftest import temporary_home

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

UP = [sys.executable, "-m", "scripts.up"]


def environment(home: Path) -> dict[str, str]:
    """A new user's: nothing said but the home, and ports that other systems here don't use by default."""
    told = {"SENDIOS_HOME": str(home), "PORT": "18700", "SANDBOX_PORT": "18790", "WORKERS": "1"}
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "PUBLIC_URL"}
    return {name: value for name, value in os.environ.items() if name not in ours} | told


def run_record(home: Path) -> dict[str, Any]:
    return read_record(home / "run.json")


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline, "it didn't happen"
        time.sleep(0.05)
    return found


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.fixture(scope="module")
def system() -> Iterator[tuple[Path, Path]]:
    """A running system: its home and what it printed."""
    with temporary_home() as home:
        printed = home / "printed"
        with printed.open("wb") as out:
            process = subprocess.Popen(UP, env=environment(home), stdout=out, stderr=out)
        until(lambda: run_record(home).get("ready") or process.poll() is not None)
        assert process.poll() is None, printed.read_text()
        yield home, printed
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 0, printed.read_text()


def test_it_prints_the_demo_file_s_addresses_and_they_answer(system: tuple[Path, Path]) -> None:
    home, printed = system
    demo, run = json.loads((home / "demo.json").read_text()), run_record(home)

    assert demo["base_url"] == f"http://127.0.0.1:{run['port']}"
    assert demo["sandbox_url"] == f"http://127.0.0.1:{run['sandbox_port']}"
    said = [demo["base_url"], demo["sandbox_url"], demo["sdk_key"], demo["api_key"]]
    said += [operator["password"] for operator in demo["operators"]]
    text = until(lambda: "data is kept" in printed.read_text() and printed.read_text())
    assert [one for one in said if one not in text] == []
    assert [get(run["port"], "/admin/login/")[0], get(run["sandbox_port"], "/health")[0]] == [200, 200]


def test_debug_is_off_and_the_secrets_are_the_owners_alone(system: tuple[Path, Path]) -> None:
    home, _ = system

    status, body = get(run_record(home)["port"], "/admin/no-such-page")
    modes = {name: stat.S_IMODE((home / name).stat().st_mode) for name in ("secret_key", "encryption_keys")}

    assert (status in {302, 404}, b"DEBUG = True" in body) == (True, False)
    assert modes == {"secret_key": 0o600, "encryption_keys": 0o600}


def test_a_second_make_up_says_the_same_and_starts_nothing(system: tuple[Path, Path]) -> None:
    home, printed = system
    before = run_record(home)

    again = subprocess.run(UP, env=environment(home), capture_output=True, text=True, check=False, timeout=60)

    first = printed.read_text()
    assert again.returncode == 0
    assert first[first.index("Sendios is ready.") :].split("\n\n")[1] == again.stdout.split("\n\n")[1]
    assert run_record(home) == before


def test_another_system_beside_it_takes_the_next_ports_and_ends_alone(system: tuple[Path, Path], home: Path) -> None:
    taken = run_record(system[0])
    told = environment(home) | {"PORT": str(taken["port"]), "SANDBOX_PORT": str(taken["sandbox_port"])}

    with (home / "printed").open("wb") as out:
        other = subprocess.Popen(UP, env=told, stdout=out, stderr=out)
    until(lambda: run_record(home).get("ready") or other.poll() is not None)
    found = run_record(home)
    stopped = stop(home)

    text = (home / "printed").read_text()
    assert text.splitlines()[:2] == [
        f"Port {taken['port']} is taken; the web uses {found['port']}.",
        f"Port {taken['sandbox_port']} is taken; the sandbox uses {found['sandbox_port']}.",
    ]
    assert (stopped, other.wait(timeout=60)) == (True, 0)
    assert [is_free(found["port"]), is_free(found["sandbox_port"])] == [True, True]
    assert [name for name, one in taken["children"].items() if not same_process(one["pid"], one["birth"])] == []


@pytest.mark.fault
def test_killed_parts_come_back(system: tuple[Path, Path]) -> None:
    home, _ = system
    run = run_record(home)
    killed = {name: run["children"][name] for name in ("web", "sandbox", "transactional")}
    for process in killed.values():
        os.kill(process["pid"], signal.SIGKILL)

    def all_anew() -> bool:
        children = run_record(home)["children"]
        return all(children.get(name, old) != old for name, old in killed.items())

    until(all_anew)
    until(lambda: not is_free(run["port"]) and not is_free(run["sandbox_port"]))

    assert get(run["port"], "/admin/login/")[0] == 200
    assert json.loads(get(run["sandbox_port"], "/control/app")[1])["configured"] is True
