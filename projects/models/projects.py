"""Projects: what everything else belongs to."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from projects.models.accounts import ClientAccount


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` is an IANA time zone such as Europe/Kyiv."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not an IANA time zone such as Europe/Kyiv.")


class Project(models.Model):
    """A product of a client account, with its own users, senders, templates, types and campaigns."""

    client = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=128)
    sender_name = models.CharField(
        max_length=128, blank=True, help_text="{{ project.sender_name }} in templates; empty: the name."
    )
    url = models.URLField(blank=True, help_text="{{ project_url }} in templates.")
    default_country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Give two capital letters, such as UA.")],
        help_text="ISO 3166 alpha-2. National phone numbers are read as numbers of this country.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    tracking_domain = models.ForeignKey(
        "projects.TrackingDomain",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="projects",
        help_text="Where links, pixels and unsubscribe pages live. Empty: this installation's own address.",
    )
    is_tracking = models.BooleanField(
        "tracking", default=True, help_text="Count opens and clicks: links of e-mails and SMS lead over our address."
    )
    quiet_from = models.TimeField(
        null=True,
        blank=True,
        help_text="Campaigns and trigger messages wait from this hour on, by each person's own clock.",
    )
    quiet_until = models.TimeField(null=True, blank=True, help_text="… until this hour. System messages never wait.")
    cap_per_day = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="At most so many campaign messages a person, channel and day (the person's own). Empty: no limit.",
    )
    cap_per_week = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="At most so many campaign messages a person, channel and seven days. Empty: no limit.",
    )
    help_type_id = models.PositiveIntegerField(
        "Type ID of the answer to HELP",
        null=True,
        blank=True,
        help_text="An SMS type of this project; sent to whoever writes HELP to one of its numbers.",
    )
    resend_in_doubt = models.BooleanField(
        "send SMS and e-mails again when in doubt",
        default=False,
        help_text="A worker died between handing over and recording: send again (perhaps twice) or leave in doubt.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="project_name_once_a_client"),
            models.CheckConstraint(
                name="quiet_hours_have_both_ends",
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
            models.CheckConstraint(
                name="project_caps_from_one",
                condition=(models.Q(cap_per_day__isnull=True) | models.Q(cap_per_day__gte=1))
                & (models.Q(cap_per_week__isnull=True) | models.Q(cap_per_week__gte=1)),
            ),
        ]

    def __str__(self) -> str:
        return self.name
