"""What a person chooses on their own page: how much they get in a channel, and which types of triggers."""

from dataclasses import dataclass

from django.db import transaction

from messaging.models import Message
from messaging.selectors_types import names_of_types
from messaging.services.opt_out import opt_out
from messaging.vocabulary import Category
from users.consent_sources import Reach, Source
from users.models import Address, OmnichannelUser, TypeUnsubscription, Unsubscription
from users.services.consent import set_types_off, subscribe
from users.vocabulary import AddressKind

ACTOR = "the person"
SOURCE_OF: dict[Reach, Source] = {Reach.TRIGGER: Source.PAGE_CAMPAIGN, Reach.SYSTEM: Source.PREFERENCES}
"""What leaves so much; "everything" leaves no unsubscription."""


@dataclass(frozen=True, slots=True)
class TypeOfTrigger:
    """A type that the person may switch off."""

    type_id: int
    name: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person gets in a channel: `reach` by their own will; `is_blocked` where nothing may be sent whatever they
    choose here (a complaint, the suppression list, a dead address).
    """

    user: OmnichannelUser
    kind: AddressKind
    address: str
    reach: Reach
    is_blocked: bool
    types: tuple[TypeOfTrigger, ...]


def choices_of(user: OmnichannelUser, kind: AddressKind) -> Choices:
    """What the person gets now. Four queries."""
    own = Unsubscription.objects.filter(user=user, kind=kind).first()
    addresses = list(Address.objects.filter(user=user, kind=kind).order_by("-confirmed_at"))
    off = set(TypeUnsubscription.objects.filter(user=user, kind=kind).values_list("type_id", flat=True))
    names = names_of_types(user.project, kind)
    types = tuple(
        TypeOfTrigger(type_id, name, type_id not in off)
        for type_id, (name, category) in names.items()
        if category == Category.TRIGGER
    )
    reach = Reach(own.reach) if own else Reach.ALL
    blocked = reach == Reach.NOTHING or (bool(addresses) and all(each.reach == Reach.NOTHING for each in addresses))
    return Choices(user, kind, addresses[0].value if addresses else "", reach, blocked, types)


def choose_reach(choices: Choices, reach: Reach, *, message: Message | None) -> None:
    """Let the person get this much. Nothing is chosen for an address that nothing may be sent to."""
    if choices.is_blocked or reach == choices.reach:
        return
    with transaction.atomic():
        if reach > choices.reach:
            subscribe(choices.user, kind=choices.kind, actor=ACTOR)
        if reach in SOURCE_OF:
            unsubscribe_by_page(choices, source=SOURCE_OF[reach], message=message)


def choose_types(choices: Choices, *, wanted: set[int]) -> None:
    """Switch off the types that aren't wanted, of those that were to be chosen from."""
    off = [each.type_id for each in choices.types if each.type_id not in wanted]
    set_types_off(choices.user, kind=choices.kind, type_ids=off, actor=ACTOR)


def unsubscribe_by_page(choices: Choices, *, source: Source, message: Message | None) -> None:
    """Unsubscribe the person by the message that brought them here."""
    opt_out(message, choices.user, kind=choices.kind, source=source, actor=ACTOR)
