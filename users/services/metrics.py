"""Product metrics of addresses, written in bulk by messaging in the transaction that moves its messages.

Rows are locked in the order of their ids, so that two batches with the same addresses wait and don't deadlock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from projects.statements import fetch

_SENT = """
WITH locked AS (SELECT id FROM users_address WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE)
UPDATE users_address a SET last_sent_at = statement_timestamp(), sent_count = sent_count + 1
FROM locked WHERE a.id = locked.id
"""

_REPORTED = """
WITH told AS (
    SELECT id, max(at) AS at, count(*) AS times FROM unnest(%s::bigint[], %s::timestamptz[]) AS t(id, at) GROUP BY id
), locked AS (
    SELECT a.id, told.at, told.times FROM users_address a JOIN told USING (id) ORDER BY a.id FOR NO KEY UPDATE OF a
)
UPDATE users_address a SET {changes} FROM locked WHERE a.id = locked.id
"""
_RETIRE = """
WITH locked AS (
    SELECT a.id, left(dead.reason, 255) AS reason
    FROM users_address a JOIN unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS dead(id, reason, since) USING (id)
    WHERE a.status = 'active' AND (dead.since IS NULL OR a.confirmed_at <= dead.since)
    ORDER BY a.id FOR NO KEY UPDATE OF a
)
UPDATE users_address a
SET status = 'retired', status_reason = locked.reason, status_changed_at = statement_timestamp()
FROM locked WHERE a.id = locked.id RETURNING a.id
"""
_DELIVERED = _REPORTED.format(changes="last_delivered_at = GREATEST(a.last_delivered_at, locked.at)")
_OPENED = _REPORTED.format(
    changes="last_opened_at = GREATEST(a.last_opened_at, locked.at), opened_count = a.opened_count + locked.times, "
    "last_delivered_at = GREATEST(a.last_delivered_at, locked.at)"
)
_CLICKED = _REPORTED.format(
    changes="last_clicked_at = GREATEST(a.last_clicked_at, locked.at), clicked_count = a.clicked_count + locked.times, "
    "last_delivered_at = GREATEST(a.last_delivered_at, locked.at)"
)


class DeadAddress(NamedTuple):
    """An address that its provider calls dead, since when (None: not told), and in which words."""

    address_id: int
    reason: str
    since: datetime | None


def record_sent(address_ids: Sequence[int]) -> None:
    """Each address was sent one more message, now."""
    if address_ids:
        fetch(_SENT, [list(address_ids)])


def record_delivered(reports: Sequence[tuple[int, datetime]]) -> None:
    """A message was delivered to each (address id, at)."""
    _report(_DELIVERED, reports)


def record_opened(reports: Sequence[tuple[int, datetime]]) -> None:
    """A message to each (address id, at) was opened, which implies that it was delivered."""
    _report(_OPENED, reports)


def record_clicked(reports: Sequence[tuple[int, datetime]]) -> None:
    """A message to each (address id, at) was clicked, which implies that it was delivered."""
    _report(_CLICKED, reports)


def retire_addresses(dead: Sequence[DeadAddress]) -> set[int]:
    """Stop using addresses that their provider calls dead. Returns the ids of those that were retired by this.

    One that the client confirmed after `since` is left alone: the app was installed again meanwhile.
    """
    if not dead:
        return set()
    return {row[0] for row in fetch(_RETIRE, [list(column) for column in zip(*dead, strict=True)])}


def _report(statement: str, reports: Sequence[tuple[int, datetime]]) -> None:
    fetch(statement, [[address for address, _ in reports], [at for _, at in reports]])
