"""The words of the pipeline: categories, states, event kinds."""

from django.db import models


class Category(models.TextChoices):
    """Why a message is sent. System and trigger go to one person and before every campaign."""

    SYSTEM = "system", "System"
    TRIGGER = "trigger", "Trigger"
    CAMPAIGN = "campaign", "Campaign"


class State(models.TextChoices):
    """Where a message stands. Legal moves: messaging/lifecycle.py."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    OPENED = "opened", "Opened"
    CLICKED = "clicked", "Clicked"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"
    UNDELIVERED = "undelivered", "Undelivered"
    IN_DOUBT = "in_doubt", "In doubt"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"


class EventKind(models.TextChoices):
    """What can happen to a message after it was accepted, beyond what its own row says."""

    RETRY = "retry", "Will be tried again"
    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Not delivered"
    OPENED = "opened", "Opened"
    CLICKED = "clicked", "Clicked"
    MACHINE_OPENED = "machine_opened", "Opened by a machine (not counted)"
    MACHINE_CLICKED = "machine_clicked", "Followed by a machine (not counted)"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    COMPLAINED = "complained", "Complained of spam"
    IN_DOUBT = "in_doubt", "In doubt"
    SENT_AGAIN = "sent_again", "Sent again after a crash"
    ADDRESS_RETIRED = "address_retired", "Address retired"
    NOTE = "note", "Note"


# Messages are kept so long, statistics for ever.
RETENTION_DAYS = 90

# The number of the type that a project's tests from the panel are counted under; customers' own begin with 1.
TESTS_TYPE_ID = 0

# What is counted of a mailing: the columns of Statistic, the fields of selectors.Counters.
COUNTERS = (
    "audience",
    "sent",
    "delivered",
    "opened",
    "clicked",
    "undelivered",
    "failed",
    "skipped",
    "in_doubt",
    "expired",
    "cancelled",
    "unsubscribed",
    "complained",
)
