"""Sending what waits for webhooks: one batch at a time to each, many webhooks at once, at least once.

A worker takes a webhook by `busy_until`, which outlives it by seconds if it dies; the batch stays a waiting row until
its answer is recorded, and goes again under the same id. A failure holds its own webhook only.
"""

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, time

from django.db import connection, transaction
from django.db.models import F
from django.utils.timezone import now

from projects.errors import Conflict
from projects.models import Webhook, WebhookDelivery
from projects.models.webhooks import DeliveryState
from projects.outgoing import Answer, Call, Calls, perform
from projects.services.webhooks import body_of, ring
from projects.webhook_events import TEST

TURN_SECONDS = 15.0
AT_ONCE = 32
BUSY_SECONDS = 30
"""Longer than a call can take (projects/outgoing.py)."""
PAUSES = (10, 30, 120, 600, 1800)
HOUR = 3600
PATIENCE = timedelta(hours=24)
MOST_EVENTS = 500
MOST_LETTERS = 1_000_000

_TAKE = """
UPDATE projects_webhook SET busy_until = statement_timestamp() + make_interval(secs => %s)
WHERE id IN (
    SELECT w.id FROM projects_webhook w
    WHERE w.is_active AND (w.busy_until IS NULL OR w.busy_until <= statement_timestamp())
          AND (w.hold_until IS NULL OR w.hold_until <= statement_timestamp())
          AND (EXISTS (SELECT FROM projects_webhookevent e WHERE e.webhook_id = w.id)
               OR EXISTS (SELECT FROM projects_webhookdelivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'))
    ORDER BY w.hold_until NULLS FIRST, w.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
) RETURNING id
"""
# The oldest events, as many as fit; one that doesn't fit by itself goes alone.
_GATHER = """
WITH oldest AS (
    SELECT id, length(payload::text) AS size, sum(length(payload::text)) OVER (ORDER BY id) AS sum
    FROM (SELECT id, payload FROM projects_webhookevent WHERE webhook_id = %s AND created_at <= %s
          ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) e
), gone AS (
    DELETE FROM projects_webhookevent e USING oldest o WHERE e.id = o.id AND (o.sum <= %s OR o.sum = o.size)
    RETURNING e.id, e.payload, e.user_id, e.created_at
)
SELECT id, payload, user_id, created_at FROM gone ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch on its way; `busy_until` tells whether the webhook is still ours when the answer comes."""

    delivery: WebhookDelivery
    webhook: Webhook
    busy_until: datetime | None


def deliver_webhooks() -> bool:
    """One turn: send what is due, to many webhooks at once. Returns whether the turn ended before the work did."""
    until = monotonic() + TURN_SECONDS
    calls, parcels = Calls(), dict[int, Parcel]()
    while True:
        if monotonic() < until:
            for parcel in take_due(AT_ONCE - len(calls)):
                parcels[parcel.delivery.pk] = parcel
                calls.start(parcel.delivery.pk, _call(parcel.webhook, parcel.delivery.pk, parcel.delivery.body))
        if not calls:
            return monotonic() >= until
        for delivery_id, answer in calls.wait(0.2):
            record(parcels.pop(delivery_id), answer)


def take_due(most: int) -> list[Parcel]:
    """Take up to `most` webhooks for which something waits, each with its oldest batch."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [BUSY_SECONDS, most])
            taken = [row[0] for row in cursor.fetchall()]
        return [parcel for webhook in Webhook.objects.filter(pk__in=taken) for parcel in _parcels(webhook)]


def record(parcel: Parcel, answer: Answer) -> None:
    """Write down what the receiver said and when to go on: any 2xx is a delivery."""
    is_delivered = 200 <= answer.status < 300
    text = answer.error or answer.body.decode(errors="replace").replace("\0", "")
    told = {"attempts": F("attempts") + 1, "status_code": answer.status or None, "answer": text[:500]}
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=parcel.webhook.pk).first()
        if webhook is None:
            return
        row = WebhookDelivery.objects.filter(pk=parcel.delivery.pk)
        if is_delivered:
            row.update(state=DeliveryState.DELIVERED, delivered_at=now(), **told)
        else:
            state = DeliveryState.FAILED if parcel.delivery.give_up_at <= now() else DeliveryState.WAITING
            row.filter(state=DeliveryState.WAITING).update(state=state, **told)
        if webhook.busy_until == parcel.busy_until:
            _release(webhook, parcel.delivery.attempts + 1, is_delivered=is_delivered)
            webhook.last_answer = f"{answer.status or ''} {text}".strip()[:500]
            webhook.save(update_fields=["busy_until", "hold_until", "failing_since", "last_answer"])


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failures, give or take a tenth."""
    seconds = PAUSES[attempts - 1] if attempts <= len(PAUSES) else HOUR
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311  (no secret)


def send_test(webhook: Webhook) -> Answer:
    """Call the URL at once with one made-up event, signed like any other. A good answer ends a hold."""
    event = {"event": TEST, "project_id": webhook.project_id}
    answer = perform(_call(webhook, 0, _body([(0, event)])))
    if 200 <= answer.status < 300:
        go_on(webhook)
    return answer


def send_again(delivery: WebhookDelivery) -> None:
    """Queue a batch once more, as it was; one try. Raises Conflict where it can't be or waits anyway."""
    with transaction.atomic():
        locked = WebhookDelivery.objects.select_for_update().select_related("webhook").get(pk=delivery.pk)
        if not locked.webhook.is_active:
            raise Conflict("The webhook is switched off: switch it on first.")
        if locked.state == DeliveryState.WAITING:
            raise Conflict("This delivery is waiting already.")
        locked.state, locked.give_up_at, locked.delivered_at = DeliveryState.WAITING, now(), None
        locked.save(update_fields=["state", "give_up_at", "delivered_at"])
        go_on(locked.webhook)


def go_on(webhook: Webhook) -> None:
    """End a webhook's hold: what waits goes out now."""
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(hold_until=None)
        ring()


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Sendios-Signature: HMAC-SHA256 over "{timestamp}.{body}" as hex, with its version before it."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def gather(webhook: Webhook, *, before: datetime | None = None, **given: object) -> WebhookDelivery | None:
    """Make a batch of a webhook's oldest events (those made up to `before`); None where none waits.

    `given` are more values of the delivery.
    """
    moment = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A moment more than now: the database's clock may be ahead of ours.
            cursor.execute(_GATHER, [webhook.pk, before or moment + PATIENCE, MOST_EVENTS, MOST_LETTERS])
            rows = cursor.fetchall()
        if not rows:
            return None
        # While it fails, each event is tried for a day from its happening; else each batch from its making.
        since = rows[0][3] if webhook.failing_since else moment
        body = _body([(row[0], json.loads(row[1])) for row in rows])
        values = {"body": body, "event_count": len(rows), "user_ids": [row[2] for row in rows]} | given
        return WebhookDelivery.objects.create(webhook=webhook, **{"give_up_at": since + PATIENCE} | values)


def _parcels(webhook: Webhook) -> Iterator[Parcel]:
    delivery = webhook.deliveries.filter(state=DeliveryState.WAITING).order_by("pk").first() or gather(webhook)
    if delivery:
        yield Parcel(delivery, webhook, webhook.busy_until)


def _release(webhook: Webhook, attempts: int, *, is_delivered: bool) -> None:
    webhook.busy_until = webhook.hold_until = None
    if is_delivered:
        webhook.failing_since = None
        return
    is_given_up = webhook.failing_since is not None and webhook.failing_since <= now() - PATIENCE
    webhook.failing_since = webhook.failing_since or now()
    webhook.hold_until = now() + pause(len(PAUSES) + 1 if is_given_up else attempts)


def _body(events: list[tuple[int, dict[str, object]]]) -> str:
    """An object keyed "0", "1", …; `ts` is the time of sending, `event_id` the same on each try."""
    sent = int(time())
    return body_of([event | {"event_id": pk, "ts": sent} for pk, event in events])


def _call(webhook: Webhook, delivery_id: int, body: str) -> Call:
    raw, timestamp = body.encode(), str(int(time()))
    headers = [
        "Content-Type: application/json",
        f"X-Sendios-Timestamp: {timestamp}",
        f"X-Sendios-Signature: {sign(webhook.secret['secret'], timestamp, raw)}",
        f"X-Sendios-Delivery: {delivery_id}",
    ]
    return Call(webhook.url, body=raw, headers=headers)
