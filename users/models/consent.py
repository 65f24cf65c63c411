"""Consent: what a person does not want, who said so, when and why; and addresses that a project never writes to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from users.consent_sources import Reach, Source
from users.vocabulary import AddressKind


class Unsubscription(models.Model):
    """A person who unsubscribed from a channel (by its kind of address). Gone again when they subscribe."""

    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="unsubscriptions")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField("channel", max_length=5, choices=AddressKind)
    source_id = models.PositiveSmallIntegerField("source", choices=Source)
    reach = models.PositiveSmallIntegerField("still sent", choices=Reach)
    message = models.CharField(max_length=255, blank=True, help_text="Why, in words.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="unsubscription_once_a_channel")]
        indexes = [models.Index(fields=["project", "kind", "created_at"], name="unsubscription_newest")]

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.kind}"


class TypeUnsubscription(models.Model):
    """A person who doesn't want one type of trigger messages. `type_id` is the customer's own number."""

    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="type_unsubscriptions")
    kind = models.CharField("channel", max_length=5, choices=AddressKind)
    type_id = models.PositiveIntegerField("Type ID")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "type_id"], name="type_unsubscription_once")]

    def __str__(self) -> str:
        return f"user {self.user_id}: type {self.type_id}"


class Suppression(models.Model):
    """An address that a project never writes to (or only what `reach` allows), whosever it is or becomes.

    It outlives the person: an erased one who comes back is still not written to.
    """

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="suppressions")
    kind = models.CharField(max_length=5, choices=AddressKind)
    value = models.CharField(max_length=4096, help_text="The e-mail, the phone in E.164 form, or the token.")
    source_id = models.PositiveSmallIntegerField("source", choices=Source, default=Source.SUPPRESSION_LIST)
    reach = models.PositiveSmallIntegerField("still sent", choices=Reach, default=Reach.NOTHING)
    reason = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(
        "projects.Operator", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "suppressed address"
        verbose_name_plural = "suppression list"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "kind", "value"], name="suppression_once")]

    def __str__(self) -> str:
        return self.value


class ConsentAct(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    SUBSCRIBED = "subscribed", "Subscribed"
    TYPE_OFF = "type_off", "Unsubscribed from a type"
    TYPE_ON = "type_on", "Subscribed to a type"
    CONFIRMED = "confirmed", "Confirmed the address"
    SUPPRESSED = "suppressed", "Put on the suppression list"
    UNSUPPRESSED = "unsuppressed", "Taken off the suppression list"


class ConsentEvent(models.Model):
    """One line of a person's consent history: it is only ever added to."""

    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="consent_events")
    kind = models.CharField("channel", max_length=5, choices=AddressKind)
    act = models.CharField(max_length=12, choices=ConsentAct)
    type_id = models.PositiveIntegerField("Type ID", null=True)
    source_id = models.PositiveSmallIntegerField("source", choices=Source, null=True)
    actor = models.CharField(max_length=255, blank=True, help_text="Who: an operator, the API, the person, a provider.")
    note = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="types_are_named_in_consent_events",
                condition=Q(act__in=["type_off", "type_on"], type_id__isnull=False)
                | (~Q(act__in=["type_off", "type_on"]) & Q(type_id__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}: user {self.user_id}"
