"""What an operator decides about an address outlives the address's row."""

import pytest

from projects.errors import InvalidInput
from projects.models import Project
from tests.factories import make_project, make_user
from users.consent_sources import Reach, Source
from users.models import Address, OmnichannelUser, Suppression
from users.services.address_status import set_address_status
from users.services.consent import suppress
from users.services.people import update_user
from users.vocabulary import AddressKind

NUMBER, TOKEN = "+380441234567", "a" * 64


@pytest.fixture
def project(db: None) -> Project:
    return make_project()


@pytest.fixture
def anna(project: Project) -> OmnichannelUser:
    return make_user(project, client_user_id="anna", phone=NUMBER, app_push_token=TOKEN)


def change(status: str, kind: str = "phone") -> Address:
    address = Address.objects.get(kind=kind)
    set_address_status(address, status=status, reason="asked by phone")
    return address


@pytest.mark.parametrize("status", ["opted_out", "suppressed"])
def test_a_phone_that_was_cleared_and_set_again_is_still_not_written_to(anna: OmnichannelUser, status: str) -> None:
    change(status)
    for phone in (None, NUMBER):
        update_user(anna.project, client_user_id="anna", payload={"phone": phone})
    assert Address.objects.get(kind="phone").reach == Reach.NOTHING
    assert list(Suppression.objects.values_list("source_id", "reason")) == [(Source.ADMIN, "asked by phone")]


def test_active_ends_an_operators_choice(anna: OmnichannelUser) -> None:
    change("opted_out")
    change("active")
    assert (Suppression.objects.count(), Address.objects.get(kind="phone").reach) == (0, Reach.ALL)


def test_active_ends_no_complaint(anna: OmnichannelUser) -> None:
    suppress(anna.project, kind=AddressKind.PHONE, value=NUMBER, source=Source.SUPPRESSION_LIST)
    change("opted_out")
    change("active")
    assert (Suppression.objects.count(), Address.objects.get(kind="phone").reach) == (1, Reach.NOTHING)


def test_the_opt_out_of_a_device_does_not_move_on_with_it(anna: OmnichannelUser) -> None:
    change("opted_out", kind="push")
    make_user(anna.project, app_push_token=TOKEN)
    device = Address.objects.get(kind="push")
    assert (device.status, device.reach) == ("active", Reach.ALL)


def test_a_suppressed_device_stays_suppressed_whosever_it_is(anna: OmnichannelUser) -> None:
    change("suppressed", kind="push")
    make_user(anna.project, app_push_token=TOKEN)
    assert Address.objects.get(kind="push").reach == Reach.NOTHING


def test_a_number_found_invalid_is_not_put_on_the_list(anna: OmnichannelUser) -> None:
    assert change("invalid").status == "invalid"
    assert Suppression.objects.count() == 0


def test_what_only_a_provider_can_say_is_refused(anna: OmnichannelUser) -> None:
    with pytest.raises(InvalidInput) as caught:
        change("retired")
    assert caught.value.errors == {"status": "Choose one of the states offered."}
