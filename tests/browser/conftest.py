"""A browser that is signed in to the panel of a live server. Without Chromium these tests are skipped, loudly."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from projects.models import Project
from sendios.panel.roles import sync_roles
from tests.factories import make_project, make_sender
from tests.panel_people import sign_in

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        warnings.warn(f"NO BROWSER TESTS: there is no {CHROMIUM}; name another with CHROMIUM=", stacklevel=1)
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        # Playwright's loop lives in this thread, and Django would take the tests' own queries for a mistake.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


@pytest.fixture
def project(transactional_db: None) -> Project:
    """A project that can send app pushes. Tests that commit empty the tables, so the roles are made anew."""
    ContentType.objects.clear_cache()
    sync_roles()
    project = make_project(name="Tulip Shop")
    make_sender(project, "fcm")
    return project


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, project: Project, client: Client) -> Iterator[Page]:
    """A page of a signed-in marketer. The test fails when a script failed or the policy stopped one."""
    sign_in(client, project, "Marketer")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()
    assert complaints == []
