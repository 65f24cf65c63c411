"""Statistics over many mailings: which fared how, and day by day. Read from the counters, never from messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from messaging.models import Mailing, Statistic
from messaging.selectors import Counters
from messaging.vocabulary import COUNTERS

MOST_MAILINGS = 500
SUMS = {name: Sum(name) for name in COUNTERS}


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked for: days (UTC, both included), and bounds. `projects` None stands for all."""

    since: date
    until: date
    projects: Sequence[int] | None = None
    channel: str = ""


def by_mailing(period: Period) -> list[tuple[Mailing, Counters]]:
    """Types and campaigns with their counters, the most sent first; up to 500. Two queries."""
    rows = _rows(period).values("mailing_id").annotate(**SUMS).order_by("-sent", "-mailing_id")[:MOST_MAILINGS]
    counted = {row["mailing_id"]: _counters(row) for row in rows}
    mailings = Mailing.objects.select_related("project").in_bulk(list(counted))
    return [(mailings[pk], counters) for pk, counters in counted.items()]


def by_day(period: Period) -> list[tuple[date, Counters]]:
    """The days on which something was accepted, oldest first. One query."""
    return [(row["day"], _counters(row)) for row in _rows(period).values("day").annotate(**SUMS).order_by("day")]


def _rows(period: Period) -> QuerySet[Statistic]:
    wanted = Q(day__gte=period.since, day__lte=period.until)
    if period.projects is not None:
        wanted &= Q(mailing__project__in=list(period.projects))
    if period.channel:
        wanted &= Q(mailing__channel=period.channel)
    return Statistic.objects.filter(wanted)


def _counters(row: Mapping[str, Any]) -> Counters:
    return Counters(**{name: row[name] for name in COUNTERS})
