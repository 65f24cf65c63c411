"""`make stop`: ends what `make up` started for this SENDIOS_HOME, and nothing else. The data stays."""

import os
import signal
import sys
from pathlib import Path

from scripts.configuration import read_home
from scripts.engines import running_engines, stop_engines
from scripts.leftovers import end_leftovers
from scripts.postgres import EngineError
from scripts.processes import send_signal, wait_until_ended
from scripts.records import read_record

SECONDS = 90


def stop(home: Path) -> bool:
    """Whether anything ran. Raises `EngineError`."""
    record = read_record(home / "run.json")
    supervisor = record.get("supervisor", {"pid": 0, "birth": ""})
    alive = not wait_until_ended(supervisor["pid"], supervisor["birth"], seconds=0)
    send_signal(supervisor["pid"], supervisor["birth"], signal.SIGTERM)
    wait_until_ended(supervisor["pid"], supervisor["birth"], seconds=SECONDS)
    left = end_leftovers(record)
    engines = running_engines(home)
    stop_engines(home)
    return bool(alive or left or engines)


def main() -> int:
    home = read_home(os.environ)
    try:
        print("Sendios has ended. Its data is kept." if stop(home) else f"Nothing runs for {home}.")
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
