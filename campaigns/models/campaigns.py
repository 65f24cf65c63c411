"""Campaigns: one mailing to the users of segments."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from messaging.models import Mailing


class CampaignState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    SENDING = "sending", "Sending"
    PAUSED = "paused", "Paused"
    SENT = "sent", "Sent"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


class Campaign(Mailing):
    """A mailing with an audience and a time. Its messages are enrolled in slices behind `enrol_cursor`.

    `is_open` of the mailing is true exactly while the campaign is `sending`; the pipeline looks at nothing else.
    """

    state = models.CharField(max_length=9, choices=CampaignState, default=CampaignState.DRAFT, editable=False)
    state_reason = models.CharField(max_length=500, blank=True, editable=False)
    segments = models.ManyToManyField("users.Segment", related_name="+", blank=True)
    exclusions = models.ManyToManyField(
        "users.Segment",
        related_name="+",
        blank=True,
        help_text="Users of these segments don't get it.",
    )
    confirmed_only = models.BooleanField(
        "confirmed addresses only",
        default=False,
        help_text="E-mail: leave out people who never confirmed their address (double opt-in).",
    )
    starts_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: at once when it is launched. In the project's time zone."
    )
    launched_at = models.DateTimeField(null=True, editable=False)
    launched_by = models.ForeignKey(
        "projects.Operator", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, editable=False)
    enrol_cursor = models.BigIntegerField(default=0, editable=False, help_text="Users up to this id are enrolled.")
    enrolled_at = models.DateTimeField(null=True, editable=False, help_text="When all recipients had their row.")

    history = HistoricalRecords(m2m_fields=[segments, exclusions], excluded_fields=["enrol_cursor"])

    class Meta:
        ordering = ["-mailing_ptr_id"]
        constraints = [
            models.CheckConstraint(
                name="campaigns_under_way_were_launched",
                condition=~Q(state__in=["sending", "paused", "sent"]) | Q(launched_at__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduled_campaigns_have_a_time",
                condition=~Q(state="scheduled") | Q(starts_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
