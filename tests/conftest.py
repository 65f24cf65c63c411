"""For every test. Engines are started by tests/settings.py, before pytest-django reads any setting."""

from pathlib import Path

import pytest

from projects.api.authentication import forget_verified_keys
from projects.api.scope import forget_projects
from projects.services.webhooks import forget_listening
from projects.tracked_hosts import forget_hosts
from transactional.plans import forget_plans

HERE = Path(__file__).parent
# What docs/attacks.md names.
ATTACKS = (
    "attack/test_*.py",
    "wire/test_openapi.py",
    "wire/test_boundary.py",
    "wire/test_credentials.py",
    "wire/test_logs.py",
    "wire/test_receipts.py",
    "panel/test_scoping.py",
    "panel/test_roles.py",
    "panel/test_pages.py",
    "templates/test_attacks.py",
    "templates/test_email_attacks.py",
    "projects/test_outgoing.py",
    "messaging/test_links.py",
    "messaging/test_pages.py",
    "messaging/test_inbound.py",
    "channels_app/test_smtp_reports.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the attacks, wherever they stand."""
    attacks = {path for pattern in ATTACKS for path in HERE.glob(pattern)}
    for item in items:
        if item.path in attacks:
            item.add_marker(pytest.mark.attack)


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """What a web process keeps for a second must not outlive the test that it was true in."""
    forget_verified_keys()
    forget_projects()
    forget_plans()
    forget_listening()
    forget_hosts()
