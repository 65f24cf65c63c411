"""Opting out by a message: the person's consent, the message's own row, and the counters, all at once."""

from typing import Any

from django.db import connection, transaction

from messaging.models import Message, MessageEvent
from messaging.services.told import tell_opt_out
from messaging.vocabulary import EventKind
from users.consent_sources import Source
from users.models import Address, OmnichannelUser
from users.services.consent import suppress, unsubscribe
from users.vocabulary import AddressKind

# Bound to the address, whosever it becomes; all other unsubscriptions are the person's.
OF_THE_ADDRESS = (Source.FBL, Source.SMS_STOP)

_MARK = """
WITH moved AS (
    UPDATE messaging_message SET {column} = statement_timestamp() WHERE id = %s AND {column} IS NULL
    RETURNING id, mailing_id, version_id, created_at
), counted AS (
    INSERT INTO messaging_statistic (mailing_id, version_id, day, {counter})
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, 1 FROM moved
)
SELECT id FROM moved
"""
_UNSUBSCRIBED = _MARK.format(column="unsubscribed_at", counter="unsubscribed")
_COMPLAINED = _MARK.format(column="complained_at", counter="complained")


def opt_out(
    message: Message | None, user: OmnichannelUser, *, kind: AddressKind, source: int, actor: str, note: str = ""
) -> bool:
    """Unsubscribe the user from a channel, by the message that led to it (None: by none that is known).

    The message is marked and counted once, as a complaint (source FBL) or as an unsubscription. A complaint and a STOP
    also suppress the address itself. Returns whether the consent changed.
    """
    with transaction.atomic():
        changed = unsubscribe(user, kind=kind, source=source, actor=actor, message=note)
        if source in OF_THE_ADDRESS:
            _suppress(message, user, kind=kind, source=source, note=note)
        is_news = message is not None and mark(message, is_complaint=source == Source.FBL, source=actor, note=note)
        if changed or is_news:
            tell_opt_out(message, user, kind=kind, source=source)
    return changed


def mark(message: Message, *, is_complaint: bool, source: str, note: str = "") -> bool:
    """Write on the message that it led to a complaint or an unsubscription; returns whether that was news."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COMPLAINED if is_complaint else _UNSUBSCRIBED, [message.pk])
        if cursor.fetchone() is None:
            return False
        kind = EventKind.COMPLAINED if is_complaint else EventKind.UNSUBSCRIBED
        MessageEvent.objects.create(message=message, kind=kind, source=source[:32], detail=note[:500])
    return True


def _suppress(message: Message | None, user: OmnichannelUser, *, kind: AddressKind, source: int, note: str) -> None:
    addresses: Any = Address.objects.filter(user=user, kind=kind)
    if message and message.address_id:
        # The one that was written to, which the person may have changed since.
        addresses = Address.objects.filter(pk=message.address_id)
    for address in addresses:
        suppress(user.project, kind=kind, value=address.value, source=source, reason=note)
