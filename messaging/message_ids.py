"""The public id of a message: a UUID that is computed from the row's number and back, so it needs no column.

RFC 9562 version 8. The first 60 free bits are a hash of the number: a typing error is found, two numbers never look
alike. It is a name, not a secret: whoever uses it must have the credentials of its project's client.
"""

from hashlib import sha256
from uuid import UUID

_HASH_SALT = b"sendios.message"


def message_uuid(number: int) -> UUID:
    """The UUID of message `number` (1 to 2**62 - 1)."""
    digest = int.from_bytes(sha256(_HASH_SALT + number.to_bytes(8)).digest()[:8])
    high, middle = digest >> 16, digest & 0xFFF
    return UUID(int=high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | number)


def message_number(text: str) -> int | None:
    """The number of the message with this UUID; None when it is no UUID of ours."""
    try:
        given = UUID(text)
    except ValueError:
        return None
    number = given.int & (2**62 - 1)
    return number if given == message_uuid(number) else None
