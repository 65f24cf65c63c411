"""For every test. Engines are started by tests/settings.py, before pytest-django reads any setting."""

import pytest

from projects.api.authentication import forget_verified_keys
from projects.api.scope import forget_projects
from projects.services.webhooks import forget_listening
from transactional.plans import forget_plans


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """What a web process keeps for a second must not outlive the test that it was true in."""
    forget_verified_keys()
    forget_projects()
    forget_plans()
    forget_listening()
