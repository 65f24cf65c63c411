"""When a temporary failure is tried again, and when to give up."""

from datetime import timedelta

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(hours=24)


def delay_before(attempt: int, *, retry_after: float | None, jitter: float) -> timedelta:
    """How long to wait after failed `attempt` (1, 2, …): doubling from 5 s to 30 min.

    A provider's `retry_after` (seconds) is obeyed where it is longer. `jitter` from 0 to 1 adds up to a quarter, so
    that messages which failed together don't come back together.
    """
    doubled = min(FIRST_DELAY * (1 << min(attempt - 1, 10)), LONGEST_DELAY)
    return max(doubled * (1 + jitter / 4), timedelta(seconds=retry_after or 0))
