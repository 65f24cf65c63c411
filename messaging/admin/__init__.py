"""The activity feed, and what the pages of types and campaigns share: the mix, the counters, the phone."""

from messaging.admin import feed, statistics

__all__ = ["feed", "statistics"]
