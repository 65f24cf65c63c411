"""Reads of messages and their counters."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db.models import Q, Sum

from messaging.models import Message, Statistic
from messaging.vocabulary import COUNTERS, TESTS_TYPE_ID, EventKind, State


@dataclass(frozen=True, slots=True)
class Counters:
    """A mailing's ledger. audience = sent + failed + skipped + cancelled + in_doubt + expired + pending.

    `delivered`, `opened`, `clicked` and `undelivered` are parts of `sent`.
    """

    audience: int = 0
    sent: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    undelivered: int = 0
    failed: int = 0
    skipped: int = 0
    in_doubt: int = 0
    expired: int = 0
    cancelled: int = 0
    unsubscribed: int = 0
    complained: int = 0

    @property
    def done(self) -> int:
        """Messages that will not be handed over any more."""
        return self.sent + self.failed + self.skipped + self.cancelled + self.in_doubt + self.expired

    @property
    def pending(self) -> int:
        """Messages that wait or are in a worker's hands."""
        return self.audience - self.done


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of what happened to a message."""

    at: datetime
    title: str
    detail: str = ""


def counters_of(mailing_ids: Iterable[int]) -> dict[int, Counters]:
    """The counters of each mailing, in one query; a mailing without messages has zeros."""
    ids = list(mailing_ids)
    found = dict(_added_up("mailing_id", Q(mailing_id__in=ids)))
    return {each: found.get(each, Counters()) for each in ids}


def daily_counters(mailing_ids: Iterable[int], *, since: date) -> list[tuple[date, Counters]]:
    """The mailings' counters added up by day (UTC, the day on which messages were accepted), oldest first."""
    return _added_up("day", Q(mailing_id__in=list(mailing_ids), day__gte=since))


def counters_by_template(mailing_id: int) -> dict[int, Counters]:
    """A mailing's counters by template id, for comparing the variants of its mix."""
    return dict(_added_up("version__template_id", Q(mailing_id=mailing_id, version__isnull=False)))


def _added_up(column: str, which: Q) -> list[tuple[Any, Counters]]:
    sums = [Sum(name) for name in COUNTERS]
    rows = Statistic.objects.filter(which).order_by(column).values_list(column).annotate(*sums)
    return [(row[0], Counters(*row[1:])) for row in rows]


def timeline_of(message: Message) -> list[TimelineEntry]:
    """All that happened to a message, oldest first."""
    entries = [TimelineEntry(message.created_at, "Accepted", _origin(message))]
    # Before the events: a receipt that tells whole seconds was clamped to this very moment.
    if message.sent_at:
        entries.append(TimelineEntry(message.sent_at, "Handed over to the provider", message.provider_id))
    events = list(message.events.all())
    told = {event.kind for event in events}
    entries += [TimelineEntry(event.at, event.get_kind_display(), event.detail) for event in events]
    if message.delivered_at and not told & {State.DELIVERED, State.CLICKED}:
        entries.append(TimelineEntry(message.delivered_at, "Delivered"))
    entries.sort(key=lambda entry: entry.at)
    if message.state in (State.FAILED, State.SKIPPED, State.CANCELLED, State.EXPIRED):
        entries = _with_end(entries, TimelineEntry(entries[-1].at, State(message.state).label, message.reason))
    return entries


def _with_end(entries: list[TimelineEntry], end: TimelineEntry) -> list[TimelineEntry]:
    """The end takes the place of the note that told it when it happened; without one its time isn't known better."""
    note = EventKind.NOTE.label
    return [entry for entry in entries if (entry.title, entry.detail) != (note, end.detail)] + [end]


def _origin(message: Message) -> str:
    if message.category == "campaign":
        return "Enrolled by its campaign"
    if message.mailing.type_id == TESTS_TYPE_ID:
        return "As a test, from the panel"
    return f"Request {message.request_id}" if message.request_id else "By the API"


assert tuple(field.name for field in fields(Counters)) == COUNTERS  # noqa: S101  (a typing error here would be silent)
