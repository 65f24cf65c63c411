"""What stands behind /t/, /o/ and /u/: tokens that say everything themselves and that nobody else can make.

A token is base64url of its numbers (LEB128), a link's URL, and a MAC of 96 bits: BLAKE2b, keyed from SECRET_KEY, with
another personalisation for each kind, so that none passes for another. Nothing is looked up to read one: links of old
messages work for as long as the key (or one of SECRET_KEY_FALLBACKS) does.
"""

from binascii import Error, a2b_base64, b2a_base64
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from hmac import compare_digest
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Literal

from django.conf import settings

MAC = 12
LONGEST_TOKEN = 11_000
"""Of a link of 2,000 characters, each of four bytes: e-mails that are out hold such."""
LONGEST_URL = 2000
"""Bytes. What is longer stays as it is: with a token around it some mail programs would cut it."""

SHORT = 9
"""Characters of a short link's code: docs/decisions/0010-links.md has the arithmetic."""

_ALPHABET = digits + ascii_uppercase + ascii_lowercase
_URL_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_CLICK, _OPEN, _PERSON, _SHORT = b"click", b"open", b"person", b"short"

Page = Literal["unsubscribe", "settings"]
Kind = Literal["email", "phone", "push"]
_PAGES: tuple[Page, ...] = ("unsubscribe", "settings")
_KINDS: tuple[Kind, ...] = ("email", "phone", "push")


@dataclass(frozen=True, slots=True)
class ClickLink:
    """The link at `place` (from 0) of a message, and where it leads."""

    project_id: int
    message_id: int
    place: int
    url: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """The pixel of a message."""

    project_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class PersonLink:
    """A person's own page, reached from a message: which one, for which kind of address, from a campaign or not."""

    project_id: int
    user_id: int
    message_id: int
    kind: Kind
    page: Page
    is_campaign: bool = False


class ClickLinks:
    """The click tokens of one message: what is alike in all of them is made once."""

    __slots__ = ("_begin", "_mac")

    def __init__(self, project_id: int, message_id: int) -> None:
        self._begin = _packed(project_id, message_id)
        self._mac = _keyed(settings.SECRET_KEY, _CLICK)

    def token(self, place: int, url: str) -> str:
        """The token of the link at `place`, from 0."""
        number = bytes((place,)) if place < 128 else _packed(place)
        return _sealed(self._mac, self._begin + number + url.encode())


def open_token(project_id: int, message_id: int) -> str:
    """The token of a message's pixel."""
    return _sealed(_keyed(settings.SECRET_KEY, _OPEN), _packed(project_id, message_id))


def person_token(link: PersonLink) -> str:
    """The token of a person's page."""
    mark = _PAGES.index(link.page) << 3 | _KINDS.index(link.kind) << 1 | link.is_campaign
    body = _packed(link.project_id, link.user_id, link.message_id, mark)
    return _sealed(_keyed(settings.SECRET_KEY, _PERSON), body)


def short_code(message_id: int, place: int) -> str:
    """The code of a short link: always the same for a message's place, and nobody can guess it."""
    mac = _keyed(settings.SECRET_KEY, _SHORT).copy()
    mac.update(_packed(message_id, place))
    number, code = int.from_bytes(mac.digest()), ""
    for _ in range(SHORT):
        number, letter = divmod(number, len(_ALPHABET))
        code += _ALPHABET[letter]
    return code


def is_short_code(text: str) -> bool:
    """Whether this has the form of a short link's code, which no token has."""
    return len(text) == SHORT and text.isascii() and text.isalnum()


def read_click(token: str) -> ClickLink | None:
    """What a click token says; None where we didn't make it."""
    body = _opened(token, _CLICK)
    if body is None:
        return None
    (project_id, message_id, place), url = _unpacked(body, 3)
    return ClickLink(project_id, message_id, place, url.decode())


def read_open(token: str) -> OpenLink | None:
    """What an open token says; None where we didn't make it."""
    body = _opened(token, _OPEN)
    return OpenLink(*_unpacked(body, 2)[0]) if body is not None else None


def read_person(token: str) -> PersonLink | None:
    """What a person's token says; None where we didn't make it."""
    body = _opened(token, _PERSON)
    if body is None:
        return None
    (project_id, user_id, message_id, mark), _ = _unpacked(body, 4)
    return PersonLink(project_id, user_id, message_id, _KINDS[mark >> 1 & 3], _PAGES[mark >> 3], bool(mark & 1))


@lru_cache(maxsize=32)
def _keyed(secret: str, kind: bytes) -> blake2b:
    """A keyed hash to copy: its first block, the key, is worked through once."""
    key = sha256(b"sendios.links\0" + secret.encode()).digest()
    return blake2b(key=key, digest_size=MAC, person=kind)


def _sealed(keyed: blake2b, body: bytes) -> str:
    mac = keyed.copy()
    mac.update(body)
    return b2a_base64(body + mac.digest(), newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


def _opened(token: str, kind: bytes) -> bytes | None:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    padded = token.encode().translate(_STANDARD) + b"=" * (-len(token) % 4)
    try:
        sealed = a2b_base64(padded, strict_mode=True)
    except Error:
        return None
    body = sealed[:-MAC]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        # Made again and compared as text: of all spellings of the same bytes only ours is taken.
        if body and compare_digest(_sealed(_keyed(secret, kind), body), token):
            return body
    return None


def _packed(*numbers: int) -> bytes:
    packed = bytearray()
    for number in numbers:
        while number > 127:
            packed.append(number & 127 | 128)
            number >>= 7  # noqa: PLW2901  (a number is used up)
        packed.append(number)
    return bytes(packed)


def _unpacked(body: bytes, count: int) -> tuple[tuple[int, ...], bytes]:
    """`count` numbers and what follows them."""
    numbers, at = [], 0
    for _ in range(count):
        number = shift = 0
        while body[at] > 127:
            number |= (body[at] & 127) << shift
            at, shift = at + 1, shift + 7
        numbers.append(number | body[at] << shift)
        at += 1
    return tuple(numbers), body[at:]
