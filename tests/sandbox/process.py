"""A sandbox as a process of its own, for the tests of every suite."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import requests

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30


@dataclass
class Sandbox:
    """A running sandbox. `credentials` is the content of `sandbox.json`."""

    process: subprocess.Popen[bytes]
    url: str
    tls_url: str
    ca_file: str
    credentials: dict[str, Any]
    smtp: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.session.get(self.url + path, params=query, timeout=PATIENCE)
        answer.raise_for_status()
        return dict(answer.json())

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.session.post(self.url + path, json=body, timeout=PATIENCE)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def delete(self, path: str, **query: Any) -> None:
        self.session.delete(self.url + path, params=query, timeout=PATIENCE).raise_for_status()

    def fail(self, **rule: Any) -> dict[str, Any]:
        """Add a fault rule; see sandbox/README.md."""
        return self.post("/control/faults", rule)

    def heal(self) -> None:
        """Take every fault rule away."""
        self.delete("/control/faults")

    def log(self, **wanted: Any) -> list[dict[str, Any]]:
        """Entries of the log, oldest first; takes since, limit, provider, address, push_id, accepted."""
        return list(self.get("/log", **wanted)["entries"])

    def forget(self) -> None:
        """Empty log and phones, take every rule away."""
        for path in ("/log", "/phones", "/control/faults", "/control/sms_status"):
            self.delete(path)

    def stop(self) -> int:
        """End it as the supervisor does and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.session.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start_sandbox(home: Path, *options: str, env: Mapping[str, str] | None = None) -> Sandbox:
    """Start one on free ports (unless `options` name some) and wait until it answers. The caller stops it."""
    command = [sys.executable, "-m", "sandbox", "--home", str(home), "--port", "0", *options]
    environment = {**os.environ, **(env or {})}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    line = process.stdout.readline() if ready else b""
    if not line:
        process.kill()
        raise RuntimeError(f"The sandbox did not start; exit code {process.wait()}.")
    addresses = orjson.loads(line)
    credentials = orjson.loads((home / "sandbox.json").read_bytes())
    return Sandbox(
        process, addresses["url"], addresses["tls_url"], addresses["ca_file"], credentials, addresses["smtp"]
    )
