"""The product as its users meet it: web, workers, clock and sandbox, each a process of its own."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from django.db import connection

from tests.sandbox.process import ROOT, Sandbox, start_sandbox

PATIENCE = 60


@dataclass
class System:
    """Start with `start()`, end with `stop()`. It works on the database of the running test."""

    home: Path
    queues: tuple[str, ...] = ("transactional", "campaigns", "events")
    settings: dict[str, str] = field(default_factory=dict)
    sandbox: Sandbox = field(init=False)
    url: str = field(init=False)
    environment: dict[str, str] = field(init=False)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox = start_sandbox(self.home, "--receipts-delay", "0.1")
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "sendios.settings",
            "DATABASE_URL": database_url(),
            "PUBLIC_URL": self.url,
            "LOG_LEVEL": "WARNING",
            **provider_environment(self.sandbox),
            **self.settings,
        }
        serve = ("-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4")
        self.run("web", *serve, "--host", "127.0.0.1", "--port", str(port), "--no-ws", "sendios.wsgi:application")
        for queue in self.queues:
            self.work(queue, queue)
        self.run("schedule", "manage.py", "schedule")
        wait_until(self._web_answers, "the web process answers")

    def work(self, name: str, queue: str) -> None:
        """Start one more worker on `queue`."""
        self.run(name, "manage.py", "work", queue)

    def run(self, name: str, *command: str) -> None:
        assert name not in self.processes, f"{name} runs already; a second one would be forgotten at the end"
        log = (self.home / f"{name}.log").open("ab")
        # The database knows whose each of its backends is.
        environment = self.environment | {"PGAPPNAME": name}
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
        )

    def kill(self, *names: str, watch: Callable[[], object] = lambda: None) -> None:
        """SIGKILL: no goodbye, nothing recorded. Returns when the database has ended what it still did for the dead.

        A statement that was on its way is carried out though nobody waits for it; only when the backends are gone does
        nothing change any more. `watch` is called again and again meanwhile.
        """
        assert _have_backends(names), f"{names} don't work with the database"
        for name in names:
            self.processes[name].kill()
        for name in names:
            self.processes.pop(name).wait(PATIENCE)

        def let_go() -> bool:
            watch()
            return not _have_backends(names)

        wait_until(let_go, f"the database has let go of {names}")

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE)
        self.sandbox.stop()

    def logs(self) -> str:
        """What the processes said, for a failure's message."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.home.glob("*.log")))

    def _web_answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/v1/nothing", timeout=5).status_code == 404
        except requests.ConnectionError:
            return False


@dataclass(frozen=True)
class Client:
    """A client system: it knows its id and API key and speaks HTTP."""

    url: str
    client_id: int
    api_key: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return (status, data of the envelope)."""
        token = base64.b64encode(f"{self.client_id}:{self.api_key}".encode()).decode()
        answer = requests.request(
            method, self.url + path, json=body, headers={"Authorization": f"Basic {token}", **headers}, timeout=PATIENCE
        )
        return answer.status_code, answer.json()["data"]

    def post(self, path: str, body: Any) -> Any:
        """The data of an answer that must be 200."""
        status, data = self.call("POST", path, body)
        assert status == 200, data
        return data


def provider_environment(sandbox: Sandbox) -> dict[str, str]:
    """The settings that put the sandbox behind the adapters."""
    return {
        "FCM_URL": sandbox.url,
        "FCM_TOKEN_URL": f"{sandbox.url}/token",
        "APNS_URL": sandbox.tls_url,
        "VONAGE_URL": sandbox.url,
        "PROVIDER_CA_FILE": sandbox.ca_file,
    }


def database_url() -> str:
    """The address of the database that this test uses."""
    settings = connection.settings_dict
    server = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    return f"postgresql://{server}/{settings['NAME']}"


def wait_until(true: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait for something that another process does; fail with `what` when it doesn't happen in time."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, f"Waited {seconds} s in vain until {what}."
        time.sleep(0.05)


def _have_backends(names: Sequence[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = ANY(%s))",
            [list(names)],
        )
        return bool(cursor.fetchone()[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
