"""Before the first test: real engines, started here unless DATABASE_URL and REDIS_URL name others."""

import os
import sys

from django.conf import settings
from django.utils.functional import empty

from tests.embedded import provide_engines, separate_redis


def _settle_environment() -> None:
    """Under pytest-xdist the first process starts the engines and the others inherit the environment.

    pytest-django reads the settings before any conftest is loaded, but uses them only after: so they are forgotten
    here, and read again with the environment as it is now.
    """
    before = dict(os.environ)
    provide_engines()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        separate_redis(worker)
    if dict(os.environ) != before:
        settings._wrapped = empty
        sys.modules.pop("sendios.settings", None)


_settle_environment()
