"""Wrong keys are counted a client id and network address; after many, this pair must wait."""

import structlog

from projects.shared_counters import run

log = structlog.get_logger(__name__)

MANY = 60
SECONDS = 60

# Both return {wrong keys so far, seconds until they are forgotten}.
_LOOK = "return {tonumber(redis.call('GET', KEYS[1]) or '0'), redis.call('TTL', KEYS[1])}"
_COUNT = """
local wrong = redis.call('INCR', KEYS[1])
if wrong == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {wrong, redis.call('TTL', KEYS[1])}
"""


def seconds_to_wait(client_id: int, ip: str) -> int:
    """0 where this pair may try a key; without Redis it may."""
    wrong, left = run(_LOOK, keys=[_key(client_id, ip)], args=[]) or (0, 0)
    return max(1, left) if wrong >= MANY else 0


def count(client_id: int, ip: str) -> None:
    """One more wrong key."""
    run(_COUNT, keys=[_key(client_id, ip)], args=[SECONDS])
    log.warning("api_key_refused", client_id=client_id, ip=ip)


def _key(client_id: int, ip: str) -> str:
    return f"sendios:guesses:{client_id}:{ip}"
