"""From a segment's rules to a WHERE clause over users.

Every condition is true or false, never unknown, so that NOT is the exact complement. Custom fields are read through
their JSON form: a stored value of another form than the field's type counts as unknown and can't make a query fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_, ge, gt, le, lt, or_
from zoneinfo import ZoneInfo

from django.db.models import Exists, FloatField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce
from django.utils.timezone import now

from projects.models import Project
from users.models import Address, Unsubscription
from users.segment_catalogue import CHANNEL_KINDS, METRIC_FIELDS
from users.segment_fields_sql import is_known, is_true, moment_is_known, moment_of, number_is, roughly_between, text_of
from users.segment_rules import Condition, Group
from users.segment_values import Value
from users.vocabulary import AddressKind, AddressStatus, Platform

# Not Q(): an empty Q vanishes from OR and NOT.
EVERYONE = Q(pk__isnull=False)
NULLABLE_COLUMNS = ("client_user_id", "age", "last_online_at", "email_confirmed_at")
JSON_TYPES = {"text": "string", "number": "number", "list": "array", "boolean": "boolean"}
COMPARISONS = {"eq": ("gte", "lte"), "lt": ("lt",), "lte": ("lte",), "gt": ("gt",), "gte": ("gte",)}
HOLDS: dict[str, Callable[..., bool]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}
COMPLEMENTS = {"is_not": "is", "ne": "eq", "not_in_last_days": "in_last_days", "is_empty": "is_known"}
"""Operators that are the exact opposite of another one."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What rules are evaluated against: whose users, and what "today" means to them.

    `whole`: all of them are wanted at once, as for a count, rather than a slice along the primary key. The answer is
    the same; which SQL is quick isn't.
    """

    project: Project
    at: datetime
    whole: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.project.time_zone)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from `start` on (included) until `end` (not included); None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def lookups(self, column: str = "") -> dict[str, datetime]:
        """The span as Django lookups, of a column if one is named."""
        bounds = {"gte": self.start, "lt": self.end}
        prefix = f"{column}__" if column else ""
        return {prefix + lookup: bound for lookup, bound in bounds.items() if bound is not None}


def condition_of(group: Group, *, project: Project, at: datetime | None = None, whole: bool = False) -> Q:
    """The rules as a condition on OmnichannelUser. `at` is now unless said otherwise; `whole` makes counts quick."""
    return _group(group, Setting(project, at or now(), whole)) if group.items else EVERYONE


def _group(group: Group, setting: Setting) -> Q:
    parts = [_group(item, setting) if isinstance(item, Group) else _condition(item, setting) for item in group.items]
    joined = reduce(and_ if group.op == "and" else or_, parts)
    return ~joined if group.negated else joined


def _condition(condition: Condition, setting: Setting) -> Q:
    name, operator = condition.spec.name, condition.operator.name
    positive = COMPLEMENTS.get(operator, operator)
    if name.startswith("fields."):
        found = _custom(name.removeprefix("fields."), condition, positive, setting)
    elif "." in name:
        found = _channel(name, positive, condition.value, setting)
    else:
        found = _column(name, condition, positive, setting)
    return found if positive == operator else ~found


def _column(name: str, condition: Condition, operator: str, setting: Setting) -> Q:
    if operator == "is_known":
        return _column_is_known(name, condition)
    if condition.spec.type == "date":
        return Q(**span_of(operator, condition.value, setting).lookups(name))
    if condition.spec.type == "number":
        bounds = {f"{name}__{lookup}": bound for lookup, bound in _bounds(operator, condition.value).items()}
        # Said twice: a bound beyond the column's range is left out by Django, and NULL would hold.
        return Q(**bounds, **{f"{name}__isnull": False})
    return _words(name, operator, condition.value)


def _column_is_known(name: str, condition: Condition) -> Q:
    if name in NULLABLE_COLUMNS:
        return Q(**{f"{name}__isnull": False})
    if name == "platform_id":
        return ~Q(platform_id=Platform.UNKNOWN)
    return EVERYONE if condition.spec.type == "date" else ~Q(**{name: ""})


def _words(name: str, operator: str, value: Value) -> Q:
    lookup = {"is": "exact", "contains": "icontains", "starts_with": "istartswith", "is_one_of": "in"}[operator]
    return Q(**{f"{name}__{lookup}": value})


def _bounds(operator: str, value: Value) -> dict[str, Value]:
    """A comparison of numbers as lookups. Equality is two bounds: 2.5 equals no whole number, and none is rounded."""
    if operator == "between" and isinstance(value, list):
        return {"gte": value[0], "lte": value[1]}
    return dict.fromkeys(COMPARISONS[operator], value)


def _custom(name: str, condition: Condition, operator: str, setting: Setting) -> Q:
    kind, value = condition.spec.type, condition.value
    if kind == "date":
        return _custom_date(name, operator, value, setting)
    if operator == "is_known":
        return is_known(name, json_type=JSON_TYPES[kind])
    if kind == "list":
        return _any_of([_has_entry(name, each) for each in _as_list(value)])
    if operator in ("is", "eq", "is_one_of"):
        return _any_of([Q(fields__contains={name: each}) for each in _as_list(value)])
    if kind == "number":
        return number_is(name, **_bounds(operator, value))
    lookup = {"contains": "icontains", "starts_with": "istartswith"}[operator]
    return is_true(text_of(name), **{lookup: value})


def _custom_date(name: str, operator: str, value: Value, setting: Setting) -> Q:
    if operator == "is_known":
        return moment_is_known(name)
    moment = moment_of(name, zone=setting.project.time_zone)
    span = span_of(operator, value, setting)
    return roughly_between(name, span.start, span.end) & is_true(moment, **span.lookups())


def _has_entry(name: str, entry: object) -> Q:
    """Lists hold texts and numbers; who writes 5 means either."""
    found = Q(fields__contains={name: [entry]})
    try:
        number = float(str(entry))
        return found | Q(fields__contains={name: [int(number) if number == int(number) else number]})
    except (ValueError, OverflowError):
        return found


def _as_list(value: Value) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _any_of(parts: Sequence[Q]) -> Q:
    return reduce(or_, parts)


def _channel(name: str, operator: str, value: Value, setting: Setting) -> Q:
    channel, _, metric = name.partition(".")
    kind = CHANNEL_KINDS[channel]
    if metric == "unsubscribed":
        told = Exists(Unsubscription.objects.filter(project=setting.project, kind=kind, user=OuterRef("pk")))
        return Q(told) if value else ~Q(told)
    everybodys = Address.objects.filter(project=setting.project, kind=kind).order_by()
    mine = everybodys.filter(user=OuterRef("pk"))
    if metric not in METRIC_FIELDS:
        active = mine.filter(status=AddressStatus.ACTIVE)
        present = Exists(active if metric == "present" else active.filter(provider=metric))
        return Q(present) if value else ~Q(present)
    column, _label, form = METRIC_FIELDS[metric]
    if form == "number":
        bounds = _bounds(operator, value)
        return _total_of_all(everybodys, column, bounds) if setting.whole else _total(mine, column, bounds)
    if operator == "is_known":
        return Q(Exists(mine.filter(**{f"{column}__isnull": False})))
    return _latest(mine, column, span_of(operator, value, setting), several=kind == AddressKind.PUSH)


def _latest(mine: QuerySet[Address], column: str, span: Span, *, several: bool) -> Q:
    """Whether the latest of the addresses' times lies in the span. Only push can have several addresses a person."""
    inside = Q(Exists(mine.filter(**span.lookups(column))))
    if several and span.end is not None:
        return inside & ~Q(Exists(mine.filter(**Span(start=span.end).lookups(column))))
    return inside


def _total(mine: QuerySet[Address], column: str, bounds: dict[str, Value]) -> Q:
    """Compare the sum over the person's addresses; nobody's sum is unknown, it is 0 without an address."""
    total = mine.values("user").annotate(total=Sum(column)).values("total")
    # As floats: a whole-number column would round 2.5 off.
    return is_true(Cast(Coalesce(Subquery(total), 0), FloatField()), **bounds)


def _total_of_all(everybodys: QuerySet[Address], column: str, bounds: dict[str, Value]) -> Q:
    """The same by adding up everybody's once rather than person by person."""
    sums = everybodys.values("user").annotate(total=Cast(Sum(column), FloatField()))
    fits = Q(**{f"total__{lookup}": bound for lookup, bound in bounds.items()})
    if all(HOLDS[lookup](0, bound) for lookup, bound in bounds.items()):
        return ~Q(pk__in=sums.exclude(fits).values("user"))  # with all who have no address
    return Q(pk__in=sums.filter(fits).values("user"))


def span_of(operator: str, value: Value, setting: Setting) -> Span:
    """The stretch of time that a date operator means; days begin at midnight in the project's time zone."""
    match operator:
        case "before":
            return Span(end=_midnight(value, setting))
        case "after":
            return Span(start=_midnight(value, setting, days=1))
        case "on":
            return Span(_midnight(value, setting), _midnight(value, setting, days=1))
        case "in_last_days":
            return Span(_days_away(-1, value, setting), setting.at + timedelta(microseconds=1))
        case "more_than_days_ago":
            return Span(end=_days_away(-1, value, setting))
        case "in_next_days":
            return Span(setting.at, _days_away(1, value, setting))
    raise AssertionError(f"No span for {operator}")


def _midnight(value: Value, setting: Setting, *, days: int = 0) -> datetime:
    day = date.fromisoformat(str(value)) + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=setting.zone)


def _days_away(sign: int, value: Value, setting: Setting) -> datetime:
    days = value if isinstance(value, int) else 0
    return setting.at + timedelta(days=sign * days)
