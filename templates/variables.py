"""What a template may name: the person, the data sent with a message, the project."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isfinite
from time import time
from typing import NewType
from uuid import UUID

from templates import limits

Variables = NewType("Variables", dict[str, object])
"""Plain values only: dict with text keys, list, str, int, float, bool. None isn't kept: null is missing."""

USER_FIELDS = (
    "name",
    "gender",
    "country",
    "city",
    "language",
    "age",
    "platform_id",
    "vip",
    "photo",
    "ak",
    "email",
    "phone",
    "client_user_id",
)
PROJECT_FIELDS = ("sender_name",)
LINKS = ("project_url", "unsubscribeLink", "unsubscribeSettingsLink")
CLOCK = "now()"
"""When the message was made, in seconds since 1970: what “now” and “today” are to the filter `date`."""

RESERVED = frozenset({"user", "project", CLOCK, *LINKS})
"""Top-level names that `data` can't take."""


def build_context(user: Mapping[str, object], project: Mapping[str, object], data: Mapping[str, object]) -> Variables:
    """The variables of one message.

    `user` holds default and custom fields under their names, `project` may hold `sender_name` and `LINKS`, `data`
    is what came with the request; fields in `data["user"]` go before those of `user`. Raises TypeError on a value
    that JSON doesn't know (dates, decimals and UUIDs become text and numbers).
    """
    person = _map(user, 1)
    sent = data.get("user")
    if isinstance(sent, Mapping):
        person.update(_map(sent, 1))
    variables = _map({name: value for name, value in data.items() if name not in RESERVED}, 0)
    variables["user"] = person
    variables["project"] = _map({name: project.get(name) for name in PROJECT_FIELDS}, 1)
    for name in LINKS:
        variables[name] = _plain(project.get(name) or "", 1)
    variables[CLOCK] = int(time())
    return Variables(variables)


def unknown(names: Iterable[str], custom_fields: Iterable[str]) -> list[str]:
    """Of a template's names, those that no message can ever fill, sorted. Other top-level names come from `data`."""
    known = {*USER_FIELDS, *custom_fields}
    return sorted(name for name in names if not _is_known(name, known))


def data_names(names: Iterable[str]) -> list[str]:
    """Of a template's names, the top-level ones that have to come in `data`, sorted."""
    tops = {name.split(".")[0] for name in names}
    return sorted(tops - RESERVED)


def _is_known(name: str, fields: set[str]) -> bool:
    top, _, field = name.partition(".")
    field = field.split(".")[0]
    if top == "user":
        return not field or field in fields
    if top == "project":
        return not field or field in PROJECT_FIELDS
    return True


def _map(values: Mapping[str, object], depth: int) -> dict[str, object]:
    plain = {}
    for key, value in values.items():
        kind = type(value)
        if kind is str or kind is int:  # most are, and every message comes through here
            plain[str(key)] = value
        elif value is not None:
            plain[str(key)] = _plain(value, depth + 1)
    return plain


def _plain(value: object, depth: int) -> object:
    # Variables come from JSON and are kept as JSON, which has no infinite numbers.
    if value is None or depth > limits.NESTING or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, bool | float):
        return value
    if isinstance(value, str | int):
        return str.__str__(value) if isinstance(value, str) else int(value)
    if isinstance(value, Mapping):
        return _map(value, depth)
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return _converted(value)


def _converted(value: object) -> object:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} can't be a template's variable")
