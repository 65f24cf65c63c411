"""Secrets at rest: a model field that keeps a JSON object encrypted with Fernet (AES-128-CBC, HMAC-SHA256)."""

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=1)
def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


@lru_cache(maxsize=1_024)
def _open(token: str) -> bytes:
    return _cipher().decrypt(token.encode())


def open_secrets(token: str | None) -> dict[str, str]:
    """What a column of EncryptedJSONField holds, read without its model. Raises InvalidToken where no key opens it."""
    opened: dict[str, str] = json.loads(_open(token)) if token else {}
    return opened


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """A dict of strings, stored as one Fernet token.

    A value that no key of FIELD_ENCRYPTION_KEYS opens raises ImproperlyConfigured on reading: a wrong key is never
    mistaken for data.
    """

    def get_prep_value(self, value: dict[str, str] | None) -> str:
        return _cipher().encrypt(json.dumps(value or {}).encode()).decode()

    def from_db_value(self, value: str | None, *_: Any) -> dict[str, str]:
        try:
            return open_secrets(value)
        except InvalidToken as error:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name}: none of FIELD_ENCRYPTION_KEYS opens the stored secret."
            ) from error

    def to_python(self, value: Any) -> Any:
        return value
