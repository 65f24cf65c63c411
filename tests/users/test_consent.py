"""Consent: each change is kept once, told in the history, and settles what may still be sent."""

from typing import Any

import pytest
from django.db import transaction
from django.utils.timezone import now

from projects.models import Project
from tests.at_once import at_once
from tests.factories import make_project, make_user
from users.address_forms import ParsedAddress, parse_phone, parse_push_token
from users.consent_sources import Reach, Source
from users.models import Address, ConsentEvent, OmnichannelUser, Suppression, Unsubscription
from users.selectors_consent import consent_history, types_off, unsubscription_of
from users.services import consent
from users.services.addresses import attach_address, change_addresses
from users.services.people import erase_user, identify_recipient, update_user
from users.vocabulary import AddressKind

EMAIL, PHONE, PUSH = AddressKind.EMAIL, AddressKind.PHONE, AddressKind.PUSH
NUMBER = "+380441234567"
TOKEN = parse_push_token("a" * 64)


@pytest.fixture
def project(db: None) -> Project:
    return make_project()


@pytest.fixture
def anna(project: Project) -> OmnichannelUser:
    return make_user(project, client_user_id="anna", email="anna@example.com", phone=NUMBER)


def reaches(**which: Any) -> dict[str, int]:
    return dict(Address.objects.filter(**which).values_list("value", "reach"))


def history(user: OmnichannelUser) -> list[tuple[str, str, int | None, str, str]]:
    return [(each.kind, each.act, each.source_id, each.actor, each.note) for each in consent_history(user)]


def test_an_unsubscription_stops_its_channel_alone_and_is_told(anna: OmnichannelUser) -> None:
    changed = consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person", message="too many")
    assert changed
    assert reaches() == {"anna@example.com": Reach.SYSTEM, NUMBER: Reach.ALL}
    assert history(anna) == [("email", "unsubscribed", 4, "person", "too many")]


def test_the_same_again_changes_nothing(anna: OmnichannelUser) -> None:
    assert consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    before = unsubscription_of(anna, EMAIL)
    assert not consent.unsubscribe(anna, kind=EMAIL, source=Source.PAGE, actor="person")
    after = unsubscription_of(anna, EMAIL)
    assert before
    assert after
    assert (after.source_id, after.updated_at) == (Source.LINK, before.updated_at)
    assert len(history(anna)) == 1


def test_a_stricter_source_takes_the_place_and_the_first_moment_stays(anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.PAGE_CAMPAIGN, actor="person")
    before = unsubscription_of(anna, EMAIL)
    assert consent.unsubscribe(anna, kind=EMAIL, source=Source.FBL, actor="mailbox")
    assert not consent.unsubscribe(anna, kind=EMAIL, source=Source.PAGE_CAMPAIGN, actor="person")
    after = unsubscription_of(anna, EMAIL)
    assert before
    assert after
    assert (after.source_id, after.reach, after.created_at) == (Source.FBL, Reach.NOTHING, before.created_at)
    assert after.updated_at > before.updated_at
    assert reaches(kind=EMAIL) == {"anna@example.com": Reach.NOTHING}


def test_subscribing_takes_it_back_once(anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    assert consent.subscribe(anna, kind=EMAIL, actor="API", note="asked for it") == 1
    assert consent.subscribe(anna, kind=EMAIL, actor="API") == 0
    assert reaches(kind=EMAIL) == {"anna@example.com": Reach.ALL}
    assert history(anna)[0] == ("email", "subscribed", None, "API", "asked for it")
    assert len(history(anna)) == 2


def test_subscribing_lifts_a_stop_and_never_a_complaint(project: Project, anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=PHONE, source=Source.SMS_STOP, actor="person")
    consent.suppress(project, kind=PHONE, value=NUMBER, source=Source.SMS_STOP)
    assert consent.subscribe(anna, kind=PHONE, actor="person", note="START") == 2
    assert reaches(kind=PHONE) == {NUMBER: Reach.ALL}
    consent.suppress(project, kind=EMAIL, value="anna@example.com", source=Source.FBL)
    assert consent.subscribe(anna, kind=EMAIL, actor="API") == 0
    assert reaches(kind=EMAIL) == {"anna@example.com": Reach.NOTHING}


@pytest.mark.parametrize(
    ("sources", "kept"),
    [
        ([Source.SMS_STOP, Source.SUPPRESSION_LIST], Source.SUPPRESSION_LIST),
        ([Source.SUPPRESSION_LIST, Source.SMS_STOP], Source.SUPPRESSION_LIST),
        ([Source.ADMIN, Source.FBL], Source.FBL),
        ([Source.FBL, Source.SUPPRESSION_LIST], Source.FBL),
        ([Source.LINK, Source.SMS_STOP], Source.SMS_STOP),
        ([Source.SMS_STOP, Source.LINK], Source.SMS_STOP),
    ],
)
def test_of_two_suppressions_the_firmer_stays(project: Project, sources: list[Source], kept: Source) -> None:
    for source in sources:
        consent.suppress(project, kind=PHONE, value=NUMBER, source=source)
    assert list(Suppression.objects.values_list("source_id", flat=True)) == [kept]


def test_a_suppression_is_told_to_whoever_has_the_address(project: Project, anna: OmnichannelUser) -> None:
    row = consent.suppress(project, kind=PHONE, value=NUMBER, reason="court order")
    consent.suppress(project, kind=PHONE, value=NUMBER, reason="again")
    assert consent.unsuppress(row, actor="boss")
    assert not consent.unsuppress(row, actor="boss")
    assert history(anna) == [
        ("phone", "unsuppressed", 103, "boss", "court order"),
        ("phone", "suppressed", 103, "", "court order"),
    ]
    assert reaches(kind=PHONE) == {NUMBER: Reach.ALL}


def test_a_suppression_is_of_one_project(project: Project, anna: OmnichannelUser) -> None:
    other = make_user(make_project(), phone=NUMBER)
    consent.suppress(project, kind=PHONE, value=NUMBER)
    assert reaches(user=anna, kind=PHONE) == {NUMBER: Reach.NOTHING}
    assert reaches(user=other, kind=PHONE) == {NUMBER: Reach.ALL}


def test_a_number_that_left_and_came_back_is_still_suppressed(project: Project, anna: OmnichannelUser) -> None:
    consent.suppress(project, kind=PHONE, value=NUMBER, source=Source.SMS_STOP)
    update_user(project, client_user_id="anna", payload={"phone": None})
    make_user(project, phone=NUMBER)
    assert reaches(kind=PHONE) == {NUMBER: Reach.NOTHING}


def test_a_number_that_left_and_came_back_is_still_unsubscribed(project: Project, anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=PHONE, source=Source.LINK, actor="person")
    for phone in (None, NUMBER, "+380441234568"):
        update_user(project, client_user_id="anna", payload={"phone": phone})
    assert reaches(kind=PHONE) == {"+380441234568": Reach.SYSTEM}


def test_a_device_handed_over_has_its_new_owners_consent(project: Project, anna: OmnichannelUser) -> None:
    boris = make_user(project, app_push_token=TOKEN.value)
    consent.unsubscribe(boris, kind=PUSH, source=Source.LINK, actor="person")
    identify(project, "anna", TOKEN)
    assert reaches(kind=PUSH) == {TOKEN.value: Reach.ALL}
    attach(boris, TOKEN)
    assert reaches(kind=PUSH) == {TOKEN.value: Reach.SYSTEM}


def test_a_new_address_clears_what_the_mail_server_said_of_the_old_one(project: Project, anna: OmnichannelUser) -> None:
    consent.confirm_email(anna, at=now(), actor="person")
    consent.unsubscribe(anna, kind=EMAIL, source=Source.INVALID, actor="mail server")
    user = update_user(project, client_user_id="anna", payload={"email": "new@example.com"})
    anna.refresh_from_db()
    assert (user.email_confirmed_at, anna.email_confirmed_at) == (None, None)
    assert reaches(kind=EMAIL) == {"new@example.com": Reach.ALL}
    assert [act for _, act, *_ in history(anna)] == ["subscribed", "unsubscribed", "confirmed"]


def test_a_new_address_clears_nothing_that_the_person_said(project: Project, anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.FBL, actor="mailbox")
    update_user(project, client_user_id="anna", payload={"email": "new@example.com"})
    assert reaches(kind=EMAIL) == {"new@example.com": Reach.NOTHING}


def test_a_confirmation_counts_once(anna: OmnichannelUser) -> None:
    first = now()
    assert consent.confirm_email(anna, at=first, actor="person")
    assert not consent.confirm_email(anna, at=now(), actor="person")
    anna.refresh_from_db()
    assert anna.email_confirmed_at == first
    assert history(anna) == [("email", "confirmed", None, "person", "")]


def test_types_are_switched_off_and_on_and_only_changes_are_told(anna: OmnichannelUser) -> None:
    assert consent.set_types_off(anna, kind=EMAIL, type_ids=[1, 2, 2], actor="API") == 2
    assert consent.add_types_off(anna, kind=EMAIL, type_ids=[2, 3], actor="API") == 1
    assert consent.remove_types_off(anna, kind=EMAIL, type_ids=[1, 9], actor="API") == 1
    assert consent.set_types_off(anna, kind=EMAIL, type_ids=[3, 4], actor="API") == 2
    assert [row.type_id for row in types_off(anna, EMAIL)] == [3, 4]
    assert types_off(anna, PUSH) == []
    assert consent.clear_types_off(anna, kind=EMAIL, actor="API") == 2
    assert types_off(anna, EMAIL) == []
    told = [(each.act, each.type_id) for each in reversed(consent_history(anna))]
    off, on = "type_off", "type_on"
    assert told == [(off, 1), (off, 2), (off, 3), (on, 1), (off, 4), (on, 2), (on, 3), (on, 4)]


def test_many_are_settled_at_once(project: Project) -> None:
    users = [make_user(project, email=f"{number}@example.com") for number in range(3)]
    Unsubscription.objects.bulk_create(
        [Unsubscription(user=user, project=project, kind=EMAIL, source_id=4, reach=1) for user in users[:2]]
    )
    consent.settle_reach([user.pk for user in users])
    assert sorted(reaches().values()) == [1, 1, 3]


def test_who_was_erased_has_nothing_to_change(project: Project, anna: OmnichannelUser) -> None:
    erase_user(project, client_user_id="anna")
    assert not consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    assert consent.subscribe(anna, kind=EMAIL, actor="person") == 0
    assert consent.add_types_off(anna, kind=EMAIL, type_ids=[1], actor="person") == 0
    assert not consent.confirm_email(anna, at=now(), actor="person")
    assert ConsentEvent.objects.count() == 0


def attach(user: OmnichannelUser, address: ParsedAddress) -> None:
    with transaction.atomic():
        OmnichannelUser.objects.select_for_update(no_key=True).get(pk=user.pk)
        attach_address(user, address)


def identify(project: Project, client_user_id: str, address: ParsedAddress | None) -> None:
    with transaction.atomic():
        user = identify_recipient(project, client_user_id=client_user_id, profile={}, address=address)
        if address is None:
            change_addresses(user, {PHONE: None})


def test_a_suppression_and_the_arrival_of_its_address_at_once_agree(transactional_db: None) -> None:
    project, number = make_project(), parse_phone(NUMBER)
    for turn in range(15):
        user = make_user(project, client_user_id=f"user-{turn}")
        at_once([lambda: consent.suppress(project, kind=PHONE, value=NUMBER), lambda: attach(user, number)])  # noqa: B023  (done before the next turn)
        assert reaches() == {NUMBER: Reach.NOTHING}
        row = Suppression.objects.get()
        at_once([lambda: consent.unsuppress(row, actor=""), lambda: attach(user, number)])  # noqa: B023  (as above)
        assert reaches() == {NUMBER: Reach.ALL}
        erase_user(project, client_user_id=f"user-{turn}")


def test_changes_of_one_address_at_once_agree(transactional_db: None) -> None:
    project, number = make_project(), parse_phone(NUMBER)
    anna, boris = make_user(project, phone=NUMBER), make_user(project, app_push_token=TOKEN.value)
    for turn in range(10):
        calls = [
            lambda: consent.unsubscribe(anna, kind=PHONE, source=Source.LINK, actor=""),
            lambda: consent.unsubscribe(anna, kind=PHONE, source=Source.SMS_STOP, actor=""),
            lambda: consent.suppress(project, kind=PHONE, value=NUMBER, source=Source.SMS_STOP),
            lambda: consent.unsubscribe(boris, kind=PUSH, source=Source.FBL, actor=""),
            lambda: attach(anna, TOKEN if turn % 2 else number),  # noqa: B023  (as above)
        ]
        at_once(calls[turn % 3 :] + calls[: turn % 3])
        assert reaches(kind=PHONE) == {NUMBER: Reach.NOTHING}
        assert reaches(kind=PUSH) == {TOKEN.value: Reach.ALL if turn % 2 else Reach.NOTHING}
        at_once([lambda: consent.subscribe(anna, kind=PHONE, actor=""), lambda: attach(boris, TOKEN)])
        assert reaches() == {NUMBER: Reach.ALL, TOKEN.value: Reach.NOTHING}


def test_one_unsubscription_at_once_by_many_is_told_once(transactional_db: None) -> None:
    user = make_user(make_project(), phone=NUMBER)
    changes = at_once([lambda: consent.unsubscribe(user, kind=PHONE, source=Source.LINK, actor="")] * 5)
    assert sorted(changes) == [False] * 4 + [True]
    assert ConsentEvent.objects.count() == 1
