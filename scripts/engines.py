"""PostgreSQL and Valkey for a machine that has neither: started on the loopback interface, kept in SENDIOS_HOME.

    python -m scripts.engines start|stop|status|remove --home DIR [--set NAME=VALUE …]

`start` prints DATABASE_URL and REDIS_URL as lines a shell can read.
"""

import argparse
import fcntl
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts import postgres, valkey
from scripts.places import data_place, engine_account, engine_folder
from scripts.postgres import Cluster, EngineError
from scripts.records import read_record, write_record
from scripts.valkey import Store


def start_postgres(home: Path, *, settings: dict[str, str] | None = None) -> str:
    """Start PostgreSQL for this home, or find it running; returns its DATABASE_URL.

    `settings` are PostgreSQL's, for this start only. Raises `EngineError`.
    """
    with _locked(home):
        cluster = _cluster(home)
        port = postgres.start(cluster, port=_port(home, "postgres"), settings=settings or {})
        _remember(home, "postgres", {"port": port})
        return cluster.url(port)


def start_valkey(home: Path) -> str:
    """Start Valkey for this home, or find it running; returns its REDIS_URL. Raises `EngineError`."""
    with _locked(home):
        store = _store(home)
        port = valkey.start(store, port=_port(home, "valkey"))
        _remember(home, "valkey", {"port": port})
        return store.url(port)


def stop_engines(home: Path) -> None:
    """Stop what runs for this home; its data stays."""
    if not _record(home).exists():
        return
    with _locked(home):
        known = read_record(_record(home))
        if "valkey" in known:
            valkey.stop(_store(home), port=_port(home, "valkey"))
        if "postgres" in known:
            postgres.stop(_cluster(home))


def remove_engines(home: Path) -> None:
    """Stop what runs for this home and delete its data, wherever it was put."""
    stop_engines(home)
    outside = read_record(_record(home)).get("place")
    for folder in (outside, home / "engines"):
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
    _record(home).unlink(missing_ok=True)


def running_engines(home: Path) -> dict[str, str]:
    """The addresses of the engines that answer now, by the name of their environment variable."""
    known = read_record(_record(home))
    found = {}
    if "postgres" in known and postgres.answers(url := _cluster(home).url(_port(home, "postgres"))):
        found["DATABASE_URL"] = url
    if "valkey" in known and valkey.answers(url := _store(home).url(_port(home, "valkey"))):
        found["REDIS_URL"] = url
    return found


def dead_engines(home: Path) -> list[str]:
    """Which of the engines that were started for this home don't live: "postgres", "valkey"."""
    known = read_record(_record(home))
    dead = []
    if "postgres" in known and not postgres.is_running(_cluster(home)):
        dead.append("postgres")
    if "valkey" in known and not valkey.is_running(_store(home)):
        dead.append("valkey")
    return dead


def _record(home: Path) -> Path:
    return home / "engines.json"


def _port(home: Path, name: str) -> int:
    return int(read_record(_record(home)).get(name, {}).get("port", 0))


def _remember(home: Path, name: str, facts: dict[str, object]) -> None:
    known = read_record(_record(home))
    known[name] = known.get(name, {}) | facts
    write_record(_record(home), known)


def _cluster(home: Path) -> Cluster:
    folder, password = _folder_and_password(home, "postgres")
    return Cluster(folder, engine_account(), password)


def _store(home: Path) -> Store:
    folder, password = _folder_and_password(home, "valkey")
    return Store(folder, engine_account(), password)


def _folder_and_password(home: Path, name: str) -> tuple[Path, str]:
    """Both are decided at the first start and remembered, so that the data is found again."""
    known = read_record(_record(home))
    account = engine_account()
    place = data_place(home, account, recorded=known.get("place", ""))
    if place != home / "engines":
        known["place"] = str(place)
    password = known.setdefault(name, {}).setdefault("password", secrets.token_urlsafe(24))
    if known != read_record(_record(home)):
        write_record(_record(home), known)
    return engine_folder(place, name, account), str(password)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Two starts at once: the second waits and finds the engines running."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "engines.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.engines", description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=["start", "stop", "status", "remove"])
    parser.add_argument("--home", type=lambda text: Path(text).absolute(), default=Path(".local").absolute())
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="for PostgreSQL")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """The command line; 0 when done, 1 with a sentence on standard error when not (`status`: when not all run)."""
    given = _parse(arguments)
    try:
        if given.action == "start":
            start_postgres(given.home, settings=dict(pair.split("=", 1) for pair in given.set))
            start_valkey(given.home)
        elif given.action == "stop":
            stop_engines(given.home)
            return 0
        elif given.action == "remove":
            remove_engines(given.home)
            return 0
        addresses = running_engines(given.home)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    for name, url in addresses.items():
        print(f"export {name}={url}")
    return 0 if len(addresses) == 2 else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
