"""Opens and clicks that came through our own links: a person's are counted once, a machine's kept and marked.

Visits are judged when it is certain that no more of the same moment come, so that nothing has to be taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from messaging.machines import AT_ONCE, at_once, is_too_soon
from messaging.models import Visit
from messaging.services.reports import Report, apply_reports
from messaging.vocabulary import EventKind, State

SOURCE = "link"
WORK_OFF = "work_off_visits"
BATCH, MOST = 5_000, 20_000
MOST_MACHINE_EVENTS = 20
"""Of each kind a message; a scanner that comes every hour fills no table."""

SETTLED = AT_ONCE + timedelta(milliseconds=500)
"""So long after the last visit to a message they are judged together, with half a second for those being written."""

LONGEST_WAIT = timedelta(seconds=30)
"""Visits that never stop are judged after this; those to a message that is being handed over wait as long for it."""

# One worker at a time: two would part visits that belong together.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('messaging_visit'))"
_MESSAGES = "SELECT id, project_id, state, sent_at FROM messaging_message WHERE id = ANY(%s)"
_KEEP = """
INSERT INTO messaging_messageevent (message_id, kind, at, source, detail)
SELECT v.message_id, v.kind, v.at, %(source)s, CASE WHEN m.address_id IS NULL THEN '' ELSE v.detail END
FROM (SELECT *, row_number() OVER (PARTITION BY message_id, kind ORDER BY at) AS number
      FROM unnest(%(messages)s::bigint[], %(kinds)s::text[], %(times)s::timestamptz[], %(details)s::text[])
           AS v(message_id, kind, at, detail)) v JOIN messaging_message m ON m.id = v.message_id
WHERE v.number + (SELECT count(*) FROM messaging_messageevent e WHERE e.message_id = v.message_id AND e.kind = v.kind)
      <= %(most)s
ORDER BY v.at
"""


@dataclass(frozen=True, slots=True)
class _Known:
    project_id: int
    state: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Judged:
    visit: Visit
    why: str
    """Why it was no person; "" where it may have been one."""


def work_off_visits(*, at: datetime | None = None) -> bool:
    """Judge and count what has settled by `at` (now); return whether more may be waiting.

    A visit goes with its result in one transaction: a worker that dies leaves both undone.
    """
    moment = at or now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ALONE)
            if not cursor.fetchone()[0]:
                return False
        waiting = _oldest()
        known = _messages({visit.message_id for visit in waiting})
        done: list[Visit] = []
        judged: list[_Judged] = []
        for message_id, visits in _by_message(waiting):
            message = known.get(message_id)
            if not _is_settled(visits, message, moment):
                continue
            done += visits
            if message:
                judged += _judge([visit for visit in visits if visit.project_id == message.project_id], message)
        _count([each.visit for each in judged if not each.why])
        _keep([each for each in judged if each.why])
        Visit.objects.filter(pk__in=[visit.pk for visit in done]).delete()
    return len(waiting) >= BATCH and bool(done)


def _oldest() -> list[Visit]:
    """The oldest visits, with all others to the same messages: parted, a scanner's would look like a person's."""
    oldest = Visit.objects.order_by("id").values_list("message_id", flat=True)[:BATCH]
    return list(Visit.objects.filter(message_id__in=set(oldest)).order_by("id")[:MOST])


def _messages(ids: Iterable[int]) -> dict[int, _Known]:
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [list(ids)])
        return {row[0]: _Known(*row[1:]) for row in cursor.fetchall()}


def _by_message(visits: Iterable[Visit]) -> list[tuple[int, list[Visit]]]:
    ordered = sorted(visits, key=attrgetter("message_id", "at", "pk"))
    return [(message_id, list(found)) for message_id, found in groupby(ordered, key=attrgetter("message_id"))]


def _is_settled(visits: Sequence[Visit], message: _Known | None, moment: datetime) -> bool:
    if moment - visits[0].at > LONGEST_WAIT:
        return True
    is_on_its_way = message is not None and message.state == State.SENDING
    return not is_on_its_way and moment - visits[-1].at > SETTLED


def _judge(visits: Sequence[Visit], message: _Known) -> list[_Judged]:
    """All visits to one message of one moment, in order."""
    clicks = [visit for visit in visits if visit.kind == EventKind.CLICKED]
    many = {clicks[number].pk for number in at_once([(click.at, click.place) for click in clicks])}
    return [_Judged(visit, _why(visit, message, is_one_of_many=visit.pk in many)) for visit in visits]


def _why(visit: Visit, message: _Known, *, is_one_of_many: bool) -> str:
    if visit.machine or visit.kind == EventKind.OPENED:
        return visit.machine
    if is_one_of_many:
        return "followed many links at once"
    # In doubt, a click is the proof that the message arrived; when it left, nobody knows.
    if message.state != State.IN_DOUBT and is_too_soon(visit.at, message.sent_at):
        return "came at once after sending"
    return ""


def _count(visits: Sequence[Visit]) -> None:
    in_time = sorted(visits, key=attrgetter("at"))
    for kind in (EventKind.OPENED, EventKind.CLICKED):
        apply_reports([
            Report(visit.message_id, State(kind.value), visit.at, SOURCE, note=visit.detail)
            for visit in in_time
            if visit.kind == kind
        ])  # fmt: skip


def _keep(judged: Sequence[_Judged]) -> None:
    if not judged:
        return
    kinds = {EventKind.OPENED: EventKind.MACHINE_OPENED, EventKind.CLICKED: EventKind.MACHINE_CLICKED}
    values: dict[str, Any] = {
        "messages": [each.visit.message_id for each in judged],
        "kinds": [kinds[EventKind(each.visit.kind)].value for each in judged],
        "times": [each.visit.at for each in judged],
        "details": [_told(each) for each in judged],
        "source": SOURCE,
        "most": MOST_MACHINE_EVENTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)


def _told(judged: _Judged) -> str:
    visit = judged.visit
    return f"{judged.why}: {visit.detail}"[:500] if visit.kind == EventKind.CLICKED else judged.why
