"""The list's filters: each answers a question."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from users.consent_sources import Reach
from users.models import Address, Unsubscription
from users.selectors_consent import CHANNELS
from users.vocabulary import AddressKind, AddressStatus

REACHES: dict[str, tuple[str, dict[str, str]]] = {
    "push": ("App push", {"kind": "push", "status": AddressStatus.ACTIVE}),
    "fcm": ("App push on Android", {"provider": "fcm", "status": AddressStatus.ACTIVE}),
    "apns": ("App push on iOS", {"provider": "apns", "status": AddressStatus.ACTIVE}),
    "phone": ("SMS", {"kind": "phone", "status": AddressStatus.ACTIVE}),
    "email": ("E-mail", {"kind": "email", "status": AddressStatus.ACTIVE}),
}


class ReachFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """By which channel somebody can be reached now, be it with system messages only."""

    title = "can be reached by"
    parameter_name = "reach"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((key, label) for key, (label, _) in REACHES.items()), ("nothing", "Nothing")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        mine = Address.objects.filter(user=OuterRef("pk"), reach__gt=Reach.NOTHING)
        if self.value() == "nothing":
            return queryset.filter(~Exists(mine.filter(status=AddressStatus.ACTIVE)))
        _, wanted = REACHES.get(self.value() or "", ("", {}))
        return queryset.filter(Exists(mine.filter(**wanted))) if wanted else queryset


class TroubleFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """Who has an address that isn't sent to, and why."""

    title = "has an address that is"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in AddressStatus.choices if key != AddressStatus.ACTIVE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in AddressStatus.values:
            return queryset
        return queryset.filter(Exists(Address.objects.filter(user=OuterRef("pk"), status=self.value())))


class ConsentFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """Who unsubscribed from a channel."""

    title = "unsubscribed from"
    parameter_name = "unsubscribed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(kind), label) for kind, label in CHANNELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in AddressKind.values:
            return queryset
        return queryset.filter(Exists(Unsubscription.objects.filter(user=OuterRef("pk"), kind=self.value())))
