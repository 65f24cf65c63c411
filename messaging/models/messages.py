"""The big table: one row for every message that was ever accepted."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from messaging.vocabulary import Category, State
from templates.models import Channel


class Message(models.Model):
    """One message to one address. This row is the truth; the queue is only a doorbell.

    `user` and `address` carry no database constraint: the ledger outlives a person's erasure. `lease` names the
    claim that holds the row while it is `sending`; only this claim may record the outcome.
    """

    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+", db_index=False)
    mailing = models.ForeignKey("messaging.Mailing", on_delete=models.PROTECT, related_name="messages", db_index=False)
    sender = models.ForeignKey(
        "channels_app.Sender", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.ForeignKey(
        "templates.TemplateVersion", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        "users.OmnichannelUser",
        on_delete=models.DO_NOTHING,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )
    address = models.ForeignKey(
        "users.Address",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )
    channel = models.CharField(max_length=8, choices=Channel)
    category = models.CharField(max_length=8, choices=Category)
    state = models.CharField(max_length=11, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it failed, was skipped or waits.")
    data = models.JSONField(null=True, help_text="Template variables of the request.")
    meta = models.JSONField(null=True, help_text="Echoed in webhooks.")
    content = models.JSONField(null=True, help_text="The text as it was sent; of an e-mail what it was made of.")
    missing = models.JSONField(null=True, help_text="Variables the template asked for and nobody gave.")
    provider_id = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(F("project"), F("id").desc(), name="message_feed"),
            models.Index(F("user"), F("id").desc(), name="message_of_user"),
            models.Index(F("mailing"), F("id").desc(), name="message_of_mailing"),
            models.Index(
                fields=["sender", "due_at"],
                name="message_queued_to_one",
                condition=Q(state="queued") & ~Q(category="campaign"),
            ),
            models.Index(
                fields=["mailing", "sender", "due_at"],
                name="message_queued_to_many",
                condition=Q(state="queued", category="campaign"),
            ),
            models.Index(fields=["lease_until"], name="message_leased", condition=Q(state="sending")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "address"],
                condition=Q(category="campaign"),
                name="one_message_a_campaign_and_address",
            ),
            models.CheckConstraint(
                name="message_is_leased_only_while_sending",
                condition=Q(state="sending", lease__isnull=False, lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease__isnull=True, lease_until__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
