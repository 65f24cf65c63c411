"""Sendios' own settings, read after the engines run: pytest-django loads this before any conftest.

Under pytest-xdist the first process starts the engines and the others inherit their addresses.
"""

from tests.embedded import provide_engines, separate_redis

provide_engines()
separate_redis()

from sendios.settings import *  # noqa: E402, F403 - all of them, and only now
