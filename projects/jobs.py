"""Jobs: thin doors from the queues to the services."""

from django.db import close_old_connections

from projects import queue
from projects.services.idempotency import forget_old
from projects.services.webhooks import BELL


def deliver_webhooks() -> None:
    """One turn of sending what waits for webhooks."""
    close_old_connections()
    queue.answer(BELL)


def tidy_every_hour() -> None:
    """Forget answers to requests older than a day."""
    close_old_connections()
    while forget_old():
        pass
