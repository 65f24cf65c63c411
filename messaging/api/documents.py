"""The tracking endpoints in the OpenAPI document. Reading and checking is messaging/track_events.py."""

from rest_framework import serializers


class TrackEventDocument(serializers.Serializer[None]):
    """One of `push_id`, `message_id` or `payload` names the push."""

    project_id = serializers.IntegerField(min_value=1)
    push_id = serializers.IntegerField(required=False)
    message_id = serializers.UUIDField(required=False)
    payload = serializers.DictField(required=False, help_text="The push's data map; its `push_id` counts.")
    client_user_id = serializers.CharField(required=False, help_text="Checked where it is given.")
    timestamp = serializers.CharField(required=False, help_text="Unix seconds or ISO 8601; without: now.")


class _TrackError(serializers.Serializer[None]):
    index = serializers.IntegerField(help_text="The event's place in the list, from 0.")
    error = serializers.CharField()


class Tracked(serializers.Serializer[None]):
    result = serializers.BooleanField()
    errors = _TrackError(  # type: ignore[assignment]  # a field's name that Serializer has as a property
        many=True, required=False, help_text="Lists only: the events that were not taken."
    )


class UserEnvelope(serializers.Serializer[None]):
    user = serializers.DictField(help_text="The person, their last three months of mails, unsubscriptions, payment.")


class TypeIds(serializers.Serializer[None]):
    type_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1),
        max_length=1000,
        help_text="Your own Type IDs.",
    )


class TypeRow(serializers.Serializer[None]):
    type_id = serializers.IntegerField()
    name = serializers.CharField()
    unsubscribed = serializers.BooleanField()
    created_at = serializers.CharField(allow_null=True, help_text="Unsubscribed since.")
