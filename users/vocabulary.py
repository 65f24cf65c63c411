"""The words of the audience: address kinds and states, genders, platforms, types of custom fields."""

from django.db import models


class AddressKind(models.TextChoices):
    """What a message can be delivered to."""

    EMAIL = "email", "E-mail"
    PHONE = "phone", "Phone"
    PUSH = "push", "Push token"


class PushProvider(models.TextChoices):
    """Whose token a push token is; found from its form."""

    FCM = "fcm", "FCM (Android)"
    APNS = "apns", "APNs (iOS)"


class AddressStatus(models.TextChoices):
    """Whether an address may be used. Only `active` ones are sent to."""

    ACTIVE = "active", "Active"
    OPTED_OUT = "opted_out", "Opted out"
    INVALID = "invalid", "Invalid"
    SUPPRESSED = "suppressed", "Suppressed"
    RETIRED = "retired", "Retired (the provider says it is dead)"


class Gender(models.TextChoices):
    MALE = "m", "Male"
    FEMALE = "f", "Female"


class Platform(models.IntegerChoices):
    """Sendios' platform ids."""

    UNKNOWN = 0, "Unknown"
    DESKTOP = 1, "Desktop"
    MOBILE_WEB = 2, "Mobile web and tablet"
    ANDROID = 3, "Android app"
    IOS = 4, "iOS app"


class FieldType(models.TextChoices):
    """The one type a custom field has within a project."""

    STRING = "string", "Text"
    NUMBER = "number", "Number"
    BOOLEAN = "boolean", "Yes / no"
    DATE = "date", "Date"
    LIST = "list", "List"


class SegmentKind(models.TextChoices):
    STATIC = "static", "Static"
    DYNAMIC = "dynamic", "Dynamic"
