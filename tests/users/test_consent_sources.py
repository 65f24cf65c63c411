"""What each source of an unsubscription still lets through, against Sendios' own table.

The table is typed off the facts, section 2B.3, and not made from the code's. T: trigger e-mails are still sent,
S: system e-mails are. Campaigns go to nobody who unsubscribed; source 1 is an unsubscription from campaigns alone, and
19 is shown there without an answer: an unsubscription like the others.
"""

import pytest

from messaging.permission import why_not
from tests.factories import make_project, make_user
from users.consent_sources import Source
from users.models import Address
from users.services.consent import subscribe, suppress, unsubscribe
from users.vocabulary import AddressKind

TABLE = """
    id  name             campaign  T    S
    2   FBL              no        no   no
    5   LIST_HEADER      no        no   yes
    8   CLIENT_CALLBACK  no        no   yes
    9   SETTINGS_TYPES   no        no   yes
    10  INVALID          no        no   no
    12  MX_INVALID       no        no   no
    15  DISTANCE_BOUNCE  no        no   no
    16  ADMIN            no        no   no
    19  PAGE             no        no   yes
    1   PAGE_CAMPAIGN    no        yes  yes
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]


def allowed(address: Address) -> dict[str, bool]:
    """As enrolment and claims ask, for each category."""
    address.refresh_from_db()
    return {
        category: not why_not(category, status=address.status, reach=address.reach)
        for category in ("campaign", "trigger", "system")
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "name", "campaign", "trigger", "system"), ROWS, ids=[row[1] for row in ROWS])
def test_a_source_lets_through_what_the_table_says(
    number: str, name: str, campaign: str, trigger: str, system: str
) -> None:
    told = {"campaign": campaign == "yes", "trigger": trigger == "yes", "system": system == "yes"}
    user = make_user(make_project(), email="anna@example.com")
    address = user.addresses.get()
    assert Source(int(number)).name == name
    unsubscribe(user, kind=AddressKind.EMAIL, source=int(number), actor="test")
    assert allowed(address) == told
    subscribe(user, kind=AddressKind.EMAIL, actor="test")
    assert allowed(address) == {"campaign": True, "trigger": True, "system": True}
    suppress(user.project, kind=AddressKind.EMAIL, value=address.value, source=int(number))
    assert allowed(address) == told


def test_the_table_has_every_row_of_the_facts() -> None:
    assert [int(row[0]) for row in ROWS] == [2, 5, 8, 9, 10, 12, 15, 16, 19, 1]
