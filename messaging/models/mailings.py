"""A mailing: what a transactional type and a campaign have in common."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from messaging.vocabulary import Category
from templates.models import Channel


class Mailing(models.Model):
    """One channel, one sender, and a weighted mix of templates: messages and statistics point here.

    A transactional type is a mailing with a Type ID (a proxy in `transactional`); a campaign adds its own row.
    """

    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="mailings")
    channel = models.CharField(max_length=8, choices=Channel)
    category = models.CharField(max_length=8, choices=Category)
    name = models.CharField(max_length=128)
    type_id = models.PositiveIntegerField(
        "Type ID", null=True, blank=True, help_text="Your own number for this type; the API sends by it."
    )
    sender = models.ForeignKey(
        "channels_app.Sender",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mailings",
        help_text="SMS and e-mail: app push finds its FCM or APNs identifier from the token.",
    )
    is_open = models.BooleanField(
        "active", default=True, help_text="Off: its queued messages wait and no new ones are accepted."
    )
    closed_reason = models.CharField(
        max_length=500, blank=True, editable=False, help_text="Why the pipeline itself closed it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "channel", "type_id"], name="type_id_once_a_channel"),
            models.CheckConstraint(
                name="types_have_a_type_id_and_campaigns_none",
                condition=Q(category="campaign", type_id__isnull=True)
                | Q(category__in=["system", "trigger"], type_id__isnull=False),
            ),
            models.CheckConstraint(
                name="push_mailings_have_no_sender", condition=~Q(channel="app_push") | Q(sender__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MixEntry(models.Model):
    """A template in a mailing's mix. Its share is its weight ÷ the sum of the mix's weights."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="mix")
    template = models.ForeignKey("templates.MessageTemplate", on_delete=models.PROTECT, related_name="mixes")
    weight = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(10_000)])

    class Meta:
        verbose_name = "template of the mix"
        verbose_name_plural = "templates of the mix"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "template"], name="template_once_a_mix"),
            models.CheckConstraint(name="mix_weight_1_to_10000", condition=Q(weight__gte=1, weight__lte=10_000)),
        ]

    def __str__(self) -> str:
        return f"{self.template} × {self.weight}"
