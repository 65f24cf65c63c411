"""Webhooks: what happened is written down first, then told to the customer in batches."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from simple_history.models import HistoricalRecords

from projects.encryption import EncryptedJSONField
from projects.models.projects import Project


class Webhook(models.Model):
    """A customer's URL and which events it hears of. Batches go one after the other, the oldest first."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=2048)
    secret = EncryptedJSONField(help_text='{"secret": …}: signs each request.')
    events = models.JSONField(default=list, blank=True, help_text="Names of events; empty: all.")
    is_active = models.BooleanField("active", default=True, help_text="Off: events of this time are not kept for it.")
    busy_until = models.DateTimeField(null=True, editable=False, help_text="A worker has it and sends a batch.")
    hold_until = models.DateTimeField(null=True, editable=False, help_text="After a failure nothing is sent before.")
    failing_since = models.DateTimeField(null=True, editable=False)
    last_answer = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["secret", "busy_until", "hold_until", "failing_since", "last_answer"])

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class WebhookDelivery(models.Model):
    """One batch: the same request each time it is tried, for 24 hours, and again when an operator replays it."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    body = models.TextField(help_text="The JSON as it is sent: an object keyed 0, 1, …")
    event_count = models.PositiveIntegerField()
    user_ids = ArrayField(
        models.BigIntegerField(null=True),
        default=list,
        db_default=[],
        editable=False,
        help_text="Whom each event is about, in the body's order: a person's erasure takes theirs out.",
    )
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    give_up_at = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(fields=["webhook", "id"], name="delivery_waiting", condition=Q(state="waiting")),
            GinIndex(fields=["user_ids"], name="delivery_of_people"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class WebhookEvent(models.Model):
    """One thing that happened, waiting to be put into a batch. `user_id` lets an erasure find it."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="events_waiting", db_index=False)
    name = models.CharField(max_length=32)
    payload = models.JSONField()
    user_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["webhook", "id"], name="event_of_webhook")]

    def __str__(self) -> str:
        return self.name
