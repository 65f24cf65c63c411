"""Domains of a client that lead here: links of its messages stand on them."""

from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from projects.models.accounts import ClientAccount

HOST = RegexValidator(
    r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
    "Give a host name in small letters, such as n.example.com.",
)


class DomainStatus(models.TextChoices):
    """What the last look-up of the domain's CNAME said."""

    NOT_VERIFIED = "not_verified", "Not verified"
    PENDING = "pending", "Pending"
    VERIFIED = "verified", "Verified"


class TrackingDomain(models.Model):
    """A host whose CNAME leads to this installation. Only a verified one is used in links."""

    client = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="tracking_domains")
    host = models.CharField(max_length=253, unique=True, validators=[HOST])
    is_https = models.BooleanField("HTTPS", default=True, help_text="Links begin with https://.")
    status = models.CharField(max_length=12, choices=DomainStatus, default=DomainStatus.NOT_VERIFIED, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    check_answer = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["checked_at"])

    class Meta:
        ordering = ["host"]

    def __str__(self) -> str:
        return self.host
