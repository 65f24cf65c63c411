"""Webhooks by the clock: giving up what nobody takes, removing what was kept long enough."""

from datetime import timedelta

import structlog
from django.utils.timezone import now

from projects.models import Webhook, WebhookDelivery
from projects.models.webhooks import DeliveryState
from projects.services.webhook_deliveries import PATIENCE, gather

log = structlog.get_logger(__name__)

KEPT = {DeliveryState.DELIVERED: timedelta(days=7), DeliveryState.FAILED: timedelta(days=30)}
"""Bodies hold personal data: no longer than it takes to find a fault, or to send them again."""
SLICE = 1000
MOST_BATCHES = 100
GAVE_UP = "Not sent: the webhook had been failing for 24 hours."


def give_up_old() -> int:
    """Put events of a day ago, of webhooks that fail as long, into batches that failed; returns how many batches.

    Else a receiver that is gone for good would let them grow without end. An operator may send them again.
    """
    before, batches = now() - PATIENCE, 0
    for webhook in Webhook.objects.filter(is_active=True, failing_since__lte=before):
        for _ in range(MOST_BATCHES):
            if gather(webhook, before=before, state=DeliveryState.FAILED, answer=GAVE_UP) is None:
                break
            batches += 1
    if batches:
        log.warning("webhook_events_given_up", batches=batches)
    return batches


def remove_old() -> int:
    """Remove a slice of deliveries past their retention; returns how many."""
    removed = 0
    for state, kept in KEPT.items():
        old = WebhookDelivery.objects.filter(state=state, created_at__lt=now() - kept).values("pk")[:SLICE]
        removed += WebhookDelivery.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
    return removed
