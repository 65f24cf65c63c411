"""The send endpoints in the OpenAPI document. Reading and checking is transactional/send_bodies.py."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1–255 printable ASCII characters. The same key and body within 24 h: the first answer again.",
)


class _Send(serializers.Serializer[None]):
    type_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="The type's own number.")
    project_id = serializers.IntegerField(min_value=1)
    client_user_id = serializers.CharField(max_length=255, help_text="Created when it is new.")
    data = serializers.DictField(  # type: ignore[assignment]  # a field's name that Serializer has as a property
        required=False, help_text="Template variables; `user` in it holds user fields."
    )
    user = serializers.DictField(required=False, help_text="User fields, as in `data.user`; saved on the user.")
    meta = serializers.DictField(required=False, help_text="Kept, and echoed in webhooks.")


class SendAppPush(_Send):
    app_push_token = serializers.CharField(
        required=False, help_text="An FCM or APNs token. Without: every active device of the user."
    )


class SendSms(_Send):
    phone = serializers.CharField(required=False, help_text="E.164, or national. Without: the user's active phone.")


class SendEmail(serializers.Serializer[None]):
    type_id = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="The type's own number.")
    project_id = serializers.IntegerField(min_value=1)
    email = serializers.CharField(required=False, help_text="The recipient; or `data.user.email`.")
    data = serializers.DictField(  # type: ignore[assignment]  # as above
        required=False, help_text="Template variables; `user` in it holds user fields, `email` among them."
    )
    user = serializers.DictField(required=False, help_text="As `data.user`.")
    meta = serializers.DictField(required=False, help_text="Kept, and echoed in webhooks.")
    value_encrypt = serializers.DictField(
        required=False, help_text="`template_data`: base64 of the JSON of the variables, as the Go SDK sends them."
    )
    transactional_mail_settings = serializers.DictField(
        required=False, help_text="`template_id` pins one template of the type's mix."
    )


class _SentMessage(serializers.Serializer[None]):
    queued = serializers.BooleanField()
    message_id = serializers.UUIDField()
    push_id = serializers.IntegerField(required=False)
    sms_id = serializers.IntegerField(required=False)
    mail_id = serializers.IntegerField(required=False)
    reason = serializers.CharField(required=False, help_text="Why it is not queued.")


class Sent(_SentMessage):
    messages = _SentMessage(many=True, required=False, help_text="All of them, where the user has several devices.")
