"""Receipts: stored as they came, answered at once, worked off by a job."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db import DataError, IntegrityError, transaction
from django.utils.timezone import now

from channels_app.contract import Incoming
from channels_app.models import Sender
from channels_app.models.senders import hash_of_key
from channels_app.registry import get_provider
from messaging.models import Message, MessageEvent, Receipt
from messaging.services.bounces import apply_bounce, apply_complaint
from messaging.services.inbound import heed_reply
from messaging.services.reports import Report, apply_reports, apply_undelivered
from messaging.vocabulary import EventKind, State
from projects.errors import DomainError, NotFound
from projects.queue import enqueue

log = structlog.get_logger(__name__)

BATCH = 500
# A receipt may be here before its message is recorded as sent; after this long it never will be.
TOO_EARLY = timedelta(minutes=10)
WORK_OFF = "work_off_receipts"
SOURCE = "receipt"


def store_receipts(provider: str, key: str, *, body: bytes, content_type: str, query: Mapping[str, str]) -> int:
    """Verify and keep what a provider reported; return how many events it told. Replays change nothing.

    Raises NotFound for an unknown provider or key, BadSignature and BadReceipt as the provider's parser does.
    """
    # PostgreSQL's texts know no NUL, so no provider's name has one.
    is_possible = "\0" not in provider
    sender = Sender.objects.filter(provider=provider, key_hash=hash_of_key(key)).first() if is_possible else None
    if sender is None:
        raise NotFound("Not found")
    events = get_provider(provider).receipts(body, content_type, query, sender.credentials)
    before = [Receipt(sender=sender, event_id=each.event_id[:255], payload=payload_of(each)) for each in events]
    with transaction.atomic():
        Receipt.objects.bulk_create(before, ignore_conflicts=True)
        enqueue("events", "messaging.jobs.work_off_receipts", unique=WORK_OFF)
    return len(before)


def work_off_receipts() -> bool:
    """Apply the oldest stored receipts; return whether more may be waiting.

    One that can't be applied is set aside with its error, so that it never holds up the others'.
    """
    with transaction.atomic():
        waiting = list(
            Receipt.objects.filter(processed_at__isnull=True)
            .select_related("sender__project")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .order_by("id")[:BATCH]
        )
        done = [receipt for receipt in waiting if _apply_or_set_aside(receipt)]
        Receipt.objects.bulk_update(done, ["processed_at", "result"])
    return len(waiting) == BATCH and bool(done)


def _apply_or_set_aside(receipt: Receipt) -> bool:
    try:
        with transaction.atomic():
            return _apply(receipt)
    except (ValueError, TypeError, LookupError, DataError, IntegrityError, DomainError) as error:
        log.exception("receipt_set_aside", receipt=receipt.pk)
        receipt.result, receipt.processed_at = f"error: {error}"[:255], now()
        return True


def _apply(receipt: Receipt) -> bool:
    """Move the message the receipt is about; False where it must wait for the message to be recorded."""
    event = receipt.payload
    message = None if "phone" in event else _message_of(receipt)
    if "phone" in event:
        receipt.result = heed_reply(receipt.sender, phone=event["phone"], text=event["text"])
    elif message is None:
        receipt.result = "unknown message"
    elif message.state in (State.QUEUED, State.SENDING) and now() - receipt.received_at < TOO_EARLY:
        return False
    else:
        receipt.result = _move(message, event)
    receipt.processed_at = now()
    return True


def _message_of(receipt: Receipt) -> Message | None:
    """By our own reference, which the provider echoes; it must be a message of this very sender."""
    reference = receipt.payload["client_ref"]
    messages = Message.objects.filter(sender_id=receipt.sender_id)
    # isdigit() alone takes "²", which int() doesn't.
    if reference.isascii() and reference.isdigit() and len(reference) < 19:
        return messages.filter(pk=int(reference)).first()
    return None


def _move(message: Message, event: dict[str, Any]) -> str:
    at = datetime.fromisoformat(event["at"]) if event["at"] else datetime.now(UTC)
    status, reason = event["status"], event["reason"]
    if status == "delivered":
        moved = apply_reports([Report(message.pk, State.DELIVERED, min(at, datetime.now(UTC)), SOURCE)])
    elif status == "undelivered":
        moved = apply_undelivered(message.pk, reason=reason or "Not delivered.", source=SOURCE)
    elif status == "bounced":
        moved = apply_bounce(message, bounce=event.get("bounce", ""), reason=reason)
    elif status == "complained":
        moved = apply_complaint(message, reason=reason)
    else:
        note = f"{status}. {reason}".strip()
        MessageEvent.objects.create(message=message, kind=EventKind.NOTE, source=SOURCE, detail=note[:500])
        moved = True
    return "applied" if moved else "no change"


def payload_of(event: Incoming) -> dict[str, Any]:
    return {**asdict(event), "at": event.at.isoformat() if event.at else None}
