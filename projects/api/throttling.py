"""How often a client may call: a token bucket a client, for all web processes together."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from projects.api.authentication import ApiClient
from projects.shared_counters import run

if TYPE_CHECKING:  # importing views would import this module again: it is one of their defaults
    from rest_framework.views import APIView

# KEYS: bucket. ARGV: tokens a second, size. Returns {1 if allowed, milliseconds until the next token}.
_TAKE_ONE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local rate, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(stored[1]) or size
local at = tonumber(stored[2]) or now
tokens = math.min(size, tokens + math.max(0, now - at) * rate / 1000)
local allowed, wait = 0, 0
if tokens >= 1 then allowed, tokens = 1, tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(size * 1000 / rate) + 1000)
return {allowed, wait}
"""


class ClientTokenBucket(BaseThrottle):
    """`requests_per_second` in the long run, `request_burst` at once. Without Redis everybody may pass."""

    _wait_ms = 0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.user, ApiClient):
            return True
        client = request.user.client
        answer = run(
            _TAKE_ONE,
            keys=[f"sendios:requests:{client.pk}"],
            args=[client.requests_per_second, client.request_burst],
        )
        if answer is None:
            return True
        allowed, self._wait_ms = answer
        return bool(allowed)

    def wait(self) -> float:
        """Seconds until the next request may pass."""
        return self._wait_ms / 1000
