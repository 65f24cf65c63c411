"""Claims: rows go from `queued` to `sending` under a lease, and back when a worker dies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import connection

LEASE = timedelta(seconds=settings.LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class Work:
    """What one turn is about: a sender's messages to single people, or those of one campaign's mailing."""

    sender_id: int
    mailing_id: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in the hands of this worker, with all that rendering and handing over need.

    `address` is None where the address or the person is gone; `address_user_id` differs from `user_id` where a
    device was handed over to somebody else meanwhile. `reach` says which categories the person still gets there,
    `is_type_off` that they don't want this type; `time_zone` is IANA, "" where the user has none.
    """

    id: int
    mailing_id: int
    version_id: int
    user_id: int
    address_id: int
    attempts: int
    created_at: datetime
    data: dict[str, Any]
    category: str
    address: str | None
    address_status: str | None
    address_user_id: int | None
    reach: int | None
    is_type_off: bool
    time_zone: str | None
    fields: dict[str, Any]
    profile: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows under one lease. Only `lease` may record their outcomes."""

    lease: UUID
    messages: list[Claimed]


_PROFILE = (
    *("client_user_id", "name", "gender", "language", "country", "city", "platform_id", "vip", "age", "photo", "ak"),
    *("channel_id", "subchannel_id"),
)

# The inner SELECT walks a partial index of queued rows; SKIP LOCKED keeps workers out of each other's way. A lease's
# term begins when its rows are written, so that a statement that takes long doesn't use it up.
_CLAIM = """
WITH due AS (
    SELECT m.id FROM messaging_message m JOIN messaging_mailing g ON g.id = m.mailing_id
    WHERE m.state = 'queued' AND m.sender_id = %(sender)s AND {lane} AND g.is_open
          AND m.due_at <= statement_timestamp()
    ORDER BY m.due_at LIMIT %(limit)s
    FOR UPDATE OF m SKIP LOCKED
), claimed AS (
    UPDATE messaging_message m
    SET state = 'sending', lease = %(lease)s, lease_until = clock_timestamp() + %(term)s, attempts = attempts + 1
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.mailing_id, m.version_id, m.user_id, m.address_id, m.attempts, m.created_at, m.data, m.category
)
SELECT c.*, a.value, a.status, a.user_id, a.reach, {type_off}, u.time_zone, u.fields, {profile}
FROM claimed c
LEFT JOIN users_address a ON a.id = c.address_id
LEFT JOIN users_omnichanneluser u ON u.id = c.user_id
"""
_PROFILE_SQL = ", ".join(f"u.{column}" for column in _PROFILE)
# Whoever doesn't want a type; campaigns have none, so they don't ask.
_TYPE_OFF = """c.category = 'trigger' AND EXISTS (
    SELECT FROM users_typeunsubscription t JOIN messaging_mailing g ON g.type_id = t.type_id
    WHERE t.user_id = c.user_id AND g.id = c.mailing_id AND t.kind = a.kind)"""
_CLAIM_TO_ONE = _CLAIM.format(lane="m.category <> 'campaign'", type_off=_TYPE_OFF, profile=_PROFILE_SQL)
_CLAIM_TO_MANY = _CLAIM.format(
    lane="m.category = 'campaign' AND m.mailing_id = %(mailing)s", type_off="false", profile=_PROFILE_SQL
)


def claim(work: Work, *, limit: int) -> Claim:
    """Take up to `limit` due messages of `work`, oldest first. Committed at once: no row stays locked."""
    lease = uuid4()
    values: dict[str, Any] = {
        "sender": work.sender_id,
        "mailing": work.mailing_id,
        "limit": limit,
        "lease": lease,
        "term": LEASE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_TO_ONE if work.mailing_id is None else _CLAIM_TO_MANY, values)
        return Claim(lease, [_claimed(row) for row in cursor.fetchall()])


# A row that is locked is being recorded at this moment and needs its lease no longer. To wait for it could be a
# deadlock: recording locks the same rows in another order.
# The rows are found once, whatever the planner believes: a join could lock all of them anew for each.
_EXTEND = """
UPDATE messaging_message SET lease_until = clock_timestamp() + make_interval(secs => %(term)s)
WHERE id = ANY(ARRAY(
    SELECT id FROM messaging_message WHERE lease = %(lease)s AND state = 'sending' FOR UPDATE SKIP LOCKED))
"""


def extend(lease: UUID) -> None:
    """The worker that holds `lease` is alive and still busy with it."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTEND, {"lease": lease, "term": LEASE.total_seconds()})


def _claimed(row: tuple[Any, ...]) -> Claimed:
    data = orjson.loads(row[7]) if row[7] else {}
    fields = orjson.loads(row[15]) if row[15] else {}
    # What a person left empty is missing, and the message's page will say so.
    profile = {name: value for name, value in zip(_PROFILE, row[16:], strict=True) if value not in ("", None)}
    values = (*row[:7], data, *row[8:15], fields, profile)
    return Claimed(*values)
