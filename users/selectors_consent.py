"""Reads of consent."""

from users.models import ConsentEvent, OmnichannelUser, TypeUnsubscription, Unsubscription
from users.vocabulary import AddressKind


def unsubscription_of(user: OmnichannelUser, kind: AddressKind) -> Unsubscription | None:
    """The person's unsubscription from a channel, if there is one."""
    return Unsubscription.objects.filter(user=user, kind=kind).first()


def types_off(user: OmnichannelUser, kind: AddressKind) -> list[TypeUnsubscription]:
    """The types that the person doesn't want in a channel, by their ids."""
    return list(TypeUnsubscription.objects.filter(user=user, kind=kind).order_by("type_id"))


def consent_history(user: OmnichannelUser, *, limit: int | None = None) -> list[ConsentEvent]:
    """What happened to the person's consent, newest first."""
    return list(ConsentEvent.objects.filter(user=user)[:limit])
