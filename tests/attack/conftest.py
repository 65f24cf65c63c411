"""Ours is the account that attacks, theirs the one that must not feel it."""

import pytest

from projects.api import authentication
from tests.factories import make_key
from tests.panel.conftest import _no_attempts_before, _quick_passwords, ours, theirs
from tests.panel.world import World
from tests.wire.api import Caller

__all__ = ["_no_attempts_before", "_quick_passwords", "ours", "theirs"]


@pytest.fixture
def caller(ours: World) -> Caller:
    """A client system of ours, that may ask as often as it likes."""
    authentication.forget_verified_keys()
    ours.client.requests_per_second, ours.client.request_burst = 100_000, 1_000_000
    ours.client.save()
    return Caller(*make_key(ours.client))
