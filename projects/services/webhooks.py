"""Webhooks: a customer's URLs, and what happened written down for them. Sending: services/webhook_deliveries.py."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from projects.errors import InvalidInput
from projects.models import Project, Webhook, WebhookDelivery, WebhookEvent
from projects.models.webhooks import DeliveryState
from projects.outgoing import url_error
from projects.queue import enqueue
from projects.short_memory import ShortMemory
from projects.webhook_events import NAMES

BELL = "projects.jobs.deliver_webhooks"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: a name of projects/webhook_events.py and what is told of it.

    `payload` is told as it is, with `ts` and `event_id` added. `user_id` lets the person's erasure find it.
    """

    name: str
    payload: Mapping[str, Any]
    user_id: int | None = None


_remembered: ShortMemory[str, dict[int, frozenset[str]]] = ShortMemory(seconds=1.0, size=1)


def listens(project_id: int, *names: str) -> bool:
    """Whether a webhook of the project is active and hears of (one of) `names`; as it was a second ago at most."""
    heard = listening().get(project_id)
    return heard is not None and (not names or not heard.isdisjoint(names))


def listening() -> Mapping[int, frozenset[str]]:
    """Project id → the names of events that its active webhooks hear of. One query a second and process."""
    known = _remembered.get("")
    if known is None:
        known = {}
        for project_id, events in Webhook.objects.filter(is_active=True).values_list("project_id", "events"):
            known[project_id] = known.get(project_id, frozenset()) | frozenset(events or NAMES)
        _remembered.put("", known)
    return known


def forget_listening() -> None:
    """Look at the table again: for whoever has just changed it."""
    _remembered.clear()


# The lock on the webhook's key makes its removal wait for us, so that no event is left without one; it doesn't wait
# for a batch on its way, nor the other way about.
_TELL = """
WITH listening AS MATERIALIZED (
    SELECT id, events FROM projects_webhook WHERE project_id = %s AND is_active FOR KEY SHARE
)
INSERT INTO projects_webhookevent (webhook_id, name, payload, user_id)
SELECT l.id, h.name, h.payload, h.user_id
FROM listening l CROSS JOIN json_to_recordset(%s::json) AS h(place int, name text, payload jsonb, user_id bigint)
WHERE l.events = '[]' OR jsonb_exists(l.events, h.name)
ORDER BY h.place
"""


def tell(project_id: int, happenings: Sequence[Happening]) -> int:
    """Write down what happened, once for each active webhook of the project that hears of it; return how many rows.

    To be called in the transaction that makes it true. The order of `happenings` is the order of the telling.
    """
    if not happenings or not listens(project_id):
        return 0
    rows = [
        {"place": place, "name": each.name, "payload": each.payload, "user_id": each.user_id}
        for place, each in enumerate(happenings)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TELL, [project_id, json.dumps(rows)])
        written: int = cursor.rowcount
    if written:
        ring()
    return written


def ring() -> None:
    """There is something for a webhook, after the commit."""
    enqueue("webhooks", "projects.jobs.deliver_webhooks", unique=BELL)


def create_webhook(
    project: Project, *, url: str, events: Sequence[str] = (), is_active: bool = True
) -> tuple[Webhook, str]:
    """Make a webhook; returns it and its secret, which nobody shows again. Raises InvalidInput.

    `events` are names of projects/webhook_events.py; none: all.
    """
    check(url=url, events=events)
    secret = _new_secret()
    webhook = Webhook(project=project, url=url, events=list(events), is_active=is_active)
    webhook.secret = {"secret": secret}
    webhook.save()
    forget_listening()
    return webhook, secret


def update_webhook(webhook: Webhook, *, url: str, events: Sequence[str], is_active: bool) -> None:
    """Change a webhook. One that is switched off keeps nothing: what waits is given up. Raises InvalidInput."""
    check(url=url, events=events)
    with transaction.atomic():
        webhook.url, webhook.events, webhook.is_active = url, list(events), is_active
        webhook.hold_until = None
        webhook.save(update_fields=["url", "events", "is_active", "hold_until"])
        if not is_active:
            WebhookEvent.objects.filter(webhook=webhook).delete()
            WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING).update(
                state=DeliveryState.FAILED, answer="The webhook was switched off."
            )
        ring()
    forget_listening()


def replace_secret(webhook: Webhook) -> str:
    """Sign with a fresh secret from now on; returns it. The old one is gone."""
    secret = _new_secret()
    Webhook.objects.filter(pk=webhook.pk).update(secret={"secret": secret})
    return secret


def delete_webhook(webhook: Webhook) -> None:
    """Remove a webhook with all that waits for it and was sent to it."""
    with transaction.atomic():
        # Whoever tells at this moment is waited for; their rows go, too.
        list(Webhook.objects.select_for_update().filter(pk=webhook.pk))
        webhook.delete()
    forget_listening()


def body_of(events: Iterable[Mapping[str, Any]]) -> str:
    """A batch as it is sent: an object keyed "0", "1", …"""
    batch = {str(place): event for place, event in enumerate(events)}
    return json.dumps(batch, ensure_ascii=False, separators=(",", ":"))


def forget_events(user_id: int) -> None:
    """Erasure: what waits to be told of a user is not told, and no batch that is kept tells of them any more."""
    WebhookEvent.objects.filter(user_id=user_id).delete()
    for delivery in WebhookDelivery.objects.select_for_update(no_key=True).filter(user_ids__contains=[user_id]):
        _take_out(delivery, user_id)


def _take_out(delivery: WebhookDelivery, user_id: int) -> None:
    events = zip(delivery.user_ids, json.loads(delivery.body).values(), strict=True)
    others = [(about, event) for about, event in events if about != user_id]
    if not others:
        delivery.delete()  # nothing is left to send, or to send again
        return
    delivery.user_ids = [about for about, _ in others]
    delivery.body, delivery.event_count = body_of(event for _, event in others), len(others)
    delivery.save(update_fields=["user_ids", "body", "event_count"])


def check(*, url: str, events: Sequence[str] = ()) -> None:
    """Raise InvalidInput where a webhook can't be like this."""
    errors = {}
    if wrong := url_error(url):
        errors["url"] = wrong
    if unknown := [name for name in events if name not in NAMES]:
        errors["events"] = f"There is no event “{unknown[0]}”."
    if errors:
        raise InvalidInput(errors)


def _new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(SECRET_BYTES)
