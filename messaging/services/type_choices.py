"""Which types of trigger e-mails a person doesn't want, as client systems tell it by the customer's own numbers."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from messaging.selectors_types import names_of_types
from messaging.vocabulary import Category
from projects.errors import InvalidInput
from users.models import OmnichannelUser
from users.services.consent import add_types_off, remove_types_off, set_types_off
from users.vocabulary import AddressKind

ACTOR = "API"


class Change(Enum):
    """What a list of types does to those that are switched off already."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


_CHANGES: dict[Change, Callable[..., int]] = {
    Change.REPLACE: set_types_off,
    Change.ADD: add_types_off,
    Change.REMOVE: remove_types_off,
}


def change_types(user: OmnichannelUser, *, change: Change, type_ids: list[int]) -> None:
    """Switch types of e-mails off for a person, or on again.

    Raises InvalidInput (type_ids) for a type that the project doesn't have and for a system type; nothing is changed
    then. What is switched on again may be anything: types come and go.
    """
    if change != Change.REMOVE:
        _check(user, type_ids)
    _CHANGES[change](user, kind=AddressKind.EMAIL, type_ids=type_ids, actor=ACTOR)


def _check(user: OmnichannelUser, type_ids: list[int]) -> None:
    known: dict[int, Any] = names_of_types(user.project, AddressKind.EMAIL)
    for type_id in type_ids:
        if type_id not in known:
            raise InvalidInput({"type_ids": f"There is no type {type_id}."})
        if known[type_id][1] == Category.SYSTEM:
            raise InvalidInput({"type_ids": f"The type {type_id} is a system type: nobody can unsubscribe from it."})
