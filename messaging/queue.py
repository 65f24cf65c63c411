"""The doorbells of messaging; how they ring: projects/queue.py."""

from projects.queue import enqueue


def ring_transactional(sender_id: int, *, insist: bool = False) -> None:
    """Tell the workers that a sender has messages for single people."""
    unique = f"sender:{sender_id}"
    enqueue("transactional", "messaging.jobs.deliver_transactional", sender_id, unique=unique, insist=insist)


def ring_campaign(mailing_id: int, *, insist: bool = False) -> None:
    """Tell the workers that a campaign's mailing has messages."""
    unique = f"mailing:{mailing_id}"
    enqueue("campaigns", "messaging.jobs.deliver_campaign", mailing_id, unique=unique, insist=insist)
