from collections.abc import Iterator
from typing import Any

import pytest

from projects.api import authentication
from projects.models import Project
from projects.shared_counters import _redis
from tests.factories import make_client, make_key, make_project
from tests.wire.api import Caller
from tests.wire.granian import running_server


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    """No test sees keys, buckets or wrong guesses of another."""
    authentication.forget_verified_keys()
    for pattern in ("sendios:requests:*", "sendios:guesses:*"):
        for key in _redis().scan_iter(pattern):
            _redis().delete(key)
    yield
    authentication.forget_verified_keys()


@pytest.fixture
def project(db: None) -> Project:
    return make_project(make_client(), default_country="UA")


@pytest.fixture
def caller(project: Project) -> Caller:
    return Caller(*make_key(project.client))


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[str, int]]:
    """(host, port) of the web server that the product runs on, with the tests' database."""
    with django_db_blocker.unblock(), running_server() as address:
        yield address
