"""The embedded engines, for real: started, stopped, killed."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scripts import engines
from scripts.engines import dead_engines, remove_engines, running_engines, start_postgres, start_valkey, stop_engines
from scripts.processes import birth, wait_until_ended
from scripts.records import read_record

ONCE = Retry(NoBackoff(), 0)
SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "shared_buffers", "max_connections")


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def kill(pid: int) -> None:
    mark = birth(pid)
    os.kill(pid, signal.SIGKILL)
    assert wait_until_ended(pid, mark, seconds=10)


def postmaster(home: Path) -> int:
    return int((home / "engines/postgres/data/postmaster.pid").read_text().split("\n")[0])


@contextmanager
def listening_on(port: int) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", port)) as server:
        yield server


def test_a_new_postgres_is_durable_speaks_utf8_and_listens_on_the_loopback_interface_only(running_home: Path) -> None:
    url = start_postgres(running_home)

    settings = {name: ask(url, f"SHOW {name}") for name in SHOWN}
    locale = ask(url, "SELECT concat(datlocprovider, ' ', datlocale) FROM pg_database WHERE datname = 'sendios'")

    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "127.0.0.1",
        "shared_buffers": "256MB",
        "max_connections": "100",
    }
    assert locale == "b C.UTF-8"


def test_nobody_gets_into_an_engine_without_its_password(running_home: Path) -> None:
    database, store = urlsplit(start_postgres(running_home)), urlsplit(start_valkey(running_home))

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://sendios:guess@127.0.0.1:{database.port}/sendios")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=store.port or 0, retry=ONCE).ping()
    assert stat.S_IMODE((running_home / "engines.json").stat().st_mode) == 0o600


def test_starting_twice_leaves_the_running_engines_alone(running_home: Path) -> None:
    first = start_postgres(running_home), start_valkey(running_home), postmaster(running_home)

    assert (start_postgres(running_home), start_valkey(running_home), postmaster(running_home)) == first


def test_data_and_addresses_survive_a_stop(home: Path) -> None:
    url, store = start_postgres(home), start_valkey(home)
    do(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    redis.Redis.from_url(store).set("kept", "42")

    stop_engines(home)
    stopped = running_engines(home)
    again = start_postgres(home), start_valkey(home)

    assert stopped == {}
    assert again == (url, store)
    assert ask(url, "SELECT answer FROM kept") == 42
    assert redis.Redis.from_url(store).get("kept") == b"42"


def test_stopping_what_never_ran_does_nothing(home: Path) -> None:
    stop_engines(home)

    assert list(home.iterdir()) == []


def test_postgres_killed_hard_comes_back_with_what_was_committed(home: Path) -> None:
    url = start_postgres(home)
    do(url, "CREATE TABLE kept AS SELECT 42 AS answer")

    kill(postmaster(home))
    dead = dead_engines(home)

    assert dead == ["postgres"]
    assert start_postgres(home) == url
    assert ask(url, "SELECT answer FROM kept") == 42


def test_a_lock_whose_number_belongs_to_a_stranger_by_now_is_no_obstacle(home: Path) -> None:
    """PostgreSQL itself takes any living process of its account for the postmaster of the lock."""
    url = start_postgres(home)
    kill(postmaster(home))
    other = start_valkey(home)
    stranger = (home / "engines/valkey/valkey.pid").read_text().strip()
    lock = home / "engines/postgres/data/postmaster.pid"
    lock.write_text(lock.read_text().replace(lock.read_text().split("\n")[0], stranger, 1))

    assert start_postgres(home) == url
    assert redis.Redis.from_url(other).ping()


def test_valkey_killed_hard_comes_back_with_what_was_written(home: Path) -> None:
    url = start_valkey(home)
    client = redis.Redis.from_url(url)
    client.set("kept", "42")
    client.execute_command("WAITAOF", 1, 0, 10_000)

    kill(int((home / "engines/valkey/valkey.pid").read_text()))
    dead = dead_engines(home)

    assert dead == ["valkey"]
    assert start_valkey(home) == url
    assert redis.Redis.from_url(url).get("kept") == b"42"


def test_a_port_taken_meanwhile_is_replaced_by_a_free_one_and_the_data_is_there(home: Path) -> None:
    url = start_postgres(home)
    do(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    stop_engines(home)

    with listening_on(urlsplit(url).port or 0):
        moved = start_postgres(home)

    assert urlsplit(moved).port != urlsplit(url).port
    assert ask(moved, "SELECT answer FROM kept") == 42


def test_settings_of_one_start_are_gone_at_the_next(home: Path) -> None:
    fast = ask(start_postgres(home, settings={"fsync": "off"}), "SHOW fsync")
    stop_engines(home)

    assert (fast, ask(start_postgres(home), "SHOW fsync")) == ("off", "on")


def test_the_command_line_prints_lines_a_shell_can_read(running_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = engines.main(["start", "--home", str(running_home)])

    addresses = running_engines(running_home)
    lines = [f"export {name}={addresses[name]}" for name in ("DATABASE_URL", "REDIS_URL")]
    assert (code, capsys.readouterr().out.splitlines()) == (0, lines)


def test_removing_deletes_the_data(home: Path) -> None:
    start_postgres(home)
    start_valkey(home)

    remove_engines(home)

    assert [path.name for path in home.iterdir()] == ["engines.lock"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_as_root_a_closed_home_stays_closed_and_the_data_lives_elsewhere_until_removed(closed_home: Path) -> None:
    url = start_postgres(closed_home)
    do(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    place = Path(read_record(closed_home / "engines.json")["place"])
    stop_engines(closed_home)

    assert ask(start_postgres(closed_home), "SELECT answer FROM kept") == 42
    assert stat.S_IMODE(closed_home.parent.stat().st_mode) == 0o700
    assert (place / "postgres/data/PG_VERSION").exists()
    assert not (closed_home / "engines").exists()
    remove_engines(closed_home)
    assert not place.exists()
