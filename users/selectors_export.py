"""All that this app stores about a person beyond their profile, for the person (GDPR, article 15)."""

from typing import Any

from django.db.models import Q, QuerySet

from users.models import Goal, OmnichannelUser, Payment, ProductEvent, TypeUnsubscription, Unsubscription
from users.selectors_consent import consent_history, suppressions_of


def consent_and_purchases(user: OmnichannelUser) -> dict[str, Any]:
    """Consent with its history, suppressed addresses, payments, goals and product events, as JSON can take them."""
    consent = [
        {"channel": row.kind, "source": row.get_source_id_display(), **_columns(row, UNSUBSCRIPTION)}
        for row in Unsubscription.objects.filter(user=user).order_by("kind")
    ]
    types = TypeUnsubscription.objects.filter(user=user).order_by("kind", "type_id")
    return {
        "city": user.city or None,
        "email_confirmed_at": user.email_confirmed_at,
        "last_reaction_at": user.last_reaction_at,
        "erase_after": user.erase_after,
        "unsubscriptions": consent,
        "unsubscribed_types": [{"channel": row.kind, **_columns(row, ("type_id", "created_at"))} for row in types],
        "suppressions": [_columns(row, SUPPRESSION) for row in suppressions_of(user)],
        "consent_history": [{"channel": row.kind, **_columns(row, EVENT)} for row in consent_history(user)],
        "payments": [_columns(row, PAYMENT) for row in Payment.objects.filter(user=user).order_by("pk")],
        "goals": [_columns(row, ("type", "mail_id", "created_at")) for row in Goal.objects.filter(user=user)],
        "product_events": [_columns(row, PRODUCT_EVENT) for row in product_events_of(user)],
    }


UNSUBSCRIPTION = ("source_id", "reach", "message", "created_at", "updated_at")
SUPPRESSION = ("kind", "value", "source_id", "reason", "created_at")
EVENT = ("act", "type_id", "source_id", "actor", "note", "at")
PAYMENT = ("started_at", "expires_at", "total_count", "payment_type", "amount", "mail_id", "created_at")
PRODUCT_EVENT = ("event_id", "uid", "receiver_id", "sender_id", "sender_product_id", "happened_at", "created_at")


def product_events_of(user: OmnichannelUser) -> QuerySet[ProductEvent]:
    """The events that name the person, on either side; they know people by the client's own ids only."""
    if user.client_user_id is None:
        return ProductEvent.objects.none()
    named = Q(receiver_id=user.client_user_id) | Q(sender_id=user.client_user_id)
    return ProductEvent.objects.filter(named, project=user.project_id).order_by("pk")


def _columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
