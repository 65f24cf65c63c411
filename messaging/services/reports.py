"""Reports: what devices and providers say happened to a message, moved along messaging/lifecycle.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from messaging.lifecycle import MOVES
from messaging.models import MessageEvent
from messaging.services.told import KIND_OF_REPORT, LOST, tell_of_messages
from messaging.vocabulary import EventKind, State
from projects.statements import fetch
from users.services.metrics import record_clicked, record_delivered, record_opened


@dataclass(frozen=True, slots=True)
class Report:
    """A message was `delivered`, `opened` or `clicked` at `at` (already clamped), said `source`; `note` says more."""

    message_id: int
    kind: State
    at: datetime
    source: str
    note: str = ""


# The time goes on the row of whatever was tried; the state moves only where MOVES allows. `first_*` tells what is news.
# Of somebody who was forgotten (no address: services/erasure.py) no words are kept.
_APPLY = """
WITH r AS (
    SELECT * FROM unnest(%(id)s::bigint[], %(at)s::timestamptz[], %(source)s::text[], %(note)s::text[])
        AS r(id, at, source, note)
), old AS (
    SELECT m.id, m.state, m.delivered_at, m.opened_at, m.clicked_at, m.sent_at, r.at
    FROM messaging_message m JOIN r ON r.id = m.id
    WHERE m.{column} IS NULL AND m.state NOT IN ('skipped', 'failed', 'undelivered', 'cancelled', 'expired')
          AND NOT (m.state = 'queued' AND m.attempts = 0)
    ORDER BY m.id FOR NO KEY UPDATE OF m
), moved AS (
    UPDATE messaging_message m SET
        {sets}delivered_at = COALESCE(m.delivered_at, GREATEST(old.at, COALESCE(m.sent_at, m.created_at))),
        sent_at = CASE WHEN m.state = 'in_doubt' THEN COALESCE(m.sent_at, GREATEST(old.at, m.created_at))
                       ELSE m.sent_at END,
        state = CASE WHEN m.state = ANY(%(from)s) THEN %(to)s ELSE m.state END,
        reason = CASE WHEN m.state = 'in_doubt' THEN '' ELSE m.reason END
    FROM old WHERE m.id = old.id
    RETURNING m.id, m.mailing_id, m.version_id, m.created_at, m.address_id, m.{column} AS at,
              old.delivered_at IS NULL AS first_delivered, old.state = 'in_doubt' AS was_in_doubt,
              m.opened_at IS NOT NULL AND old.opened_at IS NULL AS first_opened
), counted AS (
    INSERT INTO messaging_statistic (mailing_id, version_id, day, sent, in_doubt, delivered, opened, clicked)
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE was_in_doubt),
           -count(*) FILTER (WHERE was_in_doubt), count(*) FILTER (WHERE first_delivered),
           count(*) FILTER (WHERE first_opened), {clicked}
    FROM moved GROUP BY 1, 2, 3
), told AS (
    INSERT INTO messaging_messageevent (message_id, kind, at, source, detail)
    SELECT moved.id, %(to)s, moved.at, r.source, CASE WHEN moved.address_id IS NULL THEN '' ELSE r.note END
    FROM moved JOIN r USING (id) ORDER BY moved.at
)
SELECT id, address_id, at, first_opened FROM moved
"""
_NOT_BEFORE_SENDING = "GREATEST(old.at, COALESCE(m.sent_at, m.created_at))"
_OPENED = f"opened_at = COALESCE(m.opened_at, {_NOT_BEFORE_SENDING}), "
# Who follows a link of an e-mail has opened it, images or not: so clicks never outnumber opens.
_CLICKED = (
    f"clicked_at = {_NOT_BEFORE_SENDING}, "
    f"opened_at = CASE WHEN m.channel = 'email' THEN COALESCE(m.opened_at, {_NOT_BEFORE_SENDING}) END, "
)
_APPLY_FOR = {
    State.DELIVERED: _APPLY.format(column="delivered_at", sets="", clicked="0"),
    State.OPENED: _APPLY.format(column="opened_at", sets=_OPENED, clicked="0"),
    State.CLICKED: _APPLY.format(column="clicked_at", sets=_CLICKED, clicked="count(*)"),
}
_KEEP = {State.DELIVERED: record_delivered, State.OPENED: record_opened, State.CLICKED: record_clicked}


def apply_reports(reports: Sequence[Report]) -> set[int]:
    """Apply reports of one kind; return the numbers of the messages to which it was news. A repeat changes nothing.

    An open and a click imply delivery; a click in an e-mail implies that it was opened.
    """
    if not reports:
        return set()
    kind = reports[0].kind
    first = {report.message_id: report for report in reversed(reports)}
    values: dict[str, Any] = {
        "id": list(first),
        "at": [report.at for report in first.values()],
        "source": [report.source for report in first.values()],
        "note": [report.note for report in first.values()],
        "from": [state.value for state in MOVES[kind]],
        "to": kind.value,
    }
    with transaction.atomic():
        news = fetch(_APPLY_FOR[kind], values)
        _keep_metrics(kind, news)
        tell_of_messages(KIND_OF_REPORT[kind], [row[0] for row in news])
    return {row[0] for row in news}


def _keep_metrics(kind: State, news: Sequence[tuple[int, int, datetime, bool]]) -> None:
    if news:
        _KEEP[kind]([(address_id, at) for _, address_id, at, _ in news])
    if kind == State.CLICKED and (opened := [(address_id, at) for _, address_id, at, is_first in news if is_first]):
        record_opened(opened)


_UNDELIVERED = """
WITH moved AS (
    UPDATE messaging_message m SET state = 'undelivered', reason = CASE WHEN m.address_id IS NULL THEN '' ELSE %s END,
        sent_at = COALESCE(m.sent_at, statement_timestamp())
    FROM (SELECT id, state FROM messaging_message WHERE id = %s FOR NO KEY UPDATE) old
    WHERE m.id = old.id AND old.state = ANY(%s)
    RETURNING m.id, m.mailing_id, m.version_id, m.created_at, m.reason, old.state AS was
), counted AS (
    INSERT INTO messaging_statistic (mailing_id, version_id, day, undelivered, sent, in_doubt)
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, 1, (was = 'in_doubt')::int,
           -(was = 'in_doubt')::int FROM moved
)
SELECT reason FROM moved
"""


def apply_undelivered(message_id: int, *, reason: str, source: str) -> bool:
    """The provider could not deliver the message after all. Returns whether that was news."""
    states = [state.value for state in MOVES[State.UNDELIVERED]]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_UNDELIVERED, [reason[:500], message_id, states])
            moved = cursor.fetchone()
        if moved:
            MessageEvent.objects.create(
                message_id=message_id, kind=EventKind.UNDELIVERED, source=source, detail=moved[0]
            )
            tell_of_messages(LOST, [message_id])
    return moved is not None
