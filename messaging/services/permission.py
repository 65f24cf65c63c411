"""Who of a claim may get the message now: consent, quiet hours, frequency caps. The last look before rendering."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from channels_app.models import Sender
from messaging.permission import why_not
from messaging.quiet_hours import end_of_quiet, start_of_day
from messaging.services.claims import Claimed
from messaging.services.outcomes import Recorded
from messaging.vocabulary import Category, EventKind, State
from projects.models import Project

# Another campaign's message to the same person is in a worker's hands: its outcome decides, so this one looks again.
SHORTEST_LOOK, LONGEST_LOOK = 2.0, 6.0


@dataclass(frozen=True, slots=True)
class Sorted:
    """`usable` go on; `stopped` are recorded as they are: skipped for good, or queued again for later."""

    usable: list[Claimed]
    stopped: list[Recorded]


def sort_out(sender: Sender, messages: Sequence[Claimed]) -> Sorted:
    """Part a claim by what holds at this moment; addresses, consent and clocks change between accepting and sending."""
    stopped = {message.id: _skipped(message, reason) for message in messages if (reason := _refusal(message))}
    waiting = [message for message in messages if message.id not in stopped]
    stopped |= _quiet(sender.project, waiting)
    stopped |= _capped(sender, [message for message in waiting if message.id not in stopped])
    usable = [message for message in messages if message.id not in stopped]
    return Sorted(usable, list(stopped.values()))


def _refusal(message: Claimed) -> str:
    if message.address is None or message.address_status is None or message.reach is None:
        return "The address was erased."
    if message.address_user_id != message.user_id:
        return "The device was handed over to another user."
    return why_not(
        message.category, status=message.address_status, reach=message.reach, is_type_off=message.is_type_off
    )


def _quiet(project: Project, messages: Iterable[Claimed]) -> dict[int, Recorded]:
    """Campaigns and triggers wait for the end of the person's quiet hours. System messages never do."""
    if project.quiet_from is None or project.quiet_until is None:
        return {}
    now, ends = datetime.now(UTC), dict[str, datetime | None]()
    found = {}
    for message in messages:
        if message.category == Category.SYSTEM:
            continue
        zone = message.time_zone or project.time_zone
        if zone not in ends:
            ends[zone] = end_of_quiet(now, zone, start=project.quiet_from, end=project.quiet_until)
        if end := ends[zone]:
            reason = f"Waits: quiet hours until {project.quiet_until:%H:%M} ({zone})."
            found[message.id] = _later(message, reason, delay=end - now)
    return found


# What each person got of other campaigns on this channel since their midnight, and since that six days before;
# the same for what is being sent at this moment. By the index message_of_user.
_GOT = """
SELECT w.id, count(DISTINCT o.mailing_id) FILTER (WHERE o.sent_at >= w.day),
       count(DISTINCT o.mailing_id) FILTER (WHERE o.sent_at IS NOT NULL),
       count(DISTINCT o.mailing_id) FILTER (WHERE o.state = 'sending')
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
     AS w(id, user_id, mailing_id, day, week)
JOIN messaging_message o ON o.user_id = w.user_id AND o.mailing_id <> w.mailing_id AND o.category = 'campaign'
     AND o.channel = %s AND (o.sent_at >= w.week OR o.state = 'sending')
GROUP BY w.id
"""


def _capped(sender: Sender, messages: Sequence[Claimed]) -> dict[int, Recorded]:
    """Skip campaign messages beyond the project's caps; a campaign counts once a person, however many devices.

    Two campaigns may look at the same instant: each claim is committed before it looks, so at least one sees the
    other `sending`, and looks again when that one is decided.
    """
    project = sender.project
    per_day, per_week = project.cap_per_day, project.cap_per_week
    asked = [message for message in messages if message.category == Category.CAMPAIGN]
    if not asked or (per_day is None and per_week is None):
        return {}
    found = {}
    got = _got(sender, asked)
    for message in asked:
        day, week, sending = got.get(message.id, (0, 0, 0))
        if reason := _over_cap(project, day, week):
            found[message.id] = _skipped(message, reason)
        elif sending and _over_cap(project, day + sending, week + sending):
            delay = timedelta(seconds=random.uniform(SHORTEST_LOOK, LONGEST_LOOK))  # noqa: S311  (spreads second looks)
            found[message.id] = _later(message, "Waits: another campaign is on its way to this person.", delay=delay)
    return found


def _got(sender: Sender, messages: Sequence[Claimed]) -> dict[int, tuple[int, int, int]]:
    now, days = datetime.now(UTC), dict[str, datetime]()
    zones = [message.time_zone or sender.project.time_zone for message in messages]
    for zone in set(zones):
        days[zone] = start_of_day(now, zone)
    columns: list[list[int] | list[datetime]] = [
        [message.id for message in messages],
        [message.user_id for message in messages],
        [message.mailing_id for message in messages],
        [days[zone] for zone in zones],
        [days[zone] - timedelta(days=6) for zone in zones],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_GOT, [*columns, sender.channel])
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _over_cap(project: Project, day: int, week: int) -> str:
    if project.cap_per_day is not None and day >= project.cap_per_day:
        return f"Frequency cap: {project.cap_per_day} a day."
    if project.cap_per_week is not None and week >= project.cap_per_week:
        return f"Frequency cap: {project.cap_per_week} in seven days."
    return ""


def _skipped(message: Claimed, reason: str) -> Recorded:
    return Recorded(message.id, message.address_id, State.SKIPPED, reason=reason, event=EventKind.NOTE)


def _later(message: Claimed, reason: str, *, delay: timedelta) -> Recorded:
    return Recorded(message.id, message.address_id, State.QUEUED, reason=reason, delay=delay, spent=False)
