"""Enrolment: a slice of an audience becomes message rows in one statement, without Python objects."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from channels_app.models import Sender
from messaging.models import Mailing
from messaging.services.acceptance import active_mix
from templates.models import Channel
from users.models import OmnichannelUser
from users.vocabulary import AddressKind

KINDS = {Channel.APP_PUSH: AddressKind.PUSH, Channel.SMS: AddressKind.PHONE, Channel.EMAIL: AddressKind.EMAIL}


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice did. `last_user_id` is the cursor for the next; `is_last` when the audience is through."""

    last_user_id: int
    users: int
    enrolled: int
    is_last: bool


# The draw: one random number a row, looked up in the mix's cumulative weights.
# A person whose addresses of this channel are all unusable gets a skipped row each, so that the feed can say why.
_ENROL = """
WITH slice(id) AS ({users}), enrolled AS (
    INSERT INTO messaging_message
        (project_id, mailing_id, sender_id, version_id, user_id, address_id, channel, category, state, reason,
         provider_id, request_id, attempts)
    SELECT %s, %s, s.sender_id, (%s::bigint[])[width_bucket(random() * %s, %s::float8[]) + 1], a.user_id, a.id,
           %s, 'campaign',
           CASE WHEN a.status <> 'active' OR a.reach < 3 OR s.sender_id IS NULL THEN 'skipped' ELSE 'queued' END,
           CASE WHEN a.status <> 'active' THEN 'The address is ' || replace(a.status, '_', ' ') || '.'
                WHEN a.reach < 3 THEN 'Unsubscribed from campaigns.'
                WHEN s.sender_id IS NULL THEN 'The project has no identifier for ' || a.provider || '.' ELSE '' END,
           '', '', 0
    FROM slice JOIN users_address a ON a.user_id = slice.id AND a.kind = %s
    LEFT JOIN unnest(%s::text[], %s::bigint[]) AS s(provider, sender_id) ON s.provider = a.provider
    WHERE (a.status = 'active' AND a.reach = 3) OR NOT EXISTS (
        SELECT 1 FROM users_address b
        WHERE b.user_id = a.user_id AND b.kind = a.kind AND b.status = 'active' AND b.reach = 3)
    ON CONFLICT (mailing_id, address_id) WHERE category = 'campaign' DO NOTHING
    RETURNING mailing_id, version_id, created_at, state
), counted AS (
    INSERT INTO messaging_statistic (mailing_id, version_id, day, audience, skipped)
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, count(*),
           count(*) FILTER (WHERE state = 'skipped')
    FROM enrolled GROUP BY 1, 2, 3
)
SELECT (SELECT max(id) FROM slice), (SELECT count(*) FROM slice), (SELECT count(*) FROM enrolled)
"""


def enrol_slice(mailing: Mailing, *, users: QuerySet[OmnichannelUser], after: int, limit: int) -> Slice:
    """Give the next `limit` users of `users` with an id above `after` their message rows.

    Call it in the transaction that saves the cursor. Nobody is enrolled twice, whatever is repeated: an address has
    one row a campaign. Raises InvalidInput when the mix has no active template.
    """
    part = users.filter(pk__gt=after).order_by("pk").values("pk")[:limit]
    users_sql, users_params = part.query.sql_with_params()
    mix = active_mix(mailing)
    bounds = [float(bound) for bound in accumulate(weight for _, weight in mix)]
    senders = senders_by_provider(mailing)
    channel = Channel(mailing.channel)
    values: list[Any] = [mailing.project_id, mailing.pk, [version for version, _ in mix], bounds[-1], bounds[:-1]]
    values += [channel, KINDS[channel], list(senders), list(senders.values())]
    with connection.cursor() as cursor:
        cursor.execute(_ENROL.format(users=users_sql), [*users_params, *values])
        last, seen, enrolled = cursor.fetchone()
    return Slice(last or after, seen, enrolled, is_last=seen < limit)


def senders_by_provider(mailing: Mailing) -> dict[str, int]:
    """Which sender serves which kind of address: {"fcm": …, "apns": …} for app push, {"": sender} for the others."""
    if mailing.channel != Channel.APP_PUSH:
        return {"": mailing.sender_id} if mailing.sender_id else {}
    identifiers = Sender.objects.filter(project_id=mailing.project_id, channel=mailing.channel)
    return dict(identifiers.values_list("provider", "pk"))
