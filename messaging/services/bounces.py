"""What a mail server says after it took a message: the address is dead, or its owner called the message spam."""

from django.db import transaction

from messaging.models import Message
from messaging.services.opt_out import opt_out
from messaging.services.reports import apply_undelivered
from users.consent_sources import Source
from users.models import Address, OmnichannelUser
from users.services.consent import unsubscribe
from users.vocabulary import AddressKind

SOURCES = {"mx_invalid": Source.MX_INVALID, "distance": Source.DISTANCE_BOUNCE}
ACTOR = "mail server"


def apply_bounce(message: Message, *, bounce: str, reason: str) -> bool:
    """The message came back and its address will never work. Returns whether that was news.

    An address that the person has replaced meanwhile says nothing about the new one.
    """
    with transaction.atomic():
        is_news = apply_undelivered(message.pk, reason=reason or "The address doesn't exist.", source="receipt")
        unsubscribe_dead(message.user_id, message.address_id, source=SOURCES.get(bounce, Source.INVALID), reason=reason)
    return is_news


def unsubscribe_dead(user_id: int, address_id: int | None, *, source: int, reason: str) -> None:
    """Stop writing to a person whose e-mail address is dead, if it still is theirs."""
    mine = Address.objects.filter(user_id=user_id, kind=AddressKind.EMAIL)
    address = mine.filter(pk=address_id).select_related("user").first() if address_id else None
    if address is None:
        return
    unsubscribe(address.user, kind=AddressKind.EMAIL, source=source, actor=ACTOR, message=reason)


def apply_complaint(message: Message, *, reason: str) -> bool:
    """The person called the message spam: nothing more goes to them or to this address. Returns whether it was news."""
    user = OmnichannelUser.objects.select_related("project").filter(pk=message.user_id).first()
    if user is None:
        return False
    return opt_out(message, user, kind=AddressKind.EMAIL, source=Source.FBL, actor=ACTOR, note=reason)
