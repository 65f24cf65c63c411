from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from projects.errors import Conflict, InvalidInput
from tests.at_once import at_once
from tests.factories import make_project, make_user
from users.address_forms import parse_phone, parse_push_token
from users.models import Address, CustomField, OmnichannelUser
from users.services.people import erase_user, identify_recipient, upsert_users

TOKEN = parse_push_token("f" * 64)
PHONE = parse_phone("+380501234567")


@pytest.fixture
def project(db):
    return make_project()


def identify(project, client_user_id="a", profile=None, address=TOKEN):
    with transaction.atomic():
        return identify_recipient(project, client_user_id=client_user_id, profile=profile or {}, address=address)


def addresses():
    return sorted(Address.objects.values_list("user__client_user_id", "kind", "value"))


def test_an_unknown_recipient_is_made_with_the_address(project):
    user = identify(project, profile={"name": "Olena", "country_id": "UKR", "fields": {"x": 1}, "email": "ignored"})
    user.refresh_from_db()
    assert (user.client_user_id, user.name, user.country, user.fields) == ("a", "Olena", "UA", {"x": 1})
    assert addresses() == [("a", "push", TOKEN.value)]
    assert list(CustomField.objects.values_list("name", "type")) == [("x", "number")]


def test_a_known_recipient_costs_one_read_and_no_write(project, django_assert_num_queries):
    profile = {"name": "Olena", "vip": 1, "age": "5", "fields": {"x": 1, "gone": None}}
    made = identify(project, profile=profile)
    with transaction.atomic(), django_assert_num_queries(1) as queries:
        found = identify_recipient(project, client_user_id="a", profile=profile, address=TOKEN)
    assert found == made
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT"]


def test_a_known_recipient_without_an_address_costs_one_read(project, django_assert_num_queries):
    identify(project)
    with django_assert_num_queries(1):
        identify_recipient(project, client_user_id="a", profile={}, address=None)


@pytest.mark.parametrize(
    ("profile", "name", "value"),
    [
        ({"name": "new"}, "name", "new"),
        ({"name": None}, "name", ""),
        ({"fields": {"x": 2}}, "fields", {"x": 2}),
        ({"fields": {"x": None}}, "fields", {}),
        ({"fields": None}, "fields", {}),
    ],
)
def test_a_changed_profile_is_written(project, profile, name, value):
    identify(project, profile={"name": "old", "fields": {"x": 1}})
    assert getattr(identify(project, profile=profile), name) == value
    assert getattr(OmnichannelUser.objects.get(), name) == value


def test_a_field_that_changes_from_1_to_true_is_not_taken_for_unchanged(project):
    identify(project, profile={"fields": {"x": 1}})
    with pytest.raises(Conflict) as caught:
        identify(project, profile={"fields": {"x": True}})
    assert (caught.value.field, caught.value.message) == ("fields.x", "This field is of type number, boolean given.")


def test_a_bad_profile_is_refused_and_nothing_is_kept(project):
    with pytest.raises(InvalidInput) as caught:
        identify(project, profile={"age": 151, "country_id": "XX"})
    assert caught.value.errors == {
        "age": "This value should be between 0 and 150.",
        "country_id": "This value is not a valid country.",
    }
    assert OmnichannelUser.objects.count() == 0


def test_a_recipients_device_moves_with_the_token_and_a_phone_stays(project):
    identify(project, "a")
    identify(project, "a", address=PHONE)
    identify(project, "b")
    assert addresses() == [("a", "phone", PHONE.value), ("b", "push", TOKEN.value)]
    with pytest.raises(Conflict) as caught:
        identify(project, "b", address=PHONE)
    assert caught.value.field == "phone"


def test_an_address_that_was_told_long_ago_is_confirmed_anew(project):
    identify(project)
    Address.objects.update(confirmed_at=F("confirmed_at") - timedelta(hours=2))
    before = Address.objects.get().confirmed_at
    identify(project)
    assert Address.objects.get().confirmed_at > before


def test_a_retired_token_is_revived_by_a_send_and_an_opted_out_one_is_not(project):
    identify(project)
    Address.objects.update(status="retired")
    identify(project)
    assert Address.objects.get().status == "active"
    Address.objects.update(status="opted_out")
    identify(project)
    assert Address.objects.get().status == "opted_out"


def test_a_batch_keeps_the_registration_date_of_those_who_exist(project):
    made = make_user(project, registered_at="2020-01-01")
    row = {"client_user_id": made.client_user_id, "registered_at": "2021-01-01", "age": 5}
    assert [(result.user_id, result.is_new) for result in upsert_users(project, rows=[row])] == [(made.pk, False)]
    made.refresh_from_db()
    assert (made.registered_at.year, made.age) == (2020, 5)


def test_many_sends_at_once_to_one_new_user_make_one(transactional_db):
    project = make_project()

    def send(number):
        return lambda: identify(project, profile={"name": f"n{number}", "fields": {"x": number}})

    for _ in range(3):
        users = at_once([send(number) for number in range(6)])
        assert {user.pk for user in users} == {OmnichannelUser.objects.get().pk}
    assert addresses() == [("a", "push", TOKEN.value)]


def test_many_users_at_once_with_one_device_leave_it_with_one_of_them(transactional_db):
    project = make_project()
    at_once([lambda name=name: identify(project, name) for name in "abcdef"])
    assert (OmnichannelUser.objects.count(), len(addresses())) == (6, 1)


def test_an_erasure_at_once_with_sends_leaves_nothing_half(transactional_db):
    project = make_project()
    for _ in range(5):
        make_user(project, client_user_id="a", email="a@example.com")
        sends = [lambda: identify(project)] * 3
        at_once([*sends, lambda: erase_user(project, client_user_id="a")])
        # The e-mail was the erased one's; whoever sends later makes a new user, who has the device alone.
        assert [(kind, value) for _, kind, value in addresses()] in ([], [("push", TOKEN.value)])
        OmnichannelUser.objects.all().delete()
