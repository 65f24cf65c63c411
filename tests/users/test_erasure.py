"""Erasure: asked for, waited for, and nothing left but what keeps the person from being written to again."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils.timezone import now

from projects.models import Project
from tests.at_once import at_once
from tests.factories import make_project, make_user
from users.consent_sources import Reach, Source
from users.jobs import tidy_every_minute
from users.models import Address, Goal, OmnichannelUser, Payment, ProductEvent, Suppression
from users.services import consent
from users.services.erasure import cancel_erasure, erase_due, request_erasure
from users.services.people import erase_user, update_user
from users.vocabulary import AddressKind

EMAIL = AddressKind.EMAIL


@pytest.fixture
def project(db: None) -> Project:
    return make_project()


@pytest.fixture
def anna(project: Project) -> OmnichannelUser:
    return make_user(project, client_user_id="anna", email="anna@example.com")


def minutes_till(user: OmnichannelUser) -> int:
    user.refresh_from_db()
    assert user.erase_after
    return round((user.erase_after - now()) / timedelta(minutes=1))


def come_due(user: OmnichannelUser) -> None:
    OmnichannelUser.objects.filter(pk=user.pk).update(erase_after=now() - timedelta(seconds=1))


def test_it_happens_after_two_days_and_asking_again_postpones_nothing(anna: OmnichannelUser) -> None:
    first = request_erasure(anna, force=False)
    assert minutes_till(anna) == 2 * 24 * 60
    assert request_erasure(anna, force=False) == first


def test_forced_it_happens_within_ten_minutes_and_stays_so(anna: OmnichannelUser) -> None:
    request_erasure(anna, force=False)
    request_erasure(anna, force=True)
    assert minutes_till(anna) == 8
    request_erasure(anna, force=False)
    assert minutes_till(anna) == 8


def test_nothing_is_sent_from_then_on_whatever_is_subscribed_or_added(anna: OmnichannelUser) -> None:
    request_erasure(anna, force=False)
    consent.subscribe(anna, kind=EMAIL, actor="API")
    update_user(anna.project, client_user_id="anna", payload={"phone": "+380441234567", "email": "new@example.com"})
    assert set(Address.objects.values_list("reach", flat=True)) == {Reach.NOTHING}


def test_who_is_kept_after_all_gets_what_their_consent_says(anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    request_erasure(anna, force=True)
    assert cancel_erasure(anna)
    assert not cancel_erasure(anna)
    assert Address.objects.get().reach == Reach.SYSTEM
    assert erase_due() == 0


def test_the_job_erases_who_is_due_and_nobody_else(transactional_db: None) -> None:
    project = make_project()
    anna = make_user(project, email="anna@example.com")
    nameless = OmnichannelUser.objects.create(project=project)
    waiting = make_user(project)
    for user in (anna, nameless, waiting):
        request_erasure(user, force=False)
    for user in (anna, nameless):
        come_due(user)
    tidy_every_minute()
    assert list(OmnichannelUser.objects.all()) == [waiting]


def test_no_more_than_the_limit_are_erased_at_once(project: Project) -> None:
    for _ in range(3):
        come_due(make_user(project))
    assert (erase_due(2), erase_due(2), erase_due(2)) == (2, 1, 0)


def test_all_that_tells_of_the_person_goes_and_the_suppression_stays(project: Project, anna: OmnichannelUser) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    consent.add_types_off(anna, kind=EMAIL, type_ids=[1], actor="person")
    consent.suppress(project, kind=EMAIL, value="anna@example.com", source=Source.FBL)
    Payment.objects.create(user=anna, started_at=now())
    Goal.objects.create(user=anna, type="paid")
    for number, (receiver, sender) in enumerate([("anna", "x"), ("x", "anna"), ("x", "y")]):
        ProductEvent.objects.create(
            project=project, event_id=1, uid=str(number), receiver_id=receiver, sender_id=sender, happened_at=now()
        )
    erase_user(project, client_user_id="anna")
    left = {model.__name__: model._base_manager.count() for model in apps.get_app_config("users").get_models()}
    assert {name: count for name, count in left.items() if count} == {"Suppression": 1, "ProductEvent": 1}
    assert ProductEvent.objects.get().uid == "2"
    make_user(project, email="anna@example.com")
    assert Address.objects.get().reach == Suppression.objects.get().reach == Reach.NOTHING


def test_two_jobs_at_once_erase_each_person_once(transactional_db: None) -> None:
    project = make_project()
    for _ in range(6):
        come_due(make_user(project, email=None, phone=None))
    assert sum(at_once([erase_due, erase_due])) == 6
