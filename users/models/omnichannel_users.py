"""The person who receives."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from users.vocabulary import Gender, Platform


class OmnichannelUser(models.Model):
    """One person of a project, known to the client's systems by `client_user_id`, reached by addresses."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="users", db_index=False)
    client_user_id = models.CharField("client user id", max_length=255, null=True, blank=True)  # noqa: DJ001  (e-mail users may have none; NULLs don't collide)
    name = models.CharField(max_length=128, blank=True)
    gender = models.CharField(max_length=1, blank=True, choices=Gender)
    language = models.CharField(max_length=2, blank=True, help_text="ISO 639-1, lower case.")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 alpha-2, upper case.")
    platform_id = models.PositiveSmallIntegerField("platform", default=Platform.UNKNOWN, choices=Platform)
    vip = models.BooleanField("VIP", default=False, help_text="A paying customer.")
    age = models.PositiveSmallIntegerField(null=True, blank=True)
    photo = models.URLField(max_length=2048, blank=True)
    ak = models.CharField("auth key", max_length=255, blank=True, help_text="For links that log in.")
    time_zone = models.CharField(max_length=64, blank=True, help_text="IANA; empty: the project's.")
    fields = models.JSONField(
        "custom fields", default=dict, blank=True, help_text="Types: the project's custom fields."
    )
    city = models.CharField(max_length=128, blank=True, default="", db_default="")
    channel_id = models.BigIntegerField("acquisition channel", null=True, blank=True, help_text="The client's number.")
    subchannel_id = models.BigIntegerField("acquisition subchannel", null=True, blank=True)
    list_id = models.BigIntegerField("user group", null=True, blank=True)
    partner_id = models.BigIntegerField("partner", null=True, blank=True)
    client_status = models.BigIntegerField("status at the client", null=True, blank=True)
    registered_at = models.DateTimeField(db_default=Now(), help_text="At the client.")
    last_online_at = models.DateTimeField(null=True, blank=True)
    last_reaction_at = models.DateTimeField(null=True, blank=True, help_text="Told by the client system.")
    email_confirmed_at = models.DateTimeField(null=True, blank=True, help_text="Double opt-in.")
    erase_after = models.DateTimeField(null=True, editable=False, help_text="Asked to be forgotten: when it happens.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "user"
        indexes = [
            models.Index(fields=["project", "-id"], name="user_project_newest"),
            models.Index(fields=["erase_after"], name="user_to_erase", condition=Q(erase_after__isnull=False)),
            models.Index(F("project"), OpClass(Upper("name"), "text_pattern_ops"), name="user_name_prefix"),
            GinIndex(fields=["fields"], name="user_fields_gin", opclasses=["jsonb_path_ops"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "client_user_id"], name="client_user_id_once_a_project"),
            models.CheckConstraint(name="user_age_0_to_150", condition=Q(age__isnull=True) | Q(age__lte=150)),
            models.CheckConstraint(name="user_platform_0_to_4", condition=Q(platform_id__lte=4)),
            models.CheckConstraint(name="user_gender_m_or_f", condition=Q(gender__in=["", "m", "f"])),
            models.CheckConstraint(
                name="user_language_two_letters", condition=Q(language="") | Q(language__regex="^[a-z]{2}$")
            ),
            models.CheckConstraint(
                name="user_country_two_letters", condition=Q(country="") | Q(country__regex="^[A-Z]{2}$")
            ),
            models.CheckConstraint(
                name="client_user_id_not_empty",
                condition=Q(client_user_id__isnull=True) | ~Q(client_user_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.client_user_id or f"user {self.pk}"
