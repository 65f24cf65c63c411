"""Ours is the account the operators are members of, theirs the one they must never meet."""

from typing import Any
from uuid import uuid4

import pytest

from tests.panel.world import World


@pytest.fixture
def ours(db: None) -> World:
    return World("ours")


@pytest.fixture
def theirs(db: None) -> World:
    # Long enough to occur in no page by chance: one in a million places of a random token reads "zorg" in any case.
    return World("zorgonian")


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Real hashing takes a third of a second, and these tests make hundreds of operators."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_attempts_before(settings: Any) -> None:
    """Each test counts attempts under a prefix of its own: clearing the cache would empty a Redis that others use."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid4().hex}}
