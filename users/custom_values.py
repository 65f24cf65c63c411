"""Values of custom fields: which are allowed, and which type each has; pure."""

import re
from datetime import datetime
from typing import Any

import orjson

from users.vocabulary import FieldType

MOST_FIELDS = 500
LARGEST = 64 * 1024
LONGEST_NAME = 255
LARGEST_NUMBER = 2**63

# What PostgreSQL reads as a moment too: segments compare dates there.
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)?)?", re.ASCII)


def errors_in_fields(fields: object) -> dict[str, str]:
    """What is wrong with a `fields` object: {"fields" or "fields.<name>": sentence}; {} when nothing is."""
    if not isinstance(fields, dict):
        return {"fields": "This value should be of type object."}
    if too_much := size_error(fields):
        return {"fields": too_much}
    checked = ((name, _error_in_name(name) or _error_in_value(value)) for name, value in fields.items())
    return {f"fields.{name[:64]}": error for name, error in checked if error}


def size_error(fields: dict[str, Any]) -> str:
    """A sentence when these fields are too many or too large together, else ""."""
    if len(fields) > MOST_FIELDS:
        return f"This collection should contain {MOST_FIELDS} elements or less."
    if len(orjson.dumps(fields, default=str)) > LARGEST:
        return f"This value is too large. It should have {LARGEST} bytes or less."
    return ""


def type_of(value: object) -> FieldType:
    """The type that a first value fixes. A text that is an ISO 8601 date, or date and time, makes a date field."""
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, int | float):
        return FieldType.NUMBER
    if isinstance(value, list):
        return FieldType.LIST
    return FieldType.DATE if is_date(value) else FieldType.STRING


def fits(value: object, type_: str) -> bool:
    """Whether a field of this type may have this value. A text field takes any text, dates too."""
    found = type_of(value)
    return found == type_ or (found == FieldType.DATE and type_ == FieldType.STRING)


def is_date(value: object) -> bool:
    """YYYY-MM-DD, or with a time and perhaps an offset up to 14 hours."""
    return isinstance(value, str) and read_moment(value) is not None


def read_moment(text: str) -> datetime | None:
    """The moment that an ISO 8601 text names, naive where it has no offset; None where it isn't one."""
    if not DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _error_in_name(name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        return f"A field's name should have 1 to {LONGEST_NAME} characters."
    return ""


def _error_in_value(value: object) -> str:
    if value is None:
        return ""
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, str | int | float):
            return "This value should be a scalar or a list of scalars."
        if isinstance(each, str) and "\0" in each:
            return "This value should not contain NUL characters."
        if not isinstance(each, str) and not abs(each) < LARGEST_NUMBER:
            return "This value is too large: numbers should be less than 2^63."
    return ""
