"""HTTP Basic: the user is the numeric client id, the password the API key (the SHA-1 of the SDK key)."""

import hmac
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from projects.api import guesses
from projects.models import ApiKey, ClientAccount
from projects.services.accounts import hash_api_key
from projects.short_memory import ShortMemory
from projects.visitor import network_of

REFUSED = "Authorization base64 data wrong or invalid"

# A revoked key is good for one second more in a web process that saw it just before.
_verified: ShortMemory[tuple[int, str], ClientAccount] = ShortMemory(seconds=1)
# Whoever had a good key lately is not shut out because somebody else at the same address guesses.
_trusted: ShortMemory[tuple[int, str], bool] = ShortMemory(seconds=600)


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Who calls: `request.user` of every API view."""

    client: ClientAccount
    is_authenticated = True


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the client by id and key; one query at most, none for a key seen within the last second."""

    def authenticate(self, request: Request) -> tuple[ApiClient, None] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if not header:
            return None
        client_id, api_key = read_credentials(header)
        return ApiClient(_verify(client_id, hash_api_key(api_key), network_of(request))), None

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="API", charset="UTF-8"'


def read_credentials(header: str) -> tuple[int, str]:
    """Client id and API key of an Authorization header. Raises AuthenticationFailed."""
    scheme, _, encoded = header.partition(" ")
    try:
        user, colon, api_key = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:
        raise AuthenticationFailed(REFUSED) from error
    if scheme.lower() != "basic" or not colon or not (user.isascii() and user.isdigit() and len(user) < 19):
        raise AuthenticationFailed(REFUSED)
    return int(user), api_key


def forget_verified_keys() -> None:
    """Ask the database again from the next call on, in this process."""
    _verified.clear()
    _trusted.clear()


def _verify(client_id: int, key_hash: str, ip: str) -> ClientAccount:
    known = _verified.get((client_id, key_hash))
    if known:
        return known
    if not _trusted.get((client_id, key_hash)) and (wait := guesses.seconds_to_wait(client_id, ip)):
        raise Throttled(wait)
    client = _find(client_id, key_hash)
    if client is None:
        guesses.count(client_id, ip)
        raise AuthenticationFailed(REFUSED)
    _verified.put((client_id, key_hash), client)
    _trusted.put((client_id, key_hash), True)
    return client


def _find(client_id: int, key_hash: str) -> ClientAccount | None:
    keys: Any = ApiKey.objects.select_related("client").filter(
        client_id=client_id, key_hash=key_hash, revoked_at__isnull=True, client__is_active=True
    )
    key: ApiKey | None = keys.first()
    # The index compares hashes of what was sent, which tells a guesser nothing; this one is constant-time besides.
    return key.client if key and hmac.compare_digest(key.key_hash, key_hash) else None
