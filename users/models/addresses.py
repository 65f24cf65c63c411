"""Where a person can be reached: one row an e-mail address, a phone or a device."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from users.consent_sources import Reach
from users.vocabulary import AddressKind, AddressStatus, PushProvider


class Address(models.Model):
    """One address of a user, with the product metrics of its channel.

    Segments look at the metrics here and never at messages; messaging writes them in bulk.
    """

    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="addresses")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=AddressKind)
    provider = models.CharField(max_length=4, blank=True, choices=PushProvider, help_text="Push tokens only.")
    value = models.CharField(max_length=4096, help_text="The e-mail, the phone in E.164 form, or the token.")
    status = models.CharField(max_length=10, choices=AddressStatus, default=AddressStatus.ACTIVE)
    status_reason = models.CharField(max_length=255, blank=True)
    status_changed_at = models.DateTimeField(null=True, blank=True)
    # Kept by services/consent.py from the unsubscription and the suppression list, so that enrolment and claims
    # look at one row a recipient: it may be sent to if it is active and its reach allows the message's category.
    reach = models.PositiveSmallIntegerField("still sent", choices=Reach, default=Reach.ALL, db_default=Reach.ALL)
    # When the client last told us this address: a provider's "dead since" counts only if it is later.
    confirmed_at = models.DateTimeField(db_default=Now())
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    last_clicked_at = models.DateTimeField(null=True, blank=True)
    sent_count = models.PositiveIntegerField(default=0)
    opened_count = models.PositiveIntegerField(default=0, db_default=0)
    clicked_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "value"], name="address_once_a_project"),
            models.UniqueConstraint(
                fields=["user", "kind"], condition=~Q(kind="push"), name="one_email_and_one_phone_a_user"
            ),
            models.CheckConstraint(
                name="only_push_tokens_have_a_provider",
                condition=Q(kind="push", provider__in=["fcm", "apns"]) | (~Q(kind="push") & Q(provider="")),
            ),
            models.CheckConstraint(
                name="phones_are_e164", condition=~Q(kind="phone") | Q(value__regex=r"^\+[1-9][0-9]{4,14}$")
            ),
        ]

    def __str__(self) -> str:
        return self.value
