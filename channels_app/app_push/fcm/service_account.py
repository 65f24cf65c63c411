"""The service account: what is wrong with it, and the access tokens that it gives.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from google.auth import transport as google_transport
from google.auth.exceptions import TransportError
from google.oauth2.service_account import Credentials

from channels_app.transport import Request, Transport

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
REQUIRED = ("type", "project_id", "client_email", "private_key", "token_uri")
TOKEN_TIMEOUT = 15.0


def parse(text: str) -> dict[str, str]:
    """The service account's fields. Raises ValueError with a sentence that says what is missing or wrong."""
    try:
        account = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("This is not JSON: upload the service account's key file as Firebase gave it.") from None
    if not isinstance(account, dict):
        raise ValueError("This is JSON, but not a service account: it must be an object with fields.")
    account.setdefault("token_uri", "https://oauth2.googleapis.com/token")
    missing = [name for name in REQUIRED if not isinstance(account.get(name), str) or not account[name]]
    if missing:
        raise ValueError(f"This is not a service account's key: it has no {', '.join(missing)}.")
    if account["type"] != "service_account":
        raise ValueError(f"This is a key of type “{account['type']}”; type “service_account” is needed.")
    if not re.fullmatch(r"[a-z0-9.:-]{1,100}", account["project_id"]):
        raise ValueError("Its project_id is not the id of a Firebase project.")
    _require_rsa(account["private_key"])
    return {name: value for name, value in account.items() if isinstance(value, str)}


def validate(text: str) -> None:
    """As parse, for the form."""
    parse(text)


def _require_rsa(pem: str) -> None:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("Its private_key can't be read: it must be an RSA key in PEM form.") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("Its private_key is not an RSA key.")


class AccessToken:
    """An access token, fetched when first asked for and again before it ends; one thread fetches, others wait."""

    def __init__(self, account: Mapping[str, str], *, ca_file: str = "") -> None:
        self._credentials: Any = Credentials.from_service_account_info(dict(account), scopes=[SCOPE])  # type: ignore[no-untyped-call] # google-auth is only half annotated
        self._request = TokenRequest(ca_file)
        self._lock = Lock()

    def get(self) -> str:
        """The token. Raises google.auth.exceptions.RefreshError (refused) or TransportError (not reached)."""
        with self._lock:
            if not self._credentials.valid:  # google-auth calls it expired 3:45 min before it is
                self._credentials.refresh(self._request)
            return str(self._credentials.token)

    def drop(self, token: str) -> None:
        """Forget a token that was refused, unless another thread has got a new one already."""
        with self._lock:
            if self._credentials.token == token:
                self._credentials.token = None


class TokenRequest(google_transport.Request):
    """google-auth's way out, by our transport: the same time-outs, certificates and no proxy."""

    def __init__(self, ca_file: str) -> None:
        self._transport = Transport(connections=1, ca_file=ca_file)

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_ignored: Any,
    ) -> "TokenResponse":
        lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
        request = Request(0, method, url, lines, body or b"", timeout or TOKEN_TIMEOUT)
        [response] = self._transport.perform([request])
        if not response.status:
            raise TransportError(response.error)  # type: ignore[no-untyped-call] # google-auth is only half annotated
        return TokenResponse(response.status, response.headers, response.body)


class TokenResponse(google_transport.Response):
    """What google-auth reads of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._status, self._headers, self._data = status, headers, data

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def data(self) -> bytes:
        return self._data


_TOKENS: dict[bytes, AccessToken] = {}
_TOKENS_LOCK = Lock()


def access_token(account: Mapping[str, str], *, ca_file: str = "") -> AccessToken:
    """The process's one AccessToken of this account."""
    identity = sha256(repr((sorted(account.items()), ca_file)).encode()).digest()
    with _TOKENS_LOCK:
        if identity not in _TOKENS:
            _TOKENS[identity] = AccessToken(account, ca_file=ca_file)
        return _TOKENS[identity]
