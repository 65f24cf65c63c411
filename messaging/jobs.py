"""Jobs: thin doors from the queues to the services. They take ids, and never fail for one message."""

from django.db import close_old_connections

from messaging.models import Mailing
from messaging.queue import ring_campaign, ring_transactional
from messaging.services import engagement, receipts, repair, statistics
from messaging.services.claims import Work
from messaging.services.delivery import deliver
from messaging.services.enrolment import senders_by_provider
from projects import queue


def deliver_transactional(sender_id: int) -> None:
    """One turn for a sender's messages to single people; more of them queue up behind other senders' turns."""
    _begin(f"sender:{sender_id}")
    if deliver(Work(sender_id), call_for_help=lambda: ring_transactional(sender_id)):
        ring_transactional(sender_id)


def deliver_campaign(mailing_id: int) -> None:
    """One turn for a campaign's messages, for each of its senders."""
    _begin(f"mailing:{mailing_id}")
    mailing = Mailing.objects.get(pk=mailing_id)
    works = [Work(sender_id, mailing_id) for sender_id in sorted(senders_by_provider(mailing).values())]
    more = [deliver(work, call_for_help=lambda: ring_campaign(mailing_id)) for work in works]
    if any(more):
        ring_campaign(mailing_id)


def work_off_receipts() -> None:
    """Apply stored receipts until none is left."""
    _begin(receipts.WORK_OFF)
    _work_off_receipts()


def _work_off_receipts() -> None:
    if receipts.work_off_receipts():
        queue.enqueue("events", "messaging.jobs.work_off_receipts", unique=receipts.WORK_OFF)


def work_off_visits() -> None:
    """Judge and count opens and clicks until none is left that has settled."""
    _begin(engagement.WORK_OFF)
    _work_off_visits()


def _work_off_visits() -> None:
    if engagement.work_off_visits():
        queue.enqueue("events", "messaging.jobs.work_off_visits", unique=engagement.WORK_OFF)


def tidy_every_second() -> None:
    """Ended leases, doorbells for whatever is due; receipts and visits to links, which ring none."""
    _begin("messaging.jobs.tidy_every_second")
    repair.expire_leases()
    repair.ring_due()
    _work_off_receipts()
    _work_off_visits()


def tidy_every_minute() -> None:
    """Fold counters, remove what is past its retention."""
    _begin("messaging.jobs.tidy_every_minute")
    statistics.fold_statistics()
    repair.remove_old()


def _begin(unique: str) -> None:
    close_old_connections()
    queue.answer(unique)
