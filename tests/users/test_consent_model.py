"""After any sequence of changes an address's reach is what a plain-Python account of the same says."""

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.errors import Conflict
from projects.models import Project
from tests.factories import make_project, make_user
from users.address_forms import ParsedAddress, parse_email, parse_phone, parse_push_token
from users.models import Address, OmnichannelUser, Suppression
from users.services.addresses import attach_address, change_addresses
from users.services.consent import subscribe, suppress, unsubscribe, unsuppress
from users.vocabulary import AddressKind

VALUES = {
    "email": [parse_email(f"{name}@example.com") for name in "ab"],
    "phone": [parse_phone("+380441234567"), parse_phone("+380441234568")],
    "push": [parse_push_token("a" * 64), parse_push_token("b" * 64)],
}
LEAVES = {1: 2, 2: 0, 4: 1, 10: 0, 16: 0, 19: 1, 101: 0, 103: 0}
"""The source → the reach it leaves; 10 is of a dead address, 101 a STOP."""
PEOPLE = (0, 1, 2)

people = st.sampled_from(PEOPLE)
kinds = st.sampled_from(sorted(VALUES))
places = st.integers(0, 1)
sources = st.sampled_from(sorted(LEAVES))
steps = st.one_of(
    st.tuples(st.just("unsubscribe"), people, kinds, sources),
    st.tuples(st.just("subscribe"), people, kinds),
    st.tuples(st.just("suppress"), kinds, places, sources),
    st.tuples(st.just("unsuppress"), kinds, places),
    st.tuples(st.just("attach"), people, kinds, places),
    st.tuples(st.just("detach"), people, kinds),
)


@dataclass
class Account:
    """Who unsubscribed from what, what is suppressed, and who has which address, by plain rules."""

    unsubscribed: dict[tuple[int, str], int] = field(default_factory=dict)
    suppressed: dict[tuple[str, int], int] = field(default_factory=dict)
    owners: dict[tuple[str, int], int] = field(default_factory=dict)

    def unsubscribe(self, person: int, kind: str, source: int) -> None:
        known = self.unsubscribed.get((person, kind))
        if known is None or LEAVES[source] < LEAVES[known]:
            self.unsubscribed[person, kind] = source

    def subscribe(self, person: int, kind: str) -> None:
        self.unsubscribed.pop((person, kind), None)
        for place in (0, 1):
            if self.owners.get((kind, place)) == person and self.suppressed.get((kind, place)) == 101:
                del self.suppressed[kind, place]

    def suppress(self, kind: str, place: int, source: int) -> None:
        def strictness(each: int) -> tuple[int, int]:
            return LEAVES[each], {101: 2, 16: 1}.get(each, 0)

        known = self.suppressed.get((kind, place))
        if known is None or strictness(source) < strictness(known):
            self.suppressed[kind, place] = source

    def unsuppress(self, kind: str, place: int) -> None:
        self.suppressed.pop((kind, place), None)

    def attach(self, person: int, kind: str, place: int) -> None:
        if kind != "push" and self.owners.get((kind, place), person) != person:
            return  # refused: somebody else's
        other = (kind, 1 - place)
        if kind != "push" and self.owners.get(other) == person:
            del self.owners[other]
            if self.unsubscribed.get((person, kind)) == 10:
                del self.unsubscribed[person, kind]
        self.owners[kind, place] = person

    def detach(self, person: int, kind: str) -> None:
        self.owners = {key: owner for key, owner in self.owners.items() if (key[0], owner) != (kind, person)}

    def reaches(self) -> dict[tuple[str, int], tuple[int, int]]:
        """(kind, place) → owner and reach."""
        return {key: (owner, min([3, *self._told(owner, key)])) for key, owner in self.owners.items()}

    def _told(self, owner: int, key: tuple[str, int]) -> list[int]:
        sources = (self.unsubscribed.get((owner, key[0])), self.suppressed.get(key))
        return [LEAVES[source] for source in sources if source is not None]


@dataclass
class Stored:
    """The same steps by the services."""

    project: Project
    users: list[OmnichannelUser]

    def unsubscribe(self, person: int, kind: str, source: int) -> None:
        unsubscribe(self.users[person], kind=AddressKind(kind), source=source, actor="test")

    def subscribe(self, person: int, kind: str) -> None:
        subscribe(self.users[person], kind=AddressKind(kind), actor="test")

    def suppress(self, kind: str, place: int, source: int) -> None:
        suppress(self.project, kind=AddressKind(kind), value=VALUES[kind][place].value, source=source)

    def unsuppress(self, kind: str, place: int) -> None:
        for row in Suppression.objects.filter(project=self.project, kind=kind, value=VALUES[kind][place].value):
            unsuppress(row, actor="test")

    def attach(self, person: int, kind: str, place: int) -> None:
        try:
            with transaction.atomic():
                attach_address(self.users[person], VALUES[kind][place])
        except Conflict:
            pass

    def detach(self, person: int, kind: str) -> None:
        change_addresses(self.users[person], {AddressKind(kind): None})

    def reaches(self) -> dict[tuple[str, int], tuple[int, int]]:
        numbers = {user.pk: number for number, user in enumerate(self.users)}
        rows = Address.objects.filter(project=self.project)
        return {
            (row.kind, VALUES[row.kind].index(ParsedAddress(AddressKind(row.kind), row.value, row.provider))): (
                numbers[row.user_id],
                row.reach,
            )
            for row in rows
        }


@pytest.mark.django_db
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(steps, max_size=25))
def test_the_reach_is_what_a_plain_account_says(taken: list[tuple[str, ...]]) -> None:
    project = make_project()
    stored, account = Stored(project, [make_user(project) for _ in PEOPLE]), Account()
    for name, *told in taken:
        getattr(stored, name)(*told)
        getattr(account, name)(*told)
        assert stored.reaches() == account.reaches()
