"""Receipts that services/incoming.py stored, worked off: each moves its message, or is what a person wrote back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.timezone import now

from messaging.models import Message, MessageEvent, Receipt
from messaging.services.bounces import apply_bounce, apply_complaint
from messaging.services.inbound import heed_reply
from messaging.services.reports import Report, apply_reports, apply_undelivered
from messaging.vocabulary import EventKind, State
from projects.errors import DomainError

log = structlog.get_logger(__name__)

BATCH = 500
# A receipt may be here before its message is recorded as sent; after this long it never will be.
TOO_EARLY = timedelta(minutes=10)
WORK_OFF = "work_off_receipts"
SOURCE, APPLIED, NO_CHANGE = "receipt", "applied", "no change"
REFUSALS = (ValueError, TypeError, LookupError, DataError, IntegrityError, DomainError)
# What was said is with its message by now, where the person's erasure finds it.
_FINISH = """
UPDATE messaging_receipt r SET processed_at = statement_timestamp(), result = done.result,
    payload = r.payload - '{phone,text,reason}'::text[]
FROM unnest(%s::bigint[], %s::text[]) AS done(id, result) WHERE r.id = done.id
"""


def work_off_receipts() -> bool:
    """Apply the oldest stored receipts; return whether more may be waiting.

    One that can't be applied is set aside with its error, so that it never holds up the others'.
    """
    with transaction.atomic():
        waiting = list(
            Receipt.objects.filter(processed_at__isnull=True)
            .select_related("sender__project")
            .defer("sender__credentials", "sender__receipt_key")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .order_by("id")[:BATCH]
        )
        messages = _messages_of(waiting)
        together = _deliver_together(waiting, messages)
        done = [each for each in waiting if each.pk in together or _apply_or_set_aside(each, messages)]
        _finish(done)
    return len(waiting) == BATCH and bool(done)


def _messages_of(receipts: Sequence[Receipt]) -> dict[int, Message]:
    """By our own references, which the provider echoes."""
    found = {number for each in receipts if (number := _reference(each)) is not None}
    return Message.objects.in_bulk(found) if found else {}


def _reference(receipt: Receipt) -> int | None:
    told = receipt.payload.get("client_ref", "")
    # isdigit() alone takes "²", which int() doesn't.
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None


def _deliver_together(receipts: Sequence[Receipt], messages: Mapping[int, Message]) -> set[int]:
    """Apply, in one go, the receipts that say no more than that their message was delivered; return their numbers.

    Where a message has several receipts, their order matters: those go one by one, and so do all if one is refused.
    """
    counted = Counter(map(_reference, receipts))
    chosen: dict[int, Receipt] = {
        message.pk: each
        for each in receipts
        if each.payload.get("status") == "delivered"
        and counted[_reference(each)] == 1
        and (message := _message_of(each, messages))
        and not _is_too_early(each, message)
    }
    try:
        with transaction.atomic():
            news = apply_reports([_delivery(number, each.payload) for number, each in chosen.items()])
    except REFUSALS:
        return set()
    for number, each in chosen.items():
        each.result = APPLIED if number in news else NO_CHANGE
    return {each.pk for each in chosen.values()}


def _apply_or_set_aside(receipt: Receipt, messages: Mapping[int, Message]) -> bool:
    try:
        with transaction.atomic():
            return _apply(receipt, _message_of(receipt, messages))
    except REFUSALS as error:
        log.exception("receipt_set_aside", receipt=receipt.pk)
        receipt.result = f"error: {error}"
        return True


def _apply(receipt: Receipt, message: Message | None) -> bool:
    """Move the message the receipt is about; False where it must wait for the message to be recorded."""
    event = receipt.payload
    if "phone" in event:
        receipt.result = heed_reply(receipt.sender, phone=event["phone"], text=event["text"])
    elif message is None:
        receipt.result = "unknown message"
    elif _is_too_early(receipt, message):
        return False
    else:
        receipt.result = APPLIED if _move(message, event) else NO_CHANGE
    return True


def _message_of(receipt: Receipt, messages: Mapping[int, Message]) -> Message | None:
    """It must be a message of this very sender."""
    message = messages.get(_reference(receipt) or 0)
    return message if message and message.sender_id == receipt.sender_id else None


def _is_too_early(receipt: Receipt, message: Message) -> bool:
    return message.state in (State.QUEUED, State.SENDING) and now() - receipt.received_at < TOO_EARLY


def _move(message: Message, event: dict[str, Any]) -> bool:
    """Whether that was news."""
    status, reason = event["status"], event["reason"]
    if status == "delivered":
        return bool(apply_reports([_delivery(message.pk, event)]))
    if status == "undelivered":
        return apply_undelivered(message.pk, reason=reason or "Not delivered.", source=SOURCE)
    if status == "bounced":
        return apply_bounce(message, bounce=event.get("bounce", ""), reason=reason)
    if status == "complained":
        return apply_complaint(message, reason=reason)
    note = f"{status}. {reason}".strip()
    MessageEvent.objects.create(
        message=message, kind=EventKind.NOTE, source=SOURCE, detail=note[:500] if message.address_id else ""
    )
    return True


def _delivery(message_id: int, event: Mapping[str, Any]) -> Report:
    at = datetime.fromisoformat(event["at"]) if event["at"] else now()
    return Report(message_id, State.DELIVERED, min(at, now()), SOURCE)


def _finish(receipts: Sequence[Receipt]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [[each.pk for each in receipts], [each.result[:255] for each in receipts]])
