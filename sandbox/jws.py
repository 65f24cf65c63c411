"""Reading signed tokens (RFC 7515, RFC 7518): RS256 for Google, ES256 for Apple."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; `signed` are the bytes its signature covers."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bool:
        try:
            if isinstance(key, rsa.RSAPublicKey):
                return self._verify_rsa(key)
            return self._verify_ec(key)
        except InvalidSignature:
            return False

    def _verify_rsa(self, key: rsa.RSAPublicKey) -> bool:
        if self.header.get("alg") != "RS256":
            return False
        key.verify(self.signature, self.signed, padding.PKCS1v15(), hashes.SHA256())
        return True

    def _verify_ec(self, key: ec.EllipticCurvePublicKey) -> bool:
        if self.header.get("alg") != "ES256" or len(self.signature) != 64:
            return False
        r, s = int.from_bytes(self.signature[:32]), int.from_bytes(self.signature[32:])
        key.verify(encode_dss_signature(r, s), self.signed, ec.ECDSA(hashes.SHA256()))
        return True


def read_token(text: str) -> Token | None:
    """Take a compact JWS apart; None when it isn't one."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = orjson.loads(_decode(parts[0])), orjson.loads(_decode(parts[1]))
        signature = _decode(parts[2])
    except (ValueError, binascii.Error):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
