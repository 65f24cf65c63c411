"""Jobs: thin doors from the queues to the services."""

from django.db import close_old_connections

from projects import queue
from users.services.erasure import erase_due

A_TURN = 100
"""So many people at once: receipts wait in the same queue."""


def tidy_every_minute() -> None:
    """Erase those whose time has come."""
    close_old_connections()
    queue.answer("users.jobs.tidy_every_minute")
    if erase_due(A_TURN) == A_TURN:
        queue.put("events", "users.jobs.tidy_every_minute", unique="users.jobs.tidy_every_minute")
