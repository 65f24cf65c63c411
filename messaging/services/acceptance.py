"""Acceptance: from a request to rows that survive any crash."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from messaging.models import Mailing, Message, MixEntry, Statistic
from messaging.queue import ring_transactional
from messaging.vocabulary import State
from projects.errors import InvalidInput
from templates.mix import draw
from users.models import Address, OmnichannelUser

Mix = Sequence[tuple[int, int]]
"""(version id, weight) of each template that may be drawn."""

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
    messages = Message.objects.bulk_create(
        [_message(mailing, user, each, order, version_id=draw(mix, _chance)) for each in destinations]
    )
    _count(mailing, messages)
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


def _count(mailing: Mailing, messages: Sequence[Message]) -> None:
    # The day must be the rows' own: created_at is the database's clock at the transaction's start.
    Statistic.objects.bulk_create(
        Statistic(
            mailing=mailing,
            version_id=message.version_id,
            day=_utc_day(message),
            audience=1,
            skipped=int(message.state == State.SKIPPED),
        )
        for message in messages
    )


def _utc_day(message: Message) -> Any:
    created: datetime = message.created_at
    return created.astimezone(UTC).date()
