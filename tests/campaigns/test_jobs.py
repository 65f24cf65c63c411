"""The jobs as workers run them: through the queue's own strings, with Redis."""

from importlib import import_module

import pytest
from django_rq import get_queue

from campaigns import jobs
from campaigns.models import Campaign
from campaigns.services.control import cancel_campaign, launch_campaign
from campaigns.services.doorbells import cancelling_bell, enrolment_bell
from messaging.models import Message
from projects import queue
from tests.campaigns.scene import hand_over, make_campaign

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign() -> Campaign:
    """A draft, and no doorbell left over from somebody else with its number."""
    get_queue("events").empty()
    made = make_campaign(people=3)
    for bell in (enrolment_bell(made.pk), cancelling_bell(made.pk)):
        queue.answer(bell)
    return made


def run_queued(name: str) -> None:
    """Run what waits in the queue, by its dotted names, until nothing waits."""
    waiting = get_queue(name)
    while jobs_there := waiting.get_jobs():
        for job in jobs_there:
            waiting.remove(job)
            if job.func_name.startswith("campaigns."):
                module, _, function = job.func_name.rpartition(".")
                getattr(import_module(module), function)(*job.args)


def test_a_launch_rings_and_the_job_enrols_everyone(campaign: Campaign) -> None:
    launch_campaign(campaign)
    run_queued("events")
    assert Message.objects.filter(mailing=campaign, state="queued").count() == 3
    hand_over(campaign)
    jobs.tidy_every_second()
    assert Campaign.objects.get(pk=campaign.pk).state == "sent"


def test_after_its_turn_an_enrolment_rings_for_itself(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.jobs.TURN_SECONDS", 0.0)
    monkeypatch.setattr("campaigns.services.enrolment.FIRST_SLICE", 1)
    launch_campaign(campaign)
    jobs.enrol(campaign.pk)
    assert Message.objects.filter(mailing=campaign).count() == 1
    run_queued("events")
    assert Message.objects.filter(mailing=campaign).count() == 3


def test_a_lost_doorbell_is_rung_again(campaign: Campaign) -> None:
    launch_campaign(campaign)
    get_queue("events").empty()
    queue.answer(enrolment_bell(campaign.pk))
    jobs.tidy_every_second()
    run_queued("events")
    assert Message.objects.filter(mailing=campaign).count() == 3


def test_a_cancel_rings_and_the_job_cancels_the_rest(campaign: Campaign) -> None:
    launch_campaign(campaign)
    run_queued("events")
    cancel_campaign(campaign)
    run_queued("events")
    assert set(Message.objects.filter(mailing=campaign).values_list("state", flat=True)) == {"cancelled"}
    Message.objects.filter(mailing=campaign).update(state="queued")
    jobs.tidy_every_second()
    run_queued("events")
    assert set(Message.objects.filter(mailing=campaign).values_list("state", flat=True)) == {"cancelled"}
