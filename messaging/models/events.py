"""What happened to a message, and the raw receipts that told it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from messaging.vocabulary import EventKind


class MessageEvent(models.Model):
    """One line of a message's timeline that its own row can't hold."""

    message = models.ForeignKey("messaging.Message", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind)
    at = models.DateTimeField(db_default=Now())
    source = models.CharField(max_length=32, blank=True, help_text="Who said so: api, vonage, worker, repair.")
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"


class Receipt(models.Model):
    """A provider's report as it came in; stored first, worked off by a job. A replay hits the constraint."""

    sender = models.ForeignKey("channels_app.Sender", on_delete=models.CASCADE, related_name="+")
    event_id = models.CharField(max_length=255)
    payload = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "event_id"], name="receipt_once")]
        indexes = [
            models.Index(fields=["id"], name="receipt_waiting", condition=Q(processed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.event_id
