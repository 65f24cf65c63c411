"""Tracking: deliveries and clicks that the customer's app reports."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.timezone import now

from messaging.services.reports import Report, apply_reports
from messaging.track_events import TrackEvent
from messaging.vocabulary import State
from projects.errors import DomainError, InvalidInput, NotFound
from projects.statements import fetch

_PUSHES = """
SELECT m.id, m.project_id, u.client_user_id, m.created_at
FROM messaging_message m LEFT JOIN users_omnichanneluser u ON u.id = m.user_id
WHERE m.id = ANY(%s::bigint[]) AND m.channel = 'app_push'
"""


def track(kind: State, events: Sequence[TrackEvent]) -> list[DomainError | None]:
    """Apply `kind` (delivered or clicked) to each event's push; one answer an event, in order: None, or why not.

    Good events are kept whatever stands beside them. A second report of the same changes nothing. A time before the
    message, or in the future, is clamped and the timeline says so.
    """
    found = {row[0]: row[1:] for row in fetch(_PUSHES, [list({event.message_id for event in events})])}
    answers = [_why_not(event, found.get(event.message_id)) for event in events]
    accepted = [event for event, error in zip(events, answers, strict=True) if error is None]
    apply_reports([_report(kind, event, found[event.message_id][2]) for event in accepted])
    return answers


def _why_not(event: TrackEvent, message: tuple[int, str | None, datetime] | None) -> DomainError | None:
    if message is None or message[0] != event.project_id:
        return NotFound("Message not found")
    if event.client_user_id and event.client_user_id != message[1]:
        return InvalidInput({"client_user_id": "This message was sent to another user."})
    return None


def _report(kind: State, event: TrackEvent, created_at: datetime) -> Report:
    told = event.at or now()
    at = min(max(told, created_at), now())
    note = "" if at == told else f"The app said {told.isoformat(timespec='seconds')}."
    return Report(event.message_id, kind, at, source="api", note=note)
