"""Product metrics of addresses, written in bulk by messaging in the transaction that moves its messages.

Rows are locked in the order of their ids, so that two batches with the same addresses wait and don't deadlock.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models.functions import Now

from users.models import Address
from users.vocabulary import AddressStatus

_SENT = """
WITH locked AS (SELECT id FROM users_address WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
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
_DELIVERED = _REPORTED.format(changes="last_delivered_at = GREATEST(a.last_delivered_at, locked.at)")
_CLICKED = _REPORTED.format(
    changes="last_clicked_at = GREATEST(a.last_clicked_at, locked.at), clicked_count = a.clicked_count + locked.times, "
    "last_delivered_at = GREATEST(a.last_delivered_at, locked.at)"
)


def record_sent(address_ids: Sequence[int]) -> None:
    """Each address was sent one more message, now."""
    if address_ids:
        with connection.cursor() as cursor:
            cursor.execute(_SENT, [list(address_ids)])


def record_delivered(reports: Sequence[tuple[int, datetime]]) -> None:
    """A message was delivered to each (address id, at)."""
    _report(_DELIVERED, reports)


def record_clicked(reports: Sequence[tuple[int, datetime]]) -> None:
    """A message to each (address id, at) was clicked, which implies that it was delivered."""
    _report(_CLICKED, reports)


def retire_address(address_id: int, *, reason: str, dead_since: datetime | None) -> bool:
    """Stop using an address that its provider calls dead. Returns whether it was retired.

    One that the client confirmed after `dead_since` is left alone: the app was installed again meanwhile.
    """
    addresses = Address.objects.filter(pk=address_id, status=AddressStatus.ACTIVE)
    if dead_since is not None:
        addresses = addresses.filter(confirmed_at__lte=dead_since)
    return bool(addresses.update(status=AddressStatus.RETIRED, status_reason=reason[:255], status_changed_at=Now()))


def _report(statement: str, reports: Sequence[tuple[int, datetime]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [[address for address, _ in reports], [at for _, at in reports]])
