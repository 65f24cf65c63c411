"""Several operators and workers at once, each with its own connection and real transactions."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from campaigns.lifecycle import PLACES
from campaigns.models import Campaign
from campaigns.services.control import cancel_campaign, launch_campaign, pause_campaign, resume_campaign
from campaigns.services.drafts import Draft, update_campaign
from campaigns.services.enrolment import enrol_next_slice
from campaigns.services.moves import locked_campaign
from campaigns.services.upkeep import cancel_next_slice, finish_done, start_due
from messaging.models import Message
from projects.errors import Conflict
from tests.campaigns.scene import hand_over, make_campaign
from users.models import Segment
from users.services.segments import delete_segment

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returned or raised; they begin at the same instant."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        barrier.wait(10)
        try:
            return call()
        except Conflict as error:
            return error.message
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def fresh(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


def test_of_many_who_launch_at_once_one_launches_and_the_others_are_told() -> None:
    campaign = make_campaign()
    results = at_once(*[lambda: launch_campaign(fresh(campaign))] * 6)
    told = "This campaign is being sent already, so it can't be launched."
    assert Counter(results) == {None: 1, told: 5}
    assert campaign.history.filter(state="sending").count() == 1


def test_the_clock_and_an_operator_launch_once() -> None:
    campaign = make_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(state="scheduled", starts_at="2020-01-01T00:00:00Z")
    at_once(start_due, start_due, lambda: launch_campaign(fresh(campaign)), start_due)
    assert campaign.history.filter(state="sending").count() == 1
    assert fresh(campaign).state == "sending"


def test_two_enrolments_never_run_at_once() -> None:
    campaign = make_campaign()
    launch_campaign(campaign)
    with transaction.atomic():
        locked_campaign(campaign.pk)
        assert at_once(lambda: enrol_next_slice(campaign.pk)) == [False]
    assert Message.objects.filter(mailing=campaign).count() == 0
    assert enrol_next_slice(campaign.pk) is False
    assert Message.objects.filter(mailing=campaign).count() == 3


def test_a_segment_that_a_campaign_takes_up_meanwhile_is_not_deleted() -> None:
    campaign = make_campaign(segments=[])
    segment = Segment.objects.create(project=campaign.project, name="A", kind="static")
    taken, looked = Event(), Event()

    def take_up() -> None:
        with transaction.atomic():
            update_campaign(campaign, draft=Draft(name="Spring sale", segments=[segment]))
            taken.set()
            looked.wait(0.5)

    def delete() -> None:
        taken.wait(10)
        delete_segment(segment)

    results = at_once(take_up, delete)
    assert str(results[1]).startswith("The campaign “Spring sale” uses this segment")
    assert list(campaign.segments.all()) == [segment]


@pytest.mark.parametrize("seed", range(6))
def test_clicks_at_random_during_enrolment_leave_legal_states_and_nobody_twice(seed: int) -> None:
    campaign = make_campaign(people=40)
    dice = random.Random(seed)
    launch_campaign(campaign)

    def click() -> None:
        for _ in range(12):
            action = dice.choice([pause_campaign, resume_campaign, resume_campaign, launch_campaign])
            try:
                action(fresh(campaign))
            except Conflict:
                continue

    def enrol() -> None:
        for _ in range(25):
            enrol_next_slice(campaign.pk, limit=3)

    at_once(click, click, enrol, enrol, lambda: [finish_done() for _ in range(10)])
    assert fresh(campaign).state in ("sending", "paused")
    assert fresh(campaign).is_open == (fresh(campaign).state == "sending")
    if fresh(campaign).state == "paused":
        resume_campaign(fresh(campaign))
    while enrol_next_slice(campaign.pk, limit=7):
        pass
    messages = Message.objects.filter(mailing=campaign)
    assert (messages.count(), messages.values("user").distinct().count()) == (40, 40)
    hand_over(campaign)
    finish_done()
    assert fresh(campaign).state == "sent"


def test_a_cancel_during_enrolment_leaves_nothing_queued() -> None:
    campaign = make_campaign(people=40)
    launch_campaign(campaign)

    def enrol() -> None:
        while enrol_next_slice(campaign.pk, limit=3):
            pass

    at_once(enrol, enrol, lambda: cancel_campaign(fresh(campaign)))
    while cancel_next_slice(campaign.pk, limit=5):
        pass
    assert fresh(campaign).state in PLACES
    assert (fresh(campaign).state, fresh(campaign).is_open) == ("cancelled", False)
    assert set(Message.objects.filter(mailing=campaign).values_list("state", flat=True)) <= {"cancelled"}
