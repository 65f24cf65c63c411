"""Senders: on whose behalf, through which provider and how fast a project sends.

One table for all: an FCM or APNs identifier is a sender of app push. The panel shows each kind under its own name
through a proxy; a new provider needs no migration.
"""

from hashlib import sha256
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from projects.encryption import EncryptedJSONField
from templates.models import Channel


class SenderStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"


class Sender(models.Model):
    """A provider's credentials and limits for one project.

    Secrets are encrypted and never shown again. A paused sender keeps its messages waiting; the pipeline pauses it by
    itself where the provider says that the credentials or the funds are at fault.
    """

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="senders")
    channel = models.CharField(max_length=8, choices=Channel)
    provider = models.CharField(max_length=16)
    name = models.CharField(max_length=128)
    address = models.CharField(
        max_length=255,
        blank=True,
        help_text="SMS: the number in E.164 form or up to 11 letters and digits. E-mail: the address it comes from.",
    )
    credentials = EncryptedJSONField(blank=True)
    rate_per_second = models.PositiveIntegerField(
        default=10_000,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text="Messages a second that the provider allows.",
    )
    status = models.CharField(max_length=6, choices=SenderStatus, default=SenderStatus.ACTIVE)
    status_reason = models.CharField(max_length=500, blank=True)
    receipt_key = EncryptedJSONField(blank=True, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the receipts' key.")
    checked_at = models.DateTimeField(null=True, editable=False)
    check_ok = models.BooleanField(null=True, editable=False)
    check_answer = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(
        excluded_fields=["credentials", "receipt_key", "key_hash", "checked_at", "check_ok", "check_answer"]
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "provider"],
                condition=Q(channel="app_push"),
                name="one_push_identifier_a_provider",
            ),
            models.UniqueConstraint(fields=["project", "channel", "name"], name="sender_name_once_a_channel"),
            models.CheckConstraint(name="sender_rate_positive", condition=Q(rate_per_second__gte=1)),
            models.CheckConstraint(
                name="sms_and_email_senders_have_an_address", condition=Q(channel="app_push") | ~Q(address="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.address})" if self.address else self.name

    @property
    def key(self) -> str:
        """The unguessable part of the receipts' address: encrypted at rest, found by its hash."""
        return str(self.receipt_key.get("key", ""))

    @key.setter
    def key(self, value: str) -> None:
        self.receipt_key, self.key_hash = {"key": value}, hash_of_key(value)


def hash_of_key(key: str) -> str:
    """What a receipts' key is found by. The key is 256 random bits, so a slow hash would add nothing."""
    return sha256(key.encode()).hexdigest()


class KindManager(models.Manager[Any]):
    """Rows of one kind only, for a proxy."""

    def __init__(self, **kind: str) -> None:
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(**self.kind)


class FcmIdentifier(Sender):
    objects: ClassVar[KindManager] = KindManager(provider="fcm")

    class Meta:
        proxy = True
        verbose_name = "FCM identifier"


class ApnsIdentifier(Sender):
    objects: ClassVar[KindManager] = KindManager(provider="apns")

    class Meta:
        proxy = True
        verbose_name = "APNs identifier"


class SmsSender(Sender):
    objects: ClassVar[KindManager] = KindManager(channel="sms")

    class Meta:
        proxy = True
        verbose_name = "SMS sender"


class EmailSender(Sender):
    objects: ClassVar[KindManager] = KindManager(channel="email")

    class Meta:
        proxy = True
        verbose_name = "e-mail sender"
