"""Google's token endpoint for service accounts: `POST /token` with a signed JWT, and the access tokens it gave.

https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
"""

from __future__ import annotations

import secrets
import time
from urllib.parse import parse_qs

from sandbox.credentials import Credentials
from sandbox.faults import Faults, Rule
from sandbox.jws import Token, read_token
from sandbox.wire import Answer, Manner, Request, json_answer

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = {
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
}
LIFETIME = 3599
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
TIMEFRAME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class GoogleTokens:
    """Hands out access tokens and knows the ones that are good."""

    def __init__(self, credentials: Credentials, faults: Faults) -> None:
        self._credentials = credentials
        self._faults = faults
        self._good_until: dict[str, float] = {}
        self.given = 0

    def is_good(self, access_token: str) -> bool:
        return self._good_until.get(access_token, 0.0) > time.monotonic()

    def revoke_all(self) -> None:
        """As if every access token had run out at once."""
        self._good_until.clear()

    def answer(self, request: Request) -> Answer:
        if request.method != "POST":
            return Answer(404)
        rule = self._faults.pick("fcm-token", "")
        if rule is not None and (failed := _failure(rule)) is not None:
            return failed
        form = {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        if form.get("grant_type") != GRANT:
            description = f"Invalid grant_type: {form.get('grant_type', '')}"
            return _error("unsupported_grant_type", description)
        token = read_token(form.get("assertion", ""))
        if token is None:
            return _error("invalid_grant", "Invalid JWT: the assertion could not be decoded.")
        refused = self._refusal(token)
        if refused is not None:
            return refused
        answer = self._grant()
        answer.delay = rule.seconds if rule is not None else 0.0
        return answer

    def _refusal(self, token: Token) -> Answer | None:
        claims, account = token.claims, self._credentials.fcm
        if claims.get("iss") != account["client_email"]:
            return _error("invalid_grant", "Invalid grant: account not found")
        if not token.is_signed_by(self._credentials.fcm_key):
            return _error("invalid_grant", "Invalid JWT Signature.")
        if not _is_in_timeframe(claims.get("iat"), claims.get("exp")):
            return _error("invalid_grant", TIMEFRAME)
        if claims.get("aud") not in (GOOGLE_TOKEN_URI, account["token_uri"], _other_name(account["token_uri"])):
            description = f"Invalid JWT: Failed audience check. The right audience is {account['token_uri']}"
            return _error("invalid_grant", description)
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            return _error("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return None

    def _grant(self) -> Answer:
        now = time.monotonic()
        self._good_until = {token: until for token, until in self._good_until.items() if until > now}
        token = f"ya29.sandbox.{secrets.token_urlsafe(48)}"
        self._good_until[token] = now + LIFETIME
        self.given += 1
        return json_answer(
            200, {"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"}, ("cache-control", "no-store")
        )


def _error(code: str, description: str) -> Answer:
    return json_answer(400, {"error": code, "error_description": description})


def _is_in_timeframe(issued: object, expires: object) -> bool:
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        return False
    now = time.time()
    return issued <= now + 60 and now < expires <= issued + 3660


def _other_name(uri: str) -> str:
    return uri.replace("127.0.0.1", "localhost")


def _failure(rule: Rule) -> Answer | None:
    """The token endpoint's answer under a rule; None for a mere delay."""
    if rule.action == "delay":
        return None
    if rule.action in ("reset", "half", "silence", "goaway"):
        manner = Manner.SILENCE if rule.action == "silence" else Manner.CUT
        return Answer(200, manner=manner, delay=rule.seconds)
    if rule.action == "error":
        return _error(rule.value, "The sandbox was told to fail.")
    status = int(rule.value) if rule.action == "status" else 429
    return json_answer(status, {"error": "internal_failure", "error_description": "Backend Error"})
