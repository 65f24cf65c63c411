"""Reads of consent."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from users.consent_sources import Reach
from users.models import Address, ConsentEvent, OmnichannelUser, Suppression, TypeUnsubscription, Unsubscription
from users.models.consent import ConsentAct
from users.vocabulary import AddressKind

CHANNELS = {AddressKind.EMAIL: "E-mail", AddressKind.PHONE: "SMS", AddressKind.PUSH: "App push"}
"""What people call the channel that uses a kind of address."""


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """A type of a channel that a person may switch off. `name` is "" where the project has no such type any more."""

    type_id: int
    name: str
    is_off: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a person still gets in a channel, and why.

    `own_reach` is what their own consent leaves, `reach` what remains after the suppression list and a pending erasure.
    `actor` is who unsubscribed them, where that is known.
    """

    kind: AddressKind
    label: str
    own_reach: Reach
    reach: Reach
    unsubscription: Unsubscription | None
    actor: str
    suppressions: list[Suppression]
    types: list[TypeChoice]

    @property
    def has_types_off(self) -> bool:
        """Whether there is anything to see among the types."""
        return any(each.is_off for each in self.types)


def unsubscription_of(user: OmnichannelUser, kind: AddressKind) -> Unsubscription | None:
    """The person's unsubscription from a channel, if there is one."""
    return Unsubscription.objects.filter(user=user, kind=kind).first()


def types_off(user: OmnichannelUser, kind: AddressKind) -> list[TypeUnsubscription]:
    """The types that the person doesn't want in a channel, by their ids."""
    return list(TypeUnsubscription.objects.filter(user=user, kind=kind).order_by("type_id"))


def consent_history(user: OmnichannelUser, *, limit: int | None = None) -> list[ConsentEvent]:
    """What happened to the person's consent, newest first."""
    return list(ConsentEvent.objects.filter(user=user)[:limit])


def suppressions_of(user: OmnichannelUser) -> list[Suppression]:
    """The entries of the project's suppression list for the addresses that the person has now."""
    told = Address.objects.filter(user=user).values_list("kind", "value")
    values = [value for _, value in told]
    rows = Suppression.objects.filter(project=user.project_id, kind__in=list(AddressKind), value__in=values)
    return [row for row in rows.select_related("created_by") if (row.kind, row.value) in set(told)]


def subscriptions_of(user: OmnichannelUser) -> list[Subscription]:
    """What the person still gets in each channel, and why."""
    rows = {row.kind: row for row in Unsubscription.objects.filter(user=user)}
    off: dict[str, set[int]] = {}
    for kind, type_id in TypeUnsubscription.objects.filter(user=user).values_list("kind", "type_id"):
        off.setdefault(kind, set()).add(type_id)
    actors = _actors(user) if rows else {}
    suppressed = suppressions_of(user)
    found = []
    for kind, label in CHANNELS.items():
        row = rows.get(kind)
        mine = [each for each in suppressed if each.kind == kind]
        own_reach = Reach(row.reach) if row else Reach.ALL
        found.append(
            Subscription(
                kind=kind,
                label=label,
                own_reach=own_reach,
                reach=_reach(user, kind, own_reach, mine),
                unsubscription=row,
                actor=actors.get(kind, ""),
                suppressions=mine,
                types=_types(user, kind, off.get(kind, set())),
            )
        )
    return found


def _reach(user: OmnichannelUser, kind: AddressKind, own_reach: Reach, suppressed: list[Suppression]) -> Reach:
    """There is one e-mail and one phone, but one of several devices stops no other."""
    if user.erase_after:
        return Reach.NOTHING
    if kind == AddressKind.PUSH:
        return own_reach
    return Reach(min([own_reach, *(row.reach for row in suppressed)]))


def _actors(user: OmnichannelUser) -> dict[str, str]:
    """Channel → who unsubscribed the person last."""
    told = ConsentEvent.objects.filter(user=user, act=ConsentAct.UNSUBSCRIBED).order_by("at", "pk")
    return dict(told.values_list("kind", "actor"))


def _types(user: OmnichannelUser, kind: AddressKind, off: set[int]) -> list[TypeChoice]:
    """All but system types, which can't be switched off. Types live above this app, so a setting names who knows."""
    path = getattr(settings, "TYPE_NAMES", "")
    names: dict[int, tuple[str, str]] = import_string(path)(user.project, kind) if path else {}
    choices = {type_id for type_id, (_, category) in names.items() if category != "system"} | off
    return [TypeChoice(each, names.get(each, ("", ""))[0], each in off) for each in sorted(choices)]
