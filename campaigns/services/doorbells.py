"""Doorbells of campaigns, rung after the commit. A lost one costs a second: the tidy job rings again."""

from projects.queue import enqueue


def enrolment_bell(campaign_id: int) -> str:
    """The name under which at most one enrolment waits in the queue."""
    return f"enrol:{campaign_id}"


def cancelling_bell(campaign_id: int) -> str:
    """The name under which at most one cancelling job waits in the queue."""
    return f"cancel:{campaign_id}"


def ring_enrolment(campaign_id: int, *, insist: bool = False) -> None:
    """Somebody has to enrol this campaign's recipients."""
    enqueue("events", "campaigns.jobs.enrol", campaign_id, unique=enrolment_bell(campaign_id), insist=insist)


def ring_cancelling(campaign_id: int, *, insist: bool = False) -> None:
    """Somebody has to cancel this campaign's queued messages."""
    unique = cancelling_bell(campaign_id)
    enqueue("events", "campaigns.jobs.cancel_rest", campaign_id, unique=unique, insist=insist)
