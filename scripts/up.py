"""`make up`: everything Sendios needs, on this machine, until Ctrl-C or `make stop`.

The environment may say otherwise: scripts/configuration.py. State and data: SENDIOS_HOME.
"""

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from scripts.configuration import Configuration, ConfigurationError, read_configuration
from scripts.engines import dead_engines, start_postgres, start_valkey, stop_engines
from scripts.postgres import EngineError
from scripts.processes import same_process
from scripts.records import read_record
from scripts.summary import summary
from scripts.supervisor import ChildFailed, Stopped, Supervisor
from scripts.table import (
    Addresses,
    NoPort,
    choose_addresses,
    prepare_program,
    product_programs,
    sandbox_program,
    settings_environment,
)

START_SECONDS = 180


def main() -> int:
    """0: ended as asked, or runs already; 1: could not start, with sentences on standard error."""
    try:
        configuration = read_configuration(os.environ)
    except ConfigurationError as error:
        return _fail(error)
    configuration.home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + START_SECONDS
    while (lock := _take_lock(configuration.home)) is None:
        if _show_running(configuration.home):
            return 0
        if time.monotonic() > deadline:
            return _fail(RuntimeError(f"Another `make up` for {configuration.home} neither gets ready nor ends."))
        time.sleep(0.1)
    with lock:
        return _supervise(configuration)


def _supervise(configuration: Configuration) -> int:
    supervisor = Supervisor(configuration.home, environment=dict(os.environ), say=_say)
    supervisor.catch_signals()
    try:
        supervisor.begin()
        _start(supervisor, configuration)
        supervisor.watch(lambda: _revive_engines(configuration))
    except Stopped:
        pass
    except (EngineError, ChildFailed, NoPort) as error:
        return _fail(error)
    finally:
        _say("Ending …")
        supervisor.stop()
        stop_engines(configuration.home)
    _say("Sendios has ended. Its data is kept.")
    return 0


def _start(supervisor: Supervisor, configuration: Configuration) -> None:
    addresses = choose_addresses(configuration, _say)
    engines = _start_engines(configuration)
    supervisor.tell(engines, defaults=settings_environment(configuration, addresses))
    if configuration.demo:
        supervisor.start([sandbox_program(configuration, addresses)])
    supervisor.run(prepare_program(configuration, addresses))
    supervisor.start(product_programs(configuration, addresses))
    supervisor.remember(port=addresses.port, sandbox_port=addresses.sandbox_port, ready=True)
    _say(summary(_demo(configuration.home), addresses))


def _start_engines(configuration: Configuration) -> dict[str, str]:
    """The engines' addresses, embedded where none is given."""
    if not (configuration.database_url and configuration.redis_url):
        _say("Starting the embedded engines …")
    return {
        "DATABASE_URL": configuration.database_url or start_postgres(configuration.home),
        "REDIS_URL": configuration.redis_url or start_valkey(configuration.home),
    }


def _revive_engines(configuration: Configuration) -> None:
    """An embedded engine that died is started again on its old port; the others wait for it."""
    given = {"postgres": configuration.database_url, "valkey": configuration.redis_url}
    for name in dead_engines(configuration.home):
        if given[name]:
            continue
        start = {"postgres": start_postgres, "valkey": start_valkey}[name]
        _say(f"{name} died; starting it again.")
        try:
            start(configuration.home)
        except EngineError as error:
            _say(str(error))


def _take_lock(home: Path) -> TextIO | None:
    """The lock that a supervisor holds for life; None when another one has it."""
    lock = (home / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _show_running(home: Path) -> bool:
    """Say again what the running supervisor said; False while it still starts, or ends."""
    run = read_record(home / "run.json")
    if not run.get("ready") or not same_process(run["supervisor"]["pid"], run["supervisor"]["birth"]):
        return False
    _say(summary(_demo(home), Addresses(run["port"], run["sandbox_port"])))
    _say("  It was running already; nothing was started.")
    return True


def _demo(home: Path) -> dict[str, object]:
    return read_record(home / "demo.json")


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(error: Exception) -> int:
    print(error, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
