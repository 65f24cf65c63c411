"""Projects: what everything else belongs to."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
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
    resend_in_doubt = models.BooleanField(
        "send SMS again when in doubt",
        default=False,
        help_text="A worker died between handing over and recording: send again (perhaps twice) or leave in doubt.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["client", "name"], name="project_name_once_a_client")]

    def __str__(self) -> str:
        return self.name
