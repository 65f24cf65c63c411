"""Repair: what crashes, lost doorbells and time leave behind. Safe to run anywhere, any number of times."""

from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.utils.timezone import now

from messaging.models import Message, MessageEvent, Receipt, ShortLink
from messaging.queue import ring_campaign, ring_transactional
from messaging.services.statistics import COUNT_RECORDED
from messaging.vocabulary import RETENTION_DAYS

log = structlog.get_logger(__name__)

SLICE = 10_000

# A worker died between claim and record: nobody knows what left. A push goes again under its collapse id, so that the
# phone shows it once; an SMS waits for a receipt, unless the project prefers twice to never.
_EXPIRE_LEASES = f"""
WITH ended AS (
    SELECT m.id, m.channel = 'app_push' OR p.resend_in_doubt AS again
    FROM messaging_message m JOIN projects_project p ON p.id = m.project_id
    WHERE m.state = 'sending' AND m.lease_until < statement_timestamp()
    ORDER BY m.id LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED
), moved AS (
    UPDATE messaging_message m SET
        state = CASE WHEN m.clicked_at IS NOT NULL THEN 'clicked' WHEN m.opened_at IS NOT NULL THEN 'opened'
                     WHEN m.delivered_at IS NOT NULL THEN 'delivered'
                     WHEN ended.again THEN 'queued' ELSE 'in_doubt' END,
        sent_at = m.delivered_at, due_at = statement_timestamp(), lease = NULL, lease_until = NULL,
        reason = CASE WHEN m.delivered_at IS NOT NULL THEN '' ELSE 'A worker died while sending.' END
    FROM ended WHERE m.id = ended.id
    RETURNING m.id, m.mailing_id, m.version_id, m.created_at, m.state, m.sent_at
), counted AS ({COUNT_RECORDED}), told AS (
    INSERT INTO messaging_messageevent (message_id, kind, source, detail)
    SELECT id, CASE state WHEN 'queued' THEN 'sent_again' ELSE 'in_doubt' END, 'repair', 'A worker died while sending.'
    FROM moved WHERE state IN ('queued', 'in_doubt')
)
SELECT state, count(*) FROM moved GROUP BY state
"""

_DUE_SENDERS = """
SELECT s.id FROM channels_app_sender s WHERE s.status = 'active' AND EXISTS (
    SELECT FROM messaging_message m JOIN messaging_mailing g ON g.id = m.mailing_id
    WHERE m.sender_id = s.id AND m.state = 'queued' AND m.category <> 'campaign'
          AND m.due_at <= statement_timestamp() AND g.is_open)
"""
# By sender and with LIMIT, so that no plan walks the million messages of a campaign whose sender is paused.
_DUE_CAMPAIGNS = """
SELECT DISTINCT g.id FROM messaging_mailing g
JOIN channels_app_sender s ON s.project_id = g.project_id AND s.channel = g.channel AND s.status = 'active'
WHERE g.category = 'campaign' AND g.is_open AND (
    SELECT true FROM messaging_message m
    WHERE m.mailing_id = g.id AND m.sender_id = s.id AND m.state = 'queued' AND m.category = 'campaign'
          AND m.due_at <= statement_timestamp() LIMIT 1)
"""


def expire_leases() -> dict[str, int]:
    """Give messages whose lease has ended their next state; return how many went to each."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE_LEASES, {"limit": SLICE})
        moved = dict(cursor.fetchall())
    if moved:
        log.warning("leases_expired", **moved)
    return moved


def ring_due() -> None:
    """Ring for everything that is due: retries whose time came, rate-limited senders, doorbells that got lost."""
    for ring, statement in ((ring_transactional, _DUE_SENDERS), (ring_campaign, _DUE_CAMPAIGNS)):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            due = [row[0] for row in cursor.fetchall()]
        for each in due:
            ring(each, insist=True)


def remove_old() -> int:
    """Remove a slice of messages, one of receipts and one of short links past the retention; return how many messages.

    Statistics stay.
    """
    before = now() - timedelta(days=RETENTION_DAYS)
    with transaction.atomic():
        # Numbers grow with time, so the oldest are the lowest; asking for a time instead would walk the whole table.
        oldest = Message.objects.order_by("pk").values_list("pk", "created_at")[:SLICE]
        old = [pk for pk, created_at in oldest if created_at < before]
        MessageEvent.objects.filter(message_id__in=old)._raw_delete(using="default")  # noqa: SLF001  (no signals to send)
        Message.objects.filter(pk__in=old)._raw_delete(using="default")  # noqa: SLF001
        oldest_receipts = Receipt.objects.order_by("pk").values_list("pk", "received_at")[:SLICE]
        old_receipts = [pk for pk, received_at in oldest_receipts if received_at < before]
        Receipt.objects.filter(pk__in=old_receipts)._raw_delete(using="default")  # noqa: SLF001
        old_links = ShortLink.objects.filter(created_at__lt=before).order_by("created_at")[:SLICE]
        ShortLink.objects.filter(pk__in=list(old_links.values_list("pk", flat=True)))._raw_delete(using="default")  # noqa: SLF001
    return len(old)
