"""One sandbox for the folder's tests; each test finds it empty and in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.clients import Wire
from tests.sandbox.process import Sandbox, start_sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = start_sandbox(tmp_path_factory.mktemp("sandbox"), "--receipts-delay", "0")
    yield sandbox
    assert sandbox.stop() == 0


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.forget()
    running_sandbox.post("/control/receipts", {"url": "", "way": "post-json", "signed": True, "twice": False})
    return running_sandbox


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    client = Wire(sandbox)
    yield client
    client.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()
