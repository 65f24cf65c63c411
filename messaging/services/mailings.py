"""Mailings: their mix, opening and closing, and what must be right before one may send."""

from collections.abc import Mapping

from django.db import connection, transaction

from channels_app.models import Sender
from messaging.models import Mailing, MixEntry
from messaging.queue import ring_campaign
from projects.errors import InvalidInput
from templates.models import Channel, MessageTemplate

PLURALS = {Channel.SMS: "SMS", Channel.EMAIL: "e-mails"}


def set_mix(mailing: Mailing, *, weights: Mapping[int, int]) -> None:
    """Replace the mix by {template id: weight}. Raises InvalidInput (templates) and changes nothing on a mistake."""
    check_mix(mailing, weights=weights)
    with transaction.atomic():
        MixEntry.objects.filter(mailing=mailing).exclude(template_id__in=weights).delete()
        for template_id, weight in weights.items():
            MixEntry.objects.update_or_create(mailing=mailing, template_id=template_id, defaults={"weight": weight})


def check_mix(mailing: Mailing, *, weights: Mapping[int, int]) -> None:
    """Raise InvalidInput (templates, weights) unless the mix can be drawn from."""
    if not weights:
        raise InvalidInput({"templates": "Choose at least one template."})
    if sum(weights.values()) <= 0:
        raise InvalidInput({"weights": "All weights are zero: give at least one template a weight of 1 or more."})
    if any(not 1 <= weight <= 10_000 for weight in weights.values()):
        raise InvalidInput({"weights": "A weight is a whole number from 1 to 10,000; or remove the template."})
    templates = MessageTemplate.objects.filter(pk__in=weights, project_id=mailing.project_id, channel=mailing.channel)
    if templates.count() != len(weights):
        raise InvalidInput({"templates": "Every template must be of the same project and channel."})
    archived = templates.filter(archived_at__isnull=False).first()
    if archived:
        raise InvalidInput({"templates": f"The template “{archived}” is archived."})


def check_ready(mailing: Mailing) -> None:
    """Raise InvalidInput unless the mailing could send right now: its mix and its sender are in order."""
    check_mix(mailing, weights=dict(mailing.mix.values_list("template_id", "weight")))
    check_sender(mailing)


def check_sender(mailing: Mailing) -> None:
    """Raise InvalidInput (sender) unless someone can hand the mailing's messages over."""
    if mailing.channel == Channel.APP_PUSH:
        if not Sender.objects.filter(project_id=mailing.project_id, channel=Channel.APP_PUSH).exists():
            raise InvalidInput({"project": "The project has neither an FCM nor an APNs identifier."})
        return
    if mailing.sender is None:
        raise InvalidInput({"sender": f"Choose the sender of these {PLURALS[Channel(mailing.channel)]}."})
    if mailing.sender.project_id != mailing.project_id or mailing.sender.channel != mailing.channel:
        label = Channel(mailing.channel).label
        raise InvalidInput({"sender": f"The sender must be an {label} sender of the same project."})


def open_mailing(mailing: Mailing) -> None:
    """Let the mailing's queued messages go out."""
    Mailing.objects.filter(pk=mailing.pk).update(is_open=True, closed_reason="")
    ring_campaign(mailing.pk)


def close_mailing(mailing: Mailing, *, reason: str = "") -> None:
    """Keep the mailing's queued messages waiting. What a worker has claimed already still goes out.

    `reason` is for the pipeline itself; a campaign whose mailing was closed with one is paused with it.
    """
    Mailing.objects.filter(pk=mailing.pk).update(is_open=False, closed_reason=reason[:500])


# The category brings in the partial index message_queued_to_many: nothing but campaigns is ever cancelled.
_CANCEL = """
WITH part AS (
    SELECT id FROM messaging_message WHERE mailing_id = %s AND category = 'campaign' AND state = 'queued'
    LIMIT %s FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE messaging_message m SET state = 'cancelled' FROM part WHERE m.id = part.id
    RETURNING m.mailing_id, m.version_id, m.created_at
), counted AS (
    INSERT INTO messaging_statistic (mailing_id, version_id, day, cancelled)
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, count(*) FROM moved GROUP BY 1, 2, 3
)
SELECT count(*) FROM moved
"""


def cancel_queued(mailing: Mailing, *, limit: int = 20_000) -> int:
    """Cancel up to `limit` of a campaign's queued messages; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, [mailing.pk, limit])
        return int(cursor.fetchone()[0])
