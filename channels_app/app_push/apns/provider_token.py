"""The provider token: an ES256 JWT that names team and key, good for an hour.

https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns

Apple wants it renewed between every 20 and 60 minutes and answers 429 to more. All our processes and hosts therefore
make *the same* token without asking each other: `iat` is the start of a window of 40 minutes, and the signature is
deterministic (RFC 6979).
"""

from hashlib import sha256
from threading import Lock
from time import time
from typing import Any

import jwt
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

WINDOW = 2400


def parse_key(pem: str) -> EllipticCurvePrivateKey:
    """The key of a .p8 file. Raises ValueError with a sentence."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "This is not a private key: upload the .p8 file as Apple gave it (-----BEGIN PRIVATE KEY-----)."
        ) from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("This is a key of another kind: APNs needs the elliptic-curve key (P-256) of a .p8 file.")
    return key


def validate_key(pem: str) -> None:
    """As parse_key, for the form."""
    parse_key(pem)


class _RepeatableES256(ECAlgorithm):
    """ES256 whose signature of the same text is always the same."""

    def sign(self, msg: bytes, key: Any) -> bytes:
        return der_to_raw_signature(key.sign(msg, ECDSA(SHA256(), deterministic_signing=True)), key.curve)


_SIGNER = jwt.PyJWS()
_SIGNER.unregister_algorithm("ES256")
_SIGNER.register_algorithm("ES256", _RepeatableES256(ECAlgorithm.SHA256))


class ProviderToken:
    """The token of one team and key, shared by all its connections in this process."""

    def __init__(self, *, key: str, key_id: str, team_id: str) -> None:
        self._key, self._key_id, self._team_id = parse_key(key), key_id, team_id
        self._lock = Lock()
        self._token, self._issued = "", 0

    def get(self) -> str:
        """The token of the present window."""
        start = int(time()) // WINDOW * WINDOW
        with self._lock:
            if self._issued < start:
                self._issue(start)
            return self._token

    def renew(self, token: str) -> None:
        """Replace a token that APNs calls expired, unless that has happened already."""
        with self._lock:
            if self._token == token:
                self._issue(int(time()))

    def _issue(self, at: int) -> None:
        claims = orjson.dumps({"iss": self._team_id, "iat": at})
        self._token = _SIGNER.encode(claims, self._key, algorithm="ES256", headers={"kid": self._key_id})
        self._issued = at


_TOKENS: dict[bytes, ProviderToken] = {}
_TOKENS_LOCK = Lock()


def provider_token(*, key: str, key_id: str, team_id: str) -> ProviderToken:
    """The process's one ProviderToken of this team and key."""
    identity = sha256(f"{team_id}\n{key_id}\n{key}".encode()).digest()
    with _TOKENS_LOCK:
        if identity not in _TOKENS:
            _TOKENS[identity] = ProviderToken(key=key, key_id=key_id, team_id=team_id)
        return _TOKENS[identity]
