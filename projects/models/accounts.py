"""Client accounts and the keys their systems call the API with."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords


class ClientAccount(models.Model):
    """A customer. Its id is the numeric client id of HTTP Basic."""

    name = models.CharField(max_length=128, unique=True)
    requests_per_second = models.PositiveIntegerField(
        default=500,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text="How many API requests a second this client may make in the long run.",
    )
    request_burst = models.PositiveIntegerField(
        default=1000,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="How many API requests may come at once.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: the API answers 401 to all its keys.")
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="client_limits_are_positive",
                condition=models.Q(requests_per_second__gte=1, request_burst__gte=1),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """One key of a client; several may be valid at once, so that one can be rotated without downtime.

    Only the SHA-256 of the API key is kept. The API key itself is `sha1(SDK key)`, 160 random bits, so a slow hash
    would add nothing.
    """

    client = models.ForeignKey(ClientAccount, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=64, default="default", help_text="Which system uses it.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False, help_text="The API key's first characters.")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["key_hash"])

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.client} · {self.name} ({self.hint}…)"
