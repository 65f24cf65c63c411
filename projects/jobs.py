"""Jobs: thin doors from the queues to the services."""

from django.db import close_old_connections

from projects import queue
from projects.services import domains, webhook_deliveries, webhook_upkeep
from projects.services.idempotency import forget_old
from projects.services.webhooks import BELL, ring


def deliver_webhooks() -> None:
    """One turn of sending what waits for webhooks."""
    _begin(BELL)
    if webhook_deliveries.deliver_webhooks():
        ring()


def tidy_every_minute() -> None:
    """Give up what a webhook's receiver hasn't taken for a day."""
    _begin("projects.jobs.tidy_every_minute")
    webhook_upkeep.give_up_old()


def tidy_every_hour() -> None:
    """Forget answers to requests older than a day, and old deliveries of webhooks."""
    _begin("projects.jobs.tidy_every_hour")
    while forget_old():
        pass
    while webhook_upkeep.remove_old():
        pass


def check_domains() -> None:
    """Look up tracking domains again."""
    _begin("projects.jobs.check_domains")
    domains.check_due()


def _begin(unique: str) -> None:
    close_old_connections()
    queue.answer(unique)
