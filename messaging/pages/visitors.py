"""Who comes to the pages: as the machine detection sees them, and whether they may try more codes."""

from django.http import HttpRequest

from messaging.machines import Visitor
from projects.shared_counters import run
from projects.visitor import network_of

MANY_MISSES, SECONDS = 30, 60
# KEYS: the counter of an address. ARGV: 1 to count one more, seconds. Returns {misses so far}.
_MISSES = """
if tonumber(ARGV[1]) == 1 then
    if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
end
return {tonumber(redis.call('GET', KEYS[1]) or '0')}
"""


def visitor_of(request: HttpRequest) -> Visitor:
    """The request as far as it tells who asks."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Visitor(request.method or "GET", headers)


def is_guessing(request: HttpRequest) -> bool:
    """Whether this address asked for many codes that there aren't; without Redis nobody is held back."""
    found = run(_MISSES, keys=[_key(request)], args=[0, SECONDS])
    return bool(found and found[0] >= MANY_MISSES)


def count_miss(request: HttpRequest) -> None:
    """One more code that there isn't."""
    run(_MISSES, keys=[_key(request)], args=[1, SECONDS])


def _key(request: HttpRequest) -> str:
    return f"sendios:codes:{network_of(request)}"
