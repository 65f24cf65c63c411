"""Signing in to the panel, slowed for those who guess."""

import hashlib

import structlog
from django.core.cache import cache
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from projects.visitor import network_of

ATTEMPTS = 10
WINDOW = 15 * 60
"""So many wrong passwords in so many seconds, for one name from one address."""

logger = structlog.get_logger(__name__)


class LoginForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """Counts wrong passwords by name and address in the shared cache; past the limit it looks at no password."""

    def clean(self) -> dict[str, str]:
        key = self._key()
        if cache.get(key, 0) >= ATTEMPTS:
            logger.warning("panel_login_throttled", address=self._address())
            raise ValidationError("Too many attempts. Wait a quarter of an hour and try again.", code="throttled")
        try:
            cleaned: dict[str, str] = super().clean()
        except ValidationError:
            self._count(key)
            raise
        cache.delete(key)
        return cleaned

    def _count(self, key: str) -> None:
        cache.add(key, 0, timeout=WINDOW)
        attempts = cache.incr(key)
        logger.warning("panel_login_failed", address=self._address(), attempts=attempts)

    def _key(self) -> str:
        name = (self.cleaned_data.get("username") or "").casefold()
        who = hashlib.sha256(f"{name}\n{self._address()}".encode()).hexdigest()
        return f"panel-login:{who}"

    def _address(self) -> str:
        return network_of(self.request) if self.request else ""
