"""Counters that all processes share, in Redis. Whoever asks must do without them while Redis is away."""

from collections.abc import Sequence
from functools import cache
from time import monotonic
from typing import cast

import structlog
from django.conf import settings
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PATIENCE = 0.25
"""Seconds an API call waits for Redis at most."""

REST = 1.0
"""Seconds for which nobody in this process asks a Redis that didn't answer."""

_resting_until = [0.0]


def run(script: str, *, keys: Sequence[str], args: Sequence[int]) -> tuple[int, ...] | None:
    """The integers that a Lua script returns, or None while Redis is away. Never raises, never waits long."""
    if monotonic() < _resting_until[0]:
        return None
    try:
        return tuple(cast(list[int], _script(script)(keys=list(keys), args=list(args))))
    except RedisError as error:
        _resting_until[0] = monotonic() + REST
        log.warning("redis_is_away", error=str(error))
        return None


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


@cache
def _script(text: str) -> Script:
    return _redis().register_script(text)
