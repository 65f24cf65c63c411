"""API keys: issued once, kept as a hash, revoked without a trace of doubt.

SDK key → SHA-1 hex = API key (what the wire carries; Sendios' rule) → SHA-256 hex = what is stored.
"""

import hashlib
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from projects.errors import Conflict
from projects.models import ApiKey, ClientAccount

SDK_KEY_BYTES = 24


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh key in clear. Show it once; it can't be made again from what is stored."""

    sdk_key: str
    api_key: str
    key: ApiKey


def issue_api_key(client: ClientAccount, *, name: str = "default") -> IssuedKey:
    """Give the client one more key (192 random bits); those it has stay valid. Returns it in clear, once."""
    sdk_key = secrets.token_hex(SDK_KEY_BYTES)
    api_key = api_key_of(sdk_key)
    key = ApiKey.objects.create(client=client, name=name, key_hash=hash_api_key(api_key), hint=api_key[:6])
    return IssuedKey(sdk_key=sdk_key, api_key=api_key, key=key)


def revoke_api_key(key: ApiKey) -> None:
    """Make the key answer 401 from now on. Raises Conflict where it was revoked before."""
    with transaction.atomic():
        locked = ApiKey.objects.select_for_update().get(pk=key.pk)
        if locked.revoked_at:
            raise Conflict("This key is revoked already.")
        locked.revoked_at = key.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])


def api_key_of(sdk_key: str) -> str:
    """SHA-1 of the SDK key as 40 hex digits, as Sendios derives it."""
    return hashlib.sha1(sdk_key.encode(), usedforsecurity=False).hexdigest()


def hash_api_key(api_key: str) -> str:
    """What is stored and looked up: SHA-256 of the API key as 64 hex digits."""
    return hashlib.sha256(api_key.encode()).hexdigest()
