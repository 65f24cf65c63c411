"""Message templates and their immutable versions."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords


class Channel(models.TextChoices):
    """The channels of communication. A mailing has exactly one."""

    APP_PUSH = "app_push", "App push"
    SMS = "sms", "SMS"
    EMAIL = "email", "E-mail"


class MessageTemplate(models.Model):
    """What is said, under a name. Its text is the newest version's; messages are pinned to the version they used."""

    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="message_templates")
    channel = models.CharField(max_length=8, choices=Channel)
    name = models.CharField(max_length=128)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    current = models.OneToOneField(
        "templates.TemplateVersion", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "template"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "channel", "name"], name="template_name_once_a_channel"),
            models.CheckConstraint(
                name="template_channel_known", condition=Q(channel__in=["app_push", "sms", "email"])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """One saved text. Never changed: a database trigger refuses it (migration 0001)."""

    template = models.ForeignKey(MessageTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(help_text="The channel's content kind as JSON, see templates/content.py.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("projects.Operator", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"
