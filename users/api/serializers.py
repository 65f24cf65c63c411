"""Shapes for the OpenAPI document. The rules themselves stand in users/profile.py."""

from rest_framework import serializers

from users.vocabulary import AddressStatus, Gender, Platform, PushProvider


class _WithFields(serializers.Serializer[None]):
    """A serializer's own `fields` is taken, so a member of this name is declared as `fields_`."""

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]  # as the stubs have it
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class UserChange(_WithFields):
    """What a user can be given. null clears; names that are not listed are ignored."""

    name = serializers.CharField(required=False, allow_null=True, max_length=128)
    email = serializers.EmailField(required=False, allow_null=True)
    phone = serializers.CharField(required=False, allow_null=True, help_text="E.164, or national in your country.")
    app_push_token = serializers.CharField(
        required=False, allow_null=True, help_text="FCM or APNs; which one is seen from its form."
    )
    language = serializers.CharField(required=False, allow_null=True, help_text="ISO 639-1.")
    country = serializers.CharField(required=False, allow_null=True, help_text="ISO 3166, two or three letters.")
    platform_id = serializers.ChoiceField(Platform.choices, required=False, allow_null=True)
    gender = serializers.ChoiceField(Gender.choices, required=False, allow_null=True)
    vip = serializers.BooleanField(required=False, allow_null=True, help_text="0 and 1 will do.")
    age = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=150)
    photo = serializers.URLField(required=False, allow_null=True, max_length=2048)
    ak = serializers.CharField(required=False, allow_null=True, max_length=255, help_text="For links that log in.")
    time_zone = serializers.CharField(required=False, allow_null=True, help_text="IANA, such as Europe/Kyiv.")
    fields_ = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="Your own fields: scalars or lists of scalars; at most 500 and 64 KiB. Merged; a null removes one. "
        "The first value fixes a field's type for the project.",
    )


class NewUser(UserChange):
    """A new user."""

    client_user_id = serializers.CharField(min_length=1, max_length=255)
    registered_at = serializers.CharField(
        required=False, allow_null=True, help_text="At your side: YYYY-MM-DD or ISO 8601; kept as given at creation."
    )


class AddressState(serializers.Serializer[None]):
    """Status and product metrics of one address."""

    status = serializers.ChoiceField(AddressStatus.choices)
    status_reason = serializers.CharField(allow_null=True)
    confirmed_at = serializers.DateTimeField()
    last_sent_at = serializers.DateTimeField(allow_null=True)
    last_delivered_at = serializers.DateTimeField(allow_null=True)
    last_opened_at = serializers.DateTimeField(allow_null=True)
    last_clicked_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EmailChannel(AddressState):
    email = serializers.CharField()


class SmsChannel(AddressState):
    phone = serializers.CharField()


class Device(AddressState):
    token = serializers.CharField()
    provider = serializers.ChoiceField(PushProvider.choices)


class Channels(serializers.Serializer[None]):
    """Where the user can be reached."""

    email = EmailChannel(allow_null=True)
    sms = SmsChannel(allow_null=True)
    app_push = Device(many=True)


class ShownUser(_WithFields):
    """A user; null where nothing is known."""

    id = serializers.IntegerField()
    project_id = serializers.IntegerField()
    client_user_id = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    app_push_token = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    platform_id = serializers.ChoiceField(Platform.choices)
    gender = serializers.ChoiceField(Gender.choices, allow_null=True)
    vip = serializers.BooleanField()
    age = serializers.IntegerField(allow_null=True)
    photo = serializers.CharField(allow_null=True)
    ak = serializers.CharField(allow_null=True)
    time_zone = serializers.CharField(allow_null=True)
    registered_at = serializers.DateTimeField()
    last_online_at = serializers.DateTimeField(allow_null=True)
    fields_ = serializers.DictField()
    channels = Channels()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class UserAnswer(serializers.Serializer[None]):
    user = ShownUser()


class Done(serializers.Serializer[None]):
    result = serializers.BooleanField()


class Batch(serializers.Serializer[None]):
    """Up to 1,000 users; a plain list without `users` will do."""

    users = NewUser(many=True)


class BatchRow(serializers.Serializer[None]):
    """What became of a row."""

    client_user_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["created", "updated", "failed"])
    id = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class BatchAnswer(serializers.Serializer[None]):
    """The rows' results in the order in which they came."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BatchRow(many=True)
