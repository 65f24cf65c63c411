"""Shapes of the e-mail era for the OpenAPI document. The rules: userfields.py, product_rows.py, email_check.py."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"oneOf": [{"type": "boolean"}, {"type": "object", "additionalProperties": True}]})
class ObjectOrFalse(serializers.JSONField):
    """An object, or false."""


@extend_schema_field({"type": ["boolean", "string"]})
class TextOrFalse(serializers.JSONField):
    """A text, or false."""


@extend_schema_field({"oneOf": [{"type": "array", "maxItems": 0}, {"type": "object", "additionalProperties": True}]})
class ObjectOrEmptyList(serializers.JSONField):
    """An object, or `[]` where it has no members."""


@extend_schema_field({"type": ["integer", "string"], "description": "A whole number, or its digits."})
class Whole(serializers.JSONField):
    """A whole number, or its digits."""


@extend_schema_field({"type": ["number", "string"], "description": "A number, or its digits."})
class Amount(serializers.JSONField):
    """A number, or its digits."""


@extend_schema_field({"type": ["integer", "string"], "description": "Unix seconds, ISO 8601, RFC 3339 or RFC 2822."})
class Moment(serializers.JSONField):
    """A moment in any form that clients use."""


class Accepted(serializers.Serializer[None]):
    """v3's success, without an envelope."""

    status = serializers.ChoiceField(["Accepted"])


class WrongFieldsDocument(serializers.Serializer[None]):
    """Each wrong field with its sentence."""

    errorCode = serializers.IntegerField()  # noqa: N815  (Sendios' name)
    message = serializers.CharField()
    errors = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # a member's name that Serializer has as a property


UserfieldsRequest: dict[str, Any] = {"type": "object", "additionalProperties": True}
"""A flat object; names that aren't columns of a user are custom fields."""


class UserfieldsUser(serializers.Serializer[None]):
    id = serializers.IntegerField()
    project_id = serializers.IntegerField()
    email = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    gender = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    language_id = serializers.CharField(allow_null=True)
    country_id = serializers.CharField(allow_null=True)
    city_id = serializers.IntegerField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    platform_id = serializers.IntegerField()
    list_id = serializers.IntegerField()
    vendor_id = serializers.IntegerField()
    valid_id = serializers.IntegerField(allow_null=True)
    status = serializers.IntegerField()
    vip = serializers.IntegerField()
    confirm = serializers.IntegerField()
    err_response = serializers.IntegerField()
    last_online = serializers.IntegerField(help_text="Unix seconds; 0 for never, as the next two.")
    last_reaction = serializers.IntegerField()
    last_mailed = serializers.IntegerField()
    created_at = serializers.CharField(help_text="YYYY-MM-DD HH:MM:SS in UTC, as the next two.")
    registered_at = serializers.CharField()
    updated_at = serializers.CharField()
    meta = serializers.CharField(help_text="“[]”, always.")


class Userfields(serializers.Serializer[None]):
    user = UserfieldsUser()
    custom_fields = ObjectOrEmptyList()


class UserfieldsAnswer(serializers.Serializer[None]):
    result = Userfields()


class ErasureRequest(serializers.Serializer[None]):
    email = serializers.CharField()
    project_id = Whole()
    force_delete = serializers.BooleanField(required=False, help_text="Within ten minutes instead of two days.")


class ErasureAnswer(serializers.Serializer[None]):
    deleted = serializers.BooleanField()


class ClientUserRequest(serializers.Serializer[None]):
    email = serializers.CharField()
    project_id = Whole()
    client_user_id = Whole()


class DoneAnswer(serializers.Serializer[None]):
    message = serializers.ChoiceField(["done"])
    date = serializers.CharField(help_text="YYYY-MM-DD HH:MM:SS.ffffff in UTC.")
    status = serializers.BooleanField()


class OnlineRequest(serializers.Serializer[None]):
    """Whom it is about stands in the path."""

    timestamp = Moment(required=False, help_text="Without: now.")


class ConfirmRequest(serializers.Serializer[None]):
    """Whom it is about stands in the path."""

    last_reaction = Moment(required=False, help_text="Without: now.")


class PaymentRequest(serializers.Serializer[None]):
    """May stand in the query as well."""

    user_id = Whole()
    start_date = Moment(required=False, help_text="Without: now.")
    expire_date = Moment(required=False)
    total_count = Whole(required=False)
    payment_type = Whole(required=False)
    amount = Amount(required=False)
    mail_id = Whole(required=False)


class BuyingRequest(serializers.Serializer[None]):
    email = serializers.CharField()


class BuyingAnswer(serializers.Serializer[None]):
    email = serializers.CharField()
    decision = serializers.BooleanField()


class ProductEventRequest(serializers.Serializer[None]):
    """A list of up to 1,000 of these; one alone will do."""

    project_id = Whole()
    event_id = Whole()
    uid = Whole()
    receiver_id = Whole()
    sender_id = Whole(required=False)
    sender_product_id = Whole(required=False)
    date = Moment(required=False, help_text="Without: now.")


class GoalRequest(serializers.Serializer[None]):
    """A list of up to 1,000 of these will do, too."""

    type = serializers.CharField()
    email = serializers.CharField()
    project_id = Whole()
    mail_id = Whole(required=False)


GoalsAnswer: dict[str, Any] = {
    "type": "object",
    "required": ["goals_added"],
    "properties": {"goals_added": {"type": "integer"}},
    "additionalProperties": {
        "type": "object",
        "description": "A row that wasn't taken, under its place in the list.",
        "required": ["error_messages", "errorCode", "message", "goal_data"],
        "properties": {
            "error_messages": {"type": "array", "items": {"type": "string"}},
            "errorCode": {"type": "integer"},
            "message": {"type": "string"},
            "goal_data": {"type": "string"},
        },
    },
}
GoalsAccepted: dict[str, Any] = GoalsAnswer | {
    "required": ["status", "goals_added"],
    "properties": GoalsAnswer["properties"] | {"status": {"type": "string", "enum": ["Accepted"]}},
}


class UnsubAnswer(serializers.Serializer[None]):
    unsub = serializers.BooleanField(help_text="Whether this changed anything.")


class RowCount(serializers.Serializer[None]):
    rowCount = serializers.IntegerField()  # noqa: N815  (Sendios' name)


class SubscribeAnswer(serializers.Serializer[None]):
    subscribe = RowCount()


class IsUnsubAnswer(serializers.Serializer[None]):
    result = ObjectOrFalse()


class UnsubReasonAnswer(serializers.Serializer[None]):
    result = TextOrFalse()


class UnsubRow(serializers.Serializer[None]):
    email = serializers.CharField(allow_null=True)
    project_id = serializers.IntegerField()
    client_user_id = serializers.CharField(allow_null=True)
    source_id = serializers.IntegerField()
    created_at = serializers.CharField()


class UnsubPage(serializers.Serializer[None]):
    pages = serializers.IntegerField()
    current_page = serializers.IntegerField()
    size = serializers.IntegerField()
    data = UnsubRow(many=True)  # type: ignore[assignment]  # a member's name that Serializer has as a property


class EmailCheckRequest(serializers.Serializer[None]):
    email = serializers.CharField()
    sanitize = serializers.BooleanField(required=False, default=True)


class EmailCheckSendRequest(serializers.Serializer[None]):
    email = serializers.CharField()
    project_id = Whole(required=False, help_text="Or `project`.")
    project = Whole(required=False)


class EmailCheckAnswer(serializers.Serializer[None]):
    orig = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    valid = serializers.BooleanField()
    domain = serializers.CharField(allow_blank=True)
    vendor = serializers.CharField()
    trusted = serializers.BooleanField()
    reason = serializers.CharField(required=False, help_text="Only where it is not valid.")


class EmailCheckSendAnswer(EmailCheckAnswer):
    is_send = serializers.BooleanField()
