"""Acceptance: from a request to rows that survive any crash."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from messaging.models import Mailing, Message, MixEntry
from messaging.queue import ring_transactional
from messaging.vocabulary import State
from projects.errors import InvalidInput
from projects.statements import fetch
from templates.mix import draw
from users.models import Address, OmnichannelUser

Mix = Sequence[tuple[int, int]]
"""(version id, weight) of each template that may be drawn."""

# The rows and their counters. The day is the rows' own: the database's clock at the transaction's start.
_STORE = """
WITH stored AS (
    INSERT INTO messaging_message (project_id, mailing_id, user_id, channel, category, data, meta, request_id,
                                   sender_id, version_id, address_id, state, reason, provider_id, attempts)
    SELECT %(project)s, %(mailing)s, %(user)s, %(channel)s, %(category)s, %(data)s::jsonb, %(meta)s::jsonb,
           %(request_id)s, told.sender_id, told.version_id, told.address_id, told.state, told.reason, '', 0
    FROM unnest(%(senders)s::bigint[], %(versions)s::bigint[], %(addresses)s::bigint[], %(states)s::text[],
                %(reasons)s::text[]) WITH ORDINALITY AS told(sender_id, version_id, address_id, state, reason, place)
    ORDER BY told.place
    RETURNING id, mailing_id, version_id, state, created_at
), counted AS (
    INSERT INTO messaging_statistic (mailing_id, version_id, day, audience, skipped)
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, count(*),
           count(*) FILTER (WHERE state = 'skipped')
    FROM stored GROUP BY 1, 2, 3
)
SELECT id, created_at FROM stored ORDER BY id
"""

_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Order:
    """What a request asks for, beyond whom: template variables, an echo for webhooks, and its trace."""

    data: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address with the sender that can reach it, or the reason why the message is skipped."""

    address: Address | None
    sender_id: int | None = None
    skip_reason: str = ""


def accept_messages(
    mailing: Mailing, *, mix: Mix, user: OmnichannelUser, destinations: Sequence[Destination], order: Order
) -> list[Message]:
    """Store one message a destination, each with a version drawn from `mix`, and ring for the queued ones.

    Call it within a transaction: users, messages and counters are kept together or not at all.
    """
    messages = [_message(mailing, user, each, order, version_id=draw(mix, _chance)) for each in destinations]
    _store(mailing, messages)
    for sender_id in {message.sender_id for message in messages if message.sender_id and message.state == State.QUEUED}:
        ring_transactional(sender_id)
    return messages


def active_mix(mailing: Mailing) -> Mix:
    """The mix as (current version, weight) of each template that isn't archived. Raises InvalidInput if empty."""
    entries = MixEntry.objects.filter(mailing=mailing, template__archived_at__isnull=True, weight__gt=0)
    mix = list(entries.order_by("id").values_list("template__current_id", "weight"))
    if not mix:
        raise InvalidInput({"type_id": "This type has no active template."})
    return mix


def _message(
    mailing: Mailing, user: OmnichannelUser, destination: Destination, order: Order, *, version_id: int
) -> Message:
    return Message(
        project_id=mailing.project_id,
        mailing=mailing,
        sender_id=destination.sender_id,
        version_id=version_id,
        user=user,
        address=destination.address,
        channel=mailing.channel,
        category=mailing.category,
        state=State.SKIPPED if destination.skip_reason else State.QUEUED,
        reason=destination.skip_reason,
        data=order.data or None,
        meta=order.meta or None,
        request_id=order.request_id[:64],
    )


def _store(mailing: Mailing, messages: Sequence[Message]) -> None:
    values: dict[str, Any] = {
        "mailing": mailing.pk,
        "project": mailing.project_id,
        "user": messages[0].user_id,
        "channel": mailing.channel,
        "category": mailing.category,
        "data": _json(messages[0].data),
        "meta": _json(messages[0].meta),
        "request_id": messages[0].request_id,
        "senders": [message.sender_id for message in messages],
        "versions": [message.version_id for message in messages],
        "addresses": [message.address_id for message in messages],
        "states": [message.state for message in messages],
        "reasons": [message.reason for message in messages],
    }
    for message, row in zip(messages, fetch(_STORE, values), strict=True):
        message.pk, message.created_at = row
        message._state.adding = False  # noqa: SLF001  (what bulk_create does, too)


def _json(document: dict[str, Any] | None) -> str | None:
    return None if document is None else json.dumps(document)
