"""How many messages a sender may hand over now: a token bucket a sender, in Redis, for all workers together."""

from contextlib import suppress
from typing import cast

from redis.exceptions import RedisError

from projects.queue import shared_redis

# KEYS: bucket, hold. ARGV: rate a second, wanted. Returns {granted, milliseconds to wait before the next}.
# A bucket that is new (or was lost with Redis) starts empty, so that a flush never lets a burst through.
_TAKE = """
local hold = redis.call('PTTL', KEYS[2])
if hold > 0 then return {0, hold} end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local rate = tonumber(ARGV[1])
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(stored[1]) or 0
local at = tonumber(stored[2]) or (now - math.min(1000, math.ceil(1000 / rate)))
tokens = math.min(math.max(rate, 1), tokens + (now - at) * rate / 1000)
local granted = math.min(math.floor(tokens), tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', now)
redis.call('PEXPIRE', KEYS[1], 60000)
local wait = 0
if granted == 0 then wait = math.ceil((1 - tokens) * 1000 / rate) end
return {granted, wait}
"""


def take(sender_id: int, *, rate: int, wanted: int) -> tuple[int, float]:
    """Take up to `wanted` tokens. Returns how many were granted and, where none, the seconds until there is one."""
    bucket, hold = f"sendios:quota:{sender_id}", f"sendios:hold:{sender_id}"
    granted, wait = cast(list[int], shared_redis().eval(_TAKE, 2, bucket, hold, rate, wanted))
    return granted, wait / 1000


def hold(sender_id: int, *, seconds: float) -> None:
    """Let this sender hand over nothing for so long: its provider said Retry-After. Redis may be away."""
    with suppress(RedisError):
        shared_redis().set(f"sendios:hold:{sender_id}", 1, px=max(1, int(min(seconds, 3600) * 1000)))


def give_back(sender_id: int, *, tokens: int) -> None:
    """Return tokens that were taken and not used. Redis may be away: the caller holds claimed messages."""
    if tokens:
        with suppress(RedisError):
            shared_redis().hincrbyfloat(f"sendios:quota:{sender_id}", "tokens", tokens)
