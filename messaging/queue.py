"""The doorbells of messaging; how they ring: projects/queue.py."""

from projects.queue import enqueue


def ring_transactional(sender_id: int) -> None:
    """Tell the workers that a sender has messages for single people."""
    enqueue("transactional", "messaging.jobs.deliver_transactional", sender_id, unique=f"sender:{sender_id}")


def ring_campaign(mailing_id: int) -> None:
    """Tell the workers that a campaign's mailing has messages."""
    enqueue("campaigns", "messaging.jobs.deliver_campaign", mailing_id, unique=f"mailing:{mailing_id}")
