"""Homes for engines; what a test starts in one ends with the test."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.engines import remove_engines, start_postgres, start_valkey


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that every account can walk to, as a checkout in an open place has."""
    with temporary_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def running_home() -> Iterator[Path]:
    """A home whose engines run, for tests that only look."""
    with temporary_home() as folder:
        start_postgres(folder)
        start_valkey(folder)
        yield folder


@pytest.fixture
def closed_home(home: Path) -> Path:
    """A home below a folder that only its owner can walk through."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    return closed / "home"


@contextmanager
def temporary_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sendios-home-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        remove_engines(folder)
        shutil.rmtree(folder)
