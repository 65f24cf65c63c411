"""Recording: what became of claimed messages, in one statement a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from messaging.models import MessageEvent
from messaging.services.statistics import COUNT_RECORDED
from messaging.services.told import tell_of_states
from messaging.vocabulary import EventKind, State
from users.services.metrics import record_sent


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome of one message as it is to be written.

    `state` is sent, queued (again, after `delay`), failed, skipped, in_doubt or expired. `content` is the text as it
    was (or would have been) sent, None where there is none. `spent` is False where the try must not count.
    """

    message_id: int
    address_id: int
    state: State
    reason: str = ""
    provider_id: str = ""
    content: dict[str, Any] | None = None
    missing: tuple[str, ...] = ()
    delay: timedelta = timedelta()
    spent: bool = True
    event: EventKind | None = None


# A device may report before we get here, or before a later try fails: its time is on the row already, and the state
# takes it up. A row without an address is an erased person's (services/erasure.py): neither its text nor what
# the provider said is kept.
_RECORD = f"""
WITH o AS (
    SELECT * FROM json_to_recordset(%(rows)s::json)
           AS o(id bigint, state text, reason text, provider_id text, content jsonb, missing jsonb, delay float8,
                spent boolean)
), moved AS (
    UPDATE messaging_message m SET
        state = CASE WHEN m.clicked_at IS NOT NULL THEN 'clicked'
                     WHEN m.opened_at IS NOT NULL THEN 'opened'
                     WHEN m.delivered_at IS NOT NULL THEN 'delivered'
                     ELSE o.state END,
        sent_at = CASE WHEN o.state = 'sent' THEN statement_timestamp() ELSE m.delivered_at END,
        reason = CASE WHEN m.delivered_at IS NULL AND (m.address_id IS NOT NULL OR o.state = 'skipped')
                      THEN o.reason ELSE '' END, provider_id = o.provider_id,
        content = CASE WHEN m.address_id IS NOT NULL THEN COALESCE(o.content, m.content) END,
        missing = CASE WHEN m.address_id IS NOT NULL THEN COALESCE(o.missing, m.missing) END,
        due_at = statement_timestamp() + make_interval(secs => o.delay), attempts = m.attempts - (NOT o.spent)::int,
        lease = NULL, lease_until = NULL
    FROM o WHERE m.id = o.id AND m.lease = %(lease)s
    RETURNING m.id, m.project_id, m.mailing_id, m.version_id, m.created_at, m.state, m.sent_at, m.address_id
), counted AS ({COUNT_RECORDED})
SELECT id, project_id, address_id IS NULL FROM moved
"""


def record(lease: UUID, outcomes: Sequence[Recorded]) -> set[int]:
    """Write the outcomes of messages that `lease` still holds; return their ids.

    A row whose lease has ended belongs to the repair job and is left alone. Counters, addresses' metrics,
    timeline events and what webhooks are told are written in the same transaction.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, {"lease": lease, "rows": orjson.dumps(list(map(_row, outcomes))).decode()})
            rows = cursor.fetchall()
        ours = {row[0]: row[1] for row in rows}  # id → project id
        forgotten = {row[0] for row in rows if row[2]}
        record_sent([each.address_id for each in outcomes if each.state == State.SENT and each.message_id in ours])
        MessageEvent.objects.bulk_create(
            MessageEvent(
                message_id=each.message_id,
                kind=each.event,
                source="worker",
                detail="" if each.message_id in forgotten else each.reason[:500],
            )
            for each in outcomes
            if each.event and each.message_id in ours
        )
        tell_of_states(
            (each.message_id, ours[each.message_id], each.state) for each in outcomes if each.message_id in ours
        )
    return set(ours)


def _row(outcome: Recorded) -> dict[str, object]:
    # One JSON text instead of eight arrays: a tenth of the time to write it, as measured with 2,000 rows.
    return {
        "id": outcome.message_id,
        "state": outcome.state,
        "reason": outcome.reason[:500],
        "provider_id": outcome.provider_id[:255],
        "content": outcome.content,
        "missing": outcome.missing or None,
        "delay": outcome.delay.total_seconds(),
        "spent": outcome.spent,
    }
