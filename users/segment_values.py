"""Reading a condition's value: from what a form or an API client sends to what a query compares with.

Every reader raises ValueError with a sentence for the person who wrote the rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

from users.segment_operators import FieldSpec, ValueForm

Scalar = str | int | float | bool
Value = Scalar | list[str | int] | list[int | float] | None

TEXT_LIMIT = 1024
TEXTS_LIMIT = 1000
NUMBER_LIMIT = 10**15
DAYS_LIMIT = 36_500
TRUTHS: dict[object, bool] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_value(form: ValueForm, given: object, *, spec: FieldSpec) -> Value:
    """The value in its one stored form: JSON types, numbers and choices no longer as strings."""
    return READERS[form](given, spec)


def _none(_given: object, _spec: FieldSpec) -> None:
    return None


def _text(given: object, _spec: FieldSpec) -> str:
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise ValueError("Give a text.")
    text = str(given)
    if not text.strip():
        raise ValueError("Give a text; for people without one take “is empty”.")
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"A text has at most {TEXT_LIMIT} characters here.")
    return _storable(text)


def _storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("This text has characters that can't be stored.")
    return text


def _texts(given: object, spec: FieldSpec) -> list[str | int]:
    return [_text(item, spec) for item in _items(given)]


def _items(given: object) -> list[object]:
    """A list as it is; one string is read as texts divided by commas or line ends, as a form sends it."""
    if isinstance(given, str):
        given = [part.strip() for line in given.splitlines() for part in line.split(",") if part.strip()]
    if not isinstance(given, list) or not given:
        raise ValueError("Give at least one value.")
    if len(given) > TEXTS_LIMIT:
        raise ValueError(f"At most {TEXTS_LIMIT} values; for more make a static segment from a CSV.")
    return given


def _number(given: object, _spec: FieldSpec) -> int | float:
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise ValueError("Give a number.")
    try:
        number = float(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError("Give a number.") from None
    if not math.isfinite(number) or abs(number) > NUMBER_LIMIT:
        raise ValueError("This number is too large.")
    return int(number) if number == int(number) else number


def _pair(given: object, spec: FieldSpec) -> list[int | float]:
    if not isinstance(given, list) or len(given) != 2:
        raise ValueError("Give two numbers, the lower one first.")
    low, high = _number(given[0], spec), _number(given[1], spec)
    if low > high:
        raise ValueError("The first number must not be larger than the second.")
    return [low, high]


def _boolean(given: object, _spec: FieldSpec) -> bool:
    truth = TRUTHS.get(str(given).lower())
    if truth is None:
        raise ValueError("Say yes or no.")
    return truth


def _date(given: object, _spec: FieldSpec) -> str:
    try:
        day = date.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        raise ValueError("Give a date such as 2026-03-31.") from None
    if not 1900 <= day.year <= 2200:
        raise ValueError("Give a date between 1900 and 2200.")
    return day.isoformat()


def _days(given: object, spec: FieldSpec) -> int:
    days = _number(given, spec)
    if not isinstance(days, int) or not 1 <= days <= DAYS_LIMIT:
        raise ValueError(f"Give a whole number of days from 1 to {DAYS_LIMIT}.")
    return days


def _choice(given: object, spec: FieldSpec) -> str | int:
    for key, _label in spec.choices:
        if str(key) == str(given):
            return key
    raise ValueError("Take one of the choices.")


def _choices(given: object, spec: FieldSpec) -> list[str | int]:
    return [_choice(item, spec) for item in _items(given)]


READERS: dict[ValueForm, Callable[[object, FieldSpec], Value]] = {
    "none": _none,
    "text": _text,
    "texts": _texts,
    "number": _number,
    "pair": _pair,
    "boolean": _boolean,
    "date": _date,
    "days": _days,
    "choice": _choice,
    "choices": _choices,
}
