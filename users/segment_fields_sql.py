"""Reading a custom field in SQL so that no stored value can make a query fail.

Each expression is NULL where the field is missing or its value has another form than asked for; the order of CASE
guards the casts. `pg_input_is_valid` needs PostgreSQL 16.
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
MOMENT = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?$"
MOMENT_WITH_ZONE = r":.*([Zz]|[+-]\d\d(:?\d\d)?)$"


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
    is_moment = Q(Regex(text, MOMENT)) & Q(_IsValidTime(text))
    local = Func(
        text,
        Value(zone),
        template="(%(expressions)s)",
        arg_joiner="::timestamp AT TIME ZONE ",
        output_field=DateTimeField(),
    )
    absolute = When(Q(Regex(text, MOMENT_WITH_ZONE)), then=Cast(text, DateTimeField()))
    return _where(is_moment, Case(absolute, default=local), DateTimeField())


def is_known(name: str, *, json_type: str) -> Q:
    """The field has a value of its type that is neither an empty text nor an empty list."""
    return Q(_IsTrue(_has_type(name, json_type))) & Q(_IsTrue(_IsNotEmpty(_raw(name))))


def moment_is_known(name: str) -> Q:
    """The field is a time."""
    return Q(IsNull(moment_of(name, zone="UTC"), False))


def _where(condition: Q | Lookup[Any], then: Expression, form: Any) -> Expression:
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


class _IsValidTime(Func):
    template = "pg_input_is_valid(%(expressions)s, 'timestamptz')"
    output_field = BooleanField()


class _IsNotEmpty(Func):
    template = "(%(expressions)s) NOT IN ('\"\"'::jsonb, '[]'::jsonb)"
    output_field = BooleanField()
