"""Jobs: thin doors from the queue `events` to the services."""

from collections.abc import Callable
from time import monotonic

from django.db import close_old_connections

from campaigns.services.doorbells import cancelling_bell, enrolment_bell, ring_cancelling, ring_enrolment
from campaigns.services.enrolment import enrol_next_slice
from campaigns.services.upkeep import cancel_next_slice, finish_done, ring_for_stopped, start_due
from projects import queue

TURN_SECONDS = 3.0
"""Short, because receipts and repairs wait in the same queue."""


def enrol(campaign_id: int) -> None:
    """Enrol slice after slice; after 3 seconds other jobs have their turn."""
    _begin(enrolment_bell(campaign_id))
    if _has_more_after_a_turn(lambda: enrol_next_slice(campaign_id)):
        ring_enrolment(campaign_id)


def cancel_rest(campaign_id: int) -> None:
    """Cancel what is queued, slice after slice; after 3 seconds other jobs have their turn."""
    _begin(cancelling_bell(campaign_id))
    if _has_more_after_a_turn(lambda: cancel_next_slice(campaign_id)):
        ring_cancelling(campaign_id)


def tidy_every_second() -> None:
    """Start what is due, finish what is through, ring again for what stopped."""
    _begin("campaigns.jobs.tidy_every_second")
    start_due()
    finish_done()
    ring_for_stopped()


def _begin(unique: str) -> None:
    close_old_connections()
    queue.answer(unique)


def _has_more_after_a_turn(step: Callable[[], bool]) -> bool:
    until = monotonic() + TURN_SECONDS
    while step():
        if monotonic() >= until:
            return True
    return False
