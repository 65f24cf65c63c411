"""The Message-ID of our e-mails: says which message it was, so that a bounce finds its way back.

The same message sent again has the same id, so that a mailbox can show it once. A MAC keeps others from making bounces
for messages that they never got.
"""

import re
from functools import lru_cache
from hashlib import blake2s, sha256
from hmac import compare_digest
from itertools import islice

from django.conf import settings

from channels_app.contract import BadSignature

MAC_BYTES = 8
MOST_IDS = 100  # looked at in one text
OURS = re.compile(rb"<([1-9][0-9]{0,18})\.([0-9a-f]{16})@[A-Za-z0-9.-]{1,253}>")


def message_id(client_ref: str, domain: str) -> str:
    """The Message-ID of the message `client_ref` (digits), sent from `domain`."""
    return f"<{client_ref}.{_mac(client_ref, settings.SECRET_KEY)}@{domain}>"


def client_ref_in(text: bytes) -> str:
    """The reference of the first id of ours in a text, "" where nothing looks like one.

    Raises BadSignature where there are only made-up ones.
    """
    found = None
    for found in islice(OURS.finditer(text), MOST_IDS):
        reference, told = found[1].decode(), found[2].decode()
        if any(compare_digest(told, _mac(reference, key)) for key in (settings.SECRET_KEY, *_older_keys())):
            return reference
    if found is not None:
        raise BadSignature("The report's Message-ID is not one of ours.")
    return ""


def _mac(client_ref: str, secret: str) -> str:
    return blake2s(client_ref.encode(), key=_key(secret), digest_size=MAC_BYTES).hexdigest()


def _older_keys() -> list[str]:
    return list(getattr(settings, "SECRET_KEY_FALLBACKS", ()))


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return sha256(b"sendios.message-id" + secret.encode()).digest()
