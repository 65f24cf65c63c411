"""What holds at the last moment before sending: consent, quiet hours, frequency caps."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now

from channels_app.models import Sender
from messaging.models import Mailing, Message
from messaging.permission import NO_CAMPAIGNS, NOTHING, TYPE_OFF, UNSUBSCRIBED, why_not
from messaging.services.acceptance import Destination, Order, accept_messages, active_mix
from messaging.services.claims import Work, claim
from messaging.services.enrolment import enrol_slice
from messaging.services.permission import Sorted, sort_out
from messaging.vocabulary import State
from tests.messaging.scene import Scene, push_text
from users.models import Address, OmnichannelUser, TypeUnsubscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene(people=2)


def enrol(scene: Scene, mailing: Mailing) -> None:
    enrol_slice(mailing, users=OmnichannelUser.objects.filter(project=scene.project), after=0, limit=100)


def sorted_campaign(scene: Scene, mailing: Mailing) -> Sorted:
    sender = Sender.objects.select_related("project").get(pk=scene.push_sender.pk)
    return sort_out(sender, claim(Work(sender.pk, mailing.pk), limit=100).messages)


def sorted_single(scene: Scene, category: str, *, type_id: int = 7) -> Sorted:
    mailing = scene.mailing("app_push", push_text(), category=category, type_id=type_id)
    for user in scene.users:
        address = Address.objects.get(user=user, kind="push")
        destination = Destination(address, scene.push_sender.pk)
        accept_messages(mailing, mix=active_mix(mailing), user=user, destinations=[destination], order=Order())
    sender = Sender.objects.select_related("project").get(pk=scene.push_sender.pk)
    return sort_out(sender, claim(Work(sender.pk), limit=100).messages)


def reasons(found: Sorted) -> list[tuple[State, str]]:
    return [(each.state, each.reason) for each in found.stopped]


@pytest.mark.parametrize(
    ("reach", "told"),
    [
        (3, {"system": "", "trigger": "", "campaign": ""}),
        (2, {"system": "", "trigger": "", "campaign": NO_CAMPAIGNS}),
        (1, {"system": "", "trigger": UNSUBSCRIBED, "campaign": NO_CAMPAIGNS}),
        (0, {"system": NOTHING, "trigger": NOTHING, "campaign": NOTHING}),
    ],
)
def test_each_category_needs_its_reach(reach: int, told: dict[str, str]) -> None:
    assert {category: why_not(category, status="active", reach=reach) for category in told} == told


def test_no_reach_helps_an_address_that_is_not_active() -> None:
    assert why_not("system", status="opted_out", reach=3) == "The address is opted out."


@pytest.mark.parametrize(("category", "usable"), [("system", 2), ("trigger", 1)])
def test_consent_taken_back_after_accepting_stops_a_trigger_and_no_system_message(
    scene: Scene, category: str, usable: int
) -> None:
    Address.objects.filter(user=scene.users[0]).update(reach=1)
    found = sorted_single(scene, category)
    assert len(found.usable) == usable
    assert reasons(found) == [(State.SKIPPED, UNSUBSCRIBED)] * (2 - usable)


@pytest.mark.parametrize(("category", "told"), [("system", []), ("trigger", [(State.SKIPPED, TYPE_OFF)])])
def test_a_type_switched_off_stops_its_triggers(scene: Scene, category: str, told: list[tuple[State, str]]) -> None:
    TypeUnsubscription.objects.create(user=scene.users[0], kind="push", type_id=7)
    TypeUnsubscription.objects.create(user=scene.users[1], kind="push", type_id=8)
    assert reasons(sorted_single(scene, category)) == told


def quiet_now(scene: Scene, zone: str) -> None:
    """Hours that are quiet at this moment in `zone`, from an hour ago until in an hour."""
    clock = datetime.now(ZoneInfo(zone))
    scene.project.quiet_from = (clock - timedelta(hours=1)).time().replace(microsecond=0)
    scene.project.quiet_until = (clock + timedelta(hours=1)).time().replace(microsecond=0)
    scene.project.save()


@pytest.mark.parametrize(("category", "waiting"), [("system", 0), ("trigger", 2)])
def test_system_messages_never_wait_for_quiet_hours(scene: Scene, category: str, waiting: int) -> None:
    quiet_now(scene, "UTC")
    found = sorted_single(scene, category)
    assert (len(found.usable), len(found.stopped)) == (2 - waiting, waiting)
    assert all(each.state == State.QUEUED and not each.spent for each in found.stopped)


def test_a_campaign_waits_for_the_end_of_each_persons_own_night(scene: Scene) -> None:
    quiet_now(scene, "Asia/Tokyo")
    tokyo, lima = scene.users
    OmnichannelUser.objects.filter(pk=tokyo.pk).update(time_zone="Asia/Tokyo")
    OmnichannelUser.objects.filter(pk=lima.pk).update(time_zone="America/Lima")
    enrol(scene, scene.push)
    found = sorted_campaign(scene, scene.push)
    assert [each.user_id for each in found.usable] == [lima.pk]
    [waits] = found.stopped
    assert waits.state == State.QUEUED
    assert timedelta(minutes=58) < waits.delay <= timedelta(hours=1)
    assert waits.reason == f"Waits: quiet hours until {scene.project.quiet_until:%H:%M} (Asia/Tokyo)."


def sent_before(scene: Scene, *, ago: timedelta, campaigns: int = 1) -> None:
    for _ in range(campaigns):
        before = scene.mailing("app_push", push_text())
        enrol(scene, before)
        Message.objects.filter(mailing=before).update(state="sent", sent_at=now() - ago)


def test_whoever_had_as_many_campaigns_as_the_cap_allows_is_skipped(scene: Scene) -> None:
    scene.project.cap_per_week = 2
    scene.project.save()
    sent_before(scene, ago=timedelta(hours=30))
    sent_before(scene, ago=timedelta(days=6, hours=1) - timedelta(hours=2))
    sent_before(scene, ago=timedelta(days=9), campaigns=3)
    enrol(scene, scene.push)
    assert reasons(sorted_campaign(scene, scene.push)) == [(State.SKIPPED, "Frequency cap: 2 in seven days.")] * 2


def test_below_the_cap_everybody_gets_it_and_other_channels_and_system_messages_dont_count(scene: Scene) -> None:
    scene.project.cap_per_week = 1
    scene.project.save()
    enrol(scene, scene.sms)
    Message.objects.filter(mailing=scene.sms).update(state="sent", sent_at=now())
    enrol(scene, scene.push)
    assert len(sorted_campaign(scene, scene.push).usable) == 2
    assert len(sorted_single(scene, "trigger").usable) == 2


def test_a_day_is_the_persons_own(scene: Scene) -> None:
    """What was sent an hour before somebody's midnight was yesterday for them, and is today elsewhere."""
    scene.project.cap_per_day = 1
    scene.project.save()
    zones = [f"Etc/GMT{hours:+d}" for hours in range(-12, 13)]
    ago = {
        zone: (clock := datetime.now(ZoneInfo(zone))) - datetime.combine(clock, time(), ZoneInfo(zone))
        for zone in zones
    }
    young, old = min(ago, key=lambda zone: ago[zone]), max(ago, key=lambda zone: ago[zone])
    for user, zone in zip(scene.users, (young, old), strict=True):
        OmnichannelUser.objects.filter(pk=user.pk).update(time_zone=zone)
    sent_before(scene, ago=ago[young] + timedelta(minutes=30))
    enrol(scene, scene.push)
    assert [each.user_id for each in sorted_campaign(scene, scene.push).usable] == [scene.users[0].pk]


def test_two_campaigns_at_once_never_pass_the_cap_together(scene: Scene) -> None:
    """The other is in a worker's hands: its outcome decides, so this one looks again a moment later."""
    scene.project.cap_per_day = 1
    scene.project.save()
    other = scene.mailing("app_push", push_text())
    enrol(scene, other)
    enrol(scene, scene.push)
    sender = Sender.objects.select_related("project").get(pk=scene.push_sender.pk)
    first = sort_out(sender, claim(Work(sender.pk, other.pk), limit=100).messages)
    second = sort_out(sender, claim(Work(sender.pk, scene.push.pk), limit=100).messages)
    assert len(first.usable) == 2
    assert second.usable == []
    assert [(each.state, each.reason) for each in second.stopped] == [
        (State.QUEUED, "Waits: another campaign is on its way to this person.")
    ] * 2


def test_caps_cost_one_query_a_claim(scene: Scene, django_assert_num_queries: object) -> None:
    scene.project.cap_per_day = 1
    scene.project.save()
    enrol(scene, scene.push)
    sender = Sender.objects.select_related("project").get(pk=scene.push_sender.pk)
    claimed = claim(Work(sender.pk, scene.push.pk), limit=100).messages
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture
        sort_out(sender, claimed)
