"""Embedded engines for one run of the tests, in a temporary home that ends with it."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from scripts.engines import remove_engines, start_postgres, start_valkey
from scripts.processes import birth, same_process
from scripts.records import read_record, write_record

PREFIX = "sendios-tests-"
SEPARATED = "SENDIOS_TEST_REDIS_OF"
# A test run's data may be lost: that makes each commit several times faster.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def provide_engines() -> None:
    """Set SENDIOS_HOME, DATABASE_URL and REDIS_URL where they aren't set; what is started here ends with us."""
    missing = [name for name in ("SENDIOS_HOME", "DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not missing:
        return
    home = _temporary_home()
    if "SENDIOS_HOME" in missing:
        os.environ["SENDIOS_HOME"] = str(home)
    if "DATABASE_URL" in missing:
        os.environ["DATABASE_URL"] = start_postgres(home, settings=FAST)
    if "REDIS_URL" in missing:
        os.environ["REDIS_URL"] = start_valkey(home)


def separate_redis() -> None:
    """Give each process of pytest-xdist ("gw0", "gw1", …) one of the sixteen Redis databases for itself.

    Only once: programs that a test starts inherit the choice.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or os.environ.get(SEPARATED) == worker:
        return
    server, _, database = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{(int(database or 0) + 1 + int(worker.removeprefix('gw'))) % 16}"
    os.environ[SEPARATED] = worker


def _temporary_home() -> Path:
    _remove_abandoned()
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o755)  # PostgreSQL may run as nobody, who has to get in; secrets in it are closed one by one
    write_record(home / "owner.json", {"pid": os.getpid(), "birth": birth(os.getpid())})
    atexit.register(_remove, home, os.getpid())
    return home


def _remove(home: Path, owner: int) -> None:
    if os.getpid() == owner:  # a test's fork inherits the exit handlers
        remove_engines(home)
        shutil.rmtree(home, ignore_errors=True)


def _remove_abandoned() -> None:
    """What runs left behind that were killed before they could tidy up."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = read_record(home / "owner.json")
        if owner and not same_process(owner["pid"], owner["birth"]):
            _remove(home, os.getpid())
