"""APNs' provider tokens: ES256, of this team and key, not older than an hour, not renewed too often.

https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sandbox.credentials import Credentials
from sandbox.jws import read_token
from sandbox.wire import Request

LIFETIME = 3600
RENEWAL = 1200
KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class _Verdict:
    reason: str
    issued: float


class ProviderTokens:
    """Verifies each token once and remembers the verdict."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._verdicts: dict[str, _Verdict] = {}

    def refusal(self, request: Request) -> str:
        """Apple's reason for turning the request away, or nothing."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "MissingProviderToken"
        verdict = self._verdicts.get(token) or self._judge(token)
        if verdict.reason:
            return verdict.reason
        if time.time() - verdict.issued > LIFETIME:
            return "ExpiredProviderToken"
        return _renewal(request, token)

    def _judge(self, token: str) -> _Verdict:
        if len(self._verdicts) >= KNOWN:
            self._verdicts.clear()
        verdict = self._verdicts[token] = self._examine(token)
        return verdict

    def _examine(self, text: str) -> _Verdict:
        token, account = read_token(text), self._credentials.apns
        invalid = _Verdict("InvalidProviderToken", 0.0)
        if token is None or token.header.get("kid") != account["key_id"]:
            return invalid
        issued = token.claims.get("iat")
        if token.claims.get("iss") != account["team_id"] or not isinstance(issued, int | float):
            return invalid
        if issued > time.time() + 300 or not token.is_signed_by(self._credentials.apns_key):
            return invalid
        return _Verdict("", float(issued))


def _renewal(request: Request, token: str) -> str:
    """A connection may change its token no more than once in 20 minutes."""
    peer, now = request.peer, time.monotonic()
    if token == peer.provider_token:
        return ""
    if peer.provider_token and now - peer.token_since < RENEWAL:
        return "TooManyProviderTokenUpdates"
    peer.provider_token, peer.token_since = token, now
    return ""
