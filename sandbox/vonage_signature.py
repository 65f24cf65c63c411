"""Vonage's signatures over parameters, of requests and of receipts.

https://developer.vonage.com/en/getting-started/concepts/signing-messages
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")


def signature(values: Mapping[str, str], secret: str, method: str) -> str:
    """Sign every parameter but `sig`, sorted by name, `&` and `=` in values made `_`.

    md5hash: the MD5 of the text with the secret after it, lower-case; the others: HMAC, upper-case.
    """
    pairs = sorted((name, value) for name, value in values.items() if name != "sig")
    text = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in pairs)
    if method == "md5hash":
        return hashlib.md5(f"{text}{secret}".encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text.encode(), method).hexdigest().upper()


def is_signed(values: Mapping[str, str], account: Mapping[str, str]) -> bool:
    """Whether a request's `sig` is right and its `timestamp` (seconds) within five minutes."""
    stamp = values.get("timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return False
    right = signature(values, account["signature_secret"], account["signature_method"])
    return hmac.compare_digest(right.lower(), values.get("sig", "").lower())
