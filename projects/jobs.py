"""Jobs: thin doors from the queues to the services."""

from django.db import close_old_connections

from projects.services.idempotency import forget_old


def tidy_every_hour() -> None:
    """Forget answers to requests older than a day."""
    close_old_connections()
    while forget_old():
        pass
