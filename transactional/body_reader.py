"""Reading a body member by member, so that every offending field is told at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from projects.errors import InvalidInput

LARGEST_INTEGER = 2**31 - 1
LARGEST_ID = 2**63 - 1


@dataclass
class Reader:
    """Reads members one by one and remembers what is wrong with each."""

    body: Mapping[str, Any]
    errors: dict[str, str]

    def take(self, name: str, read: Callable[[Any], Any]) -> Any:
        try:
            return read(self.body.get(name))
        except InvalidInput as error:
            self.errors |= {name if field == "" else field: text for field, text in error.errors.items()}
            return None

    def integer(self, name: str, *, largest: int) -> int:
        return int(self.take(name, lambda value: integer_from(value, largest=largest)) or 0)

    def object(self, name: str) -> dict[str, Any]:
        return self.take(name, object_from) or {}


def integer_from(value: Any, *, largest: int) -> int:
    """A whole number from 1, or its digits. Raises InvalidInput under no name: `take` knows it."""
    if value in (None, ""):
        raise InvalidInput({"": "This value should not be blank."})
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 19:
        raise InvalidInput({"": "This value should be of type integer."})
    if not 1 <= int(text) <= largest:
        raise InvalidInput({"": f"This value should be between 1 and {largest}."})
    return int(text)


def object_from(value: Any) -> dict[str, Any]:
    """An object; nothing, and PHP's `[]`, is an empty one. Raises InvalidInput under no name."""
    if value in (None, "", []):
        return {}
    if not isinstance(value, dict):
        raise InvalidInput({"": "This value should be of type object."})
    return dict(value)
