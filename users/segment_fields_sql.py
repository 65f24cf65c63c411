"""Reading a custom field in SQL so that no stored value can make a query fail.

Each expression is NULL where the field is missing or its value has another form than asked for; the order of CASE
guards the casts. Times are told by a pattern that knows the calendar: `pg_input_is_valid` needs PostgreSQL 16.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Expression,
    F,
    Func,
    JSONField,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Collate
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
    Lookup,
    Regex,
)

LOOKUPS: dict[str, type[Lookup[Any]]] = {
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
    "icontains": IContains,
    "istartswith": IStartsWith,
}
# Digits as [0-9]: what else \d means to PostgreSQL depends on the locale.
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_MONTH_AND_DAY = (
    "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"  # never 02-29
)
_DAY = f"(?!0000)(?:[0-9]{{4}}-{_MONTH_AND_DAY}|{_LEAP_YEAR}-02-29)"
# PostgreSQL takes offsets below 16 hours and texts below 128 characters.
_OFFSET = "(?:[Zz]|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,20})?)?"
MOMENT = f"^{_DAY}(?:[T ]{_TIME}{_OFFSET}?)?$"
"""An ISO 8601 date or time that exists and that PostgreSQL's cast takes, whatever its version and settings."""
MOMENT_WITH_ZONE = f":.*{_OFFSET}$"


def is_true(expression: Combinable, **lookups: object) -> Q:
    """All lookups hold for the expression; where it is NULL that is false, not unknown, so that NOT works."""
    found = Q()
    for name, value in lookups.items():
        found &= Q(_IsTrue(LOOKUPS[name](expression, value)))
    return found


def text_of(name: str) -> Expression:
    """The field as text, where it is one."""
    return _where(_has_type(name, "string"), _raw_text(name), TextField())


def number_is(name: str, **bounds: object) -> Q:
    """The field is a number and all comparisons hold. JSON numbers compare as numbers, so nothing need be cast."""
    found = Q(_IsTrue(_has_type(name, "number")))
    for lookup, bound in bounds.items():
        found &= Q(_IsTrue(LOOKUPS[lookup](_raw(name), Value(bound, JSONField()))))
    return found


def roughly_between(name: str, start: datetime | None, end: datetime | None) -> Q:
    """A cheap condition that every ISO time of the field between the two fulfils, whatever its offset.

    Only as a companion of `moment_of`: PostgreSQL asks the cheaper one first, and most rows go no further.
    """
    found, text, margin = Q(), Collate(_raw_text(name), "C"), timedelta(days=2)
    if start:
        found &= Q(_IsTrue(GreaterThanOrEqual(text, (start - margin).date().isoformat())))
    if end:
        found &= Q(_IsTrue(LessThan(text, (end + margin).date().isoformat())))
    return found


def moment_of(name: str, *, zone: str) -> Expression:
    """The field as a time, where it is an ISO date or time that exists; without an offset it is `zone`'s."""
    text = _raw_text(name)
    local = Func(
        text,
        Value(zone),
        template="(%(expressions)s)",
        arg_joiner="::timestamp AT TIME ZONE ",
        output_field=DateTimeField(),
    )
    absolute = When(Q(Regex(text, MOMENT_WITH_ZONE)), then=Cast(text, DateTimeField()))
    return _where(Regex(text, MOMENT), Case(absolute, default=local), DateTimeField())


def is_known(name: str, *, json_type: str) -> Q:
    """The field has a value of its type that is neither an empty text nor an empty list."""
    return Q(_IsTrue(_has_type(name, json_type))) & Q(_IsTrue(_IsNotEmpty(_raw(name))))


def moment_is_known(name: str) -> Q:
    """The field is a time."""
    return Q(IsNull(moment_of(name, zone="UTC"), False))


def _where(condition: Lookup[Any], then: Expression, form: Any) -> Expression:
    return Case(When(condition, then=then), default=None, output_field=form)


def _raw(name: str) -> Expression:
    # Not Django's KeyTransform: it reads a name such as "1" as a place in a list.
    return Func(F("fields"), Value(name), template="(%(expressions)s)", arg_joiner=" -> ", output_field=JSONField())


def _raw_text(name: str) -> Expression:
    return Func(F("fields"), Value(name), template="(%(expressions)s)", arg_joiner=" ->> ", output_field=TextField())


def _has_type(name: str, json_type: str) -> Lookup[Any]:
    return Exact(Func(_raw(name), function="jsonb_typeof", output_field=TextField()), json_type)


class _IsTrue(Func):
    template = "((%(expressions)s) IS TRUE)"
    output_field = BooleanField()


class _IsNotEmpty(Func):
    template = "(%(expressions)s) NOT IN ('\"\"'::jsonb, '[]'::jsonb)"
    output_field = BooleanField()
