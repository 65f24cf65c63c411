"""Launch, pause, resume, cancel: legal moves, and what each leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from campaigns.lifecycle import moves_from
from campaigns.models import Campaign, CampaignState
from campaigns.selectors import progress
from campaigns.services.control import (
    cancel_campaign,
    launch_campaign,
    pause_campaign,
    resume_campaign,
    schedule_campaign,
    unschedule_campaign,
)
from campaigns.services.drafts import Draft, copy_campaign, create_campaign, update_campaign
from campaigns.services.enrolment import enrol_next_slice
from campaigns.services.upkeep import cancel_next_slice, finish_done, start_due
from messaging.models import Mailing, Message
from projects.errors import Conflict, InvalidInput
from projects.models import Operator
from tests.campaigns.scene import hand_over, make_campaign, make_people, make_sender, make_template
from tests.users.audience import make_address, make_dynamic, make_fields, make_project, make_static, make_user, when
from users.models import Address, CustomField, Segment
from users.services.segments import delete_segment

pytestmark = pytest.mark.django_db


def mistakes(call: Any, *given: Any, **named: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        call(*given, **named)
    return caught.value.errors


def enrol_all(campaign: Campaign, limit: int = 2) -> None:
    while enrol_next_slice(campaign.pk, limit=limit):
        pass
    campaign.refresh_from_db()


def states(campaign: Campaign) -> list[str]:
    return list(Message.objects.filter(mailing=campaign).order_by("pk").values_list("state", flat=True))


def test_a_campaign_from_launch_to_sent() -> None:
    campaign, operator = make_campaign(people=5), Operator.objects.create(username="ann")
    launch_campaign(campaign, operator=operator)
    assert (campaign.state, campaign.is_open, campaign.launched_by) == ("sending", True, operator)
    enrol_all(campaign)
    assert campaign.enrolled_at is not None
    assert states(campaign) == ["queued"] * 5
    finish_done()
    campaign.refresh_from_db()
    assert campaign.state == "sending"
    hand_over(campaign)
    finish_done()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.is_open, campaign.finished_at is not None) == ("sent", False, True)
    assert list(campaign.history.order_by("history_id").values_list("state", flat=True))[-2:] == ["sending", "sent"]
    assert campaign.history.filter(state="sending").first().history_user == operator


def test_enrolment_goes_on_at_its_cursor_and_enrols_nobody_twice() -> None:
    campaign = make_campaign(people=5)
    launch_campaign(campaign)
    assert enrol_next_slice(campaign.pk, limit=2) is True
    campaign.refresh_from_db()
    assert (len(states(campaign)), campaign.enrol_cursor > 0, campaign.enrolled_at) == (2, True, None)
    Campaign.objects.filter(pk=campaign.pk).update(enrol_cursor=0)
    enrol_all(campaign)
    assert len(states(campaign)) == 5
    assert Message.objects.filter(mailing=campaign).values("address").distinct().count() == 5


def test_a_paused_campaign_is_not_enrolled_and_goes_on_when_resumed() -> None:
    campaign = make_campaign(people=5)
    launch_campaign(campaign)
    enrol_next_slice(campaign.pk, limit=2)
    pause_campaign(campaign)
    assert (campaign.state, campaign.is_open) == ("paused", False)
    assert enrol_next_slice(campaign.pk) is False
    assert len(states(campaign)) == 2
    resume_campaign(campaign)
    assert (campaign.state, campaign.is_open) == ("sending", True)
    enrol_all(campaign)
    assert len(states(campaign)) == 5


def test_cancelling_leaves_what_was_sent_and_cancels_the_rest() -> None:
    campaign = make_campaign(people=5)
    launch_campaign(campaign)
    enrol_next_slice(campaign.pk, limit=2)
    hand_over(campaign)
    enrol_next_slice(campaign.pk, limit=2)
    cancel_campaign(campaign)
    assert cancel_next_slice(campaign.pk, limit=1) is True
    assert cancel_next_slice(campaign.pk, limit=2) is False
    assert enrol_next_slice(campaign.pk) is False
    assert states(campaign) == ["sent", "sent", "cancelled", "cancelled"]
    assert campaign.is_open is False


def test_only_a_cancelled_campaigns_messages_are_cancelled() -> None:
    campaign = make_campaign()
    launch_campaign(campaign)
    enrol_all(campaign)
    assert cancel_next_slice(campaign.pk) is False
    assert states(campaign) == ["queued"] * 3


ACTIONS = {
    "launch": launch_campaign,
    "pause": pause_campaign,
    "resume": resume_campaign,
    "cancel": cancel_campaign,
    "schedule": schedule_campaign,
    "unschedule": unschedule_campaign,
}
LEGAL = {
    "draft": {"launch", "schedule"},
    "scheduled": {"launch", "unschedule", "cancel"},
    "sending": {"pause", "cancel"},
    "paused": {"resume", "cancel"},
    "sent": set(),
    "cancelled": set(),
    "failed": set(),
}


@pytest.mark.parametrize("state", CampaignState)
def test_every_move_that_isnt_legal_is_refused_and_changes_nothing(state: CampaignState) -> None:
    campaign = make_campaign(starts_at=now() + timedelta(hours=1))
    Campaign.objects.filter(pk=campaign.pk).update(state=state, launched_at=now())
    for name in ACTIONS.keys() - LEGAL[state]:
        with pytest.raises(Conflict):
            ACTIONS[name](campaign)
    campaign.refresh_from_db()
    assert campaign.state == state
    assert len(moves_from(state)) == len(LEGAL[state])


@pytest.mark.parametrize(("state", "name"), [(state, name) for state, names in LEGAL.items() for name in sorted(names)])
def test_every_legal_move_is_made(state: str, name: str) -> None:
    campaign = make_campaign(starts_at=now() + timedelta(hours=1))
    Campaign.objects.filter(pk=campaign.pk).update(state=state, launched_at=now())
    ACTIONS[name](campaign)
    target = {"launch": "sending", "pause": "paused", "resume": "sending", "cancel": "cancelled"}
    assert campaign.state == target.get(name, "scheduled" if name == "schedule" else "draft")


def test_the_second_launch_is_told() -> None:
    campaign = make_campaign()
    launch_campaign(campaign)
    with pytest.raises(Conflict) as caught:
        launch_campaign(Campaign.objects.get(pk=campaign.pk))
    assert caught.value.message == "This campaign is being sent already, so it can't be launched."


def test_a_scheduled_campaign_starts_when_its_time_has_come() -> None:
    campaign = make_campaign(starts_at=now() + timedelta(hours=1))
    schedule_campaign(campaign)
    start_due()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.launched_at) == ("scheduled", None)
    Campaign.objects.filter(pk=campaign.pk).update(starts_at=now() - timedelta(seconds=1))
    start_due()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.is_open, campaign.launched_at is not None) == ("sending", True, True)


def test_a_scheduled_campaign_that_broke_meanwhile_fails_with_the_reason() -> None:
    campaign = make_campaign(starts_at=now() + timedelta(hours=1))
    schedule_campaign(campaign)
    template = campaign.mix.get().template
    template.archived_at = now()
    template.save()
    Campaign.objects.filter(pk=campaign.pk).update(starts_at=now())
    start_due()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.state_reason) == ("failed", f"The template “{template}” is archived.")


@pytest.mark.parametrize(
    ("starts_at", "sentence"),
    [
        (None, "Give the time at which it shall start, or launch it now."),
        (timedelta(hours=-1), "This time has passed: give a later one, or launch it now."),
    ],
)
def test_a_schedule_needs_a_time_to_come(starts_at: timedelta | None, sentence: str) -> None:
    campaign = make_campaign(starts_at=starts_at and now() + starts_at)
    assert mistakes(schedule_campaign, campaign) == {"starts_at": sentence}


def test_the_pipelines_pause_becomes_the_campaigns() -> None:
    campaign = make_campaign()
    launch_campaign(campaign)
    Mailing.objects.filter(pk=campaign.pk).update(is_open=False, closed_reason="It fails for everyone.")
    finish_done()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.state_reason) == ("paused", "It fails for everyone.")
    resume_campaign(campaign)
    assert (campaign.state, campaign.state_reason, campaign.is_open, campaign.closed_reason) == (
        "sending",
        "",
        True,
        "",
    )


def test_rules_that_break_during_enrolment_pause_the_campaign() -> None:
    project = make_project()
    make_fields(project, city="string")
    user = make_user(project, fields={"city": "Kyiv"})
    make_address(user, "phone", "+380501112233")
    segment = make_dynamic(project, when("fields.city", "is", "Kyiv"))
    draft = Draft(name="A", sender=make_sender(project), weights={make_template(project).pk: 1}, segments=[segment])
    campaign = create_campaign(project, channel="sms", draft=draft)
    launch_campaign(campaign)
    CustomField.objects.all().delete()
    assert enrol_next_slice(campaign.pk) is False
    campaign.refresh_from_db()
    assert (campaign.state, campaign.is_open, campaign.state_reason) == (
        "paused",
        False,
        "There is no field “fields.city”.",
    )


def test_a_campaign_whose_rules_find_nobody_any_more_is_sent_to_nobody() -> None:
    campaign = make_campaign(segments=[])
    project = campaign.project
    make_address(make_user(project, age=30), "phone", "+380501112233")
    segment = make_dynamic(project, when("age", "gte", 18))
    campaign.segments.set([segment])
    launch_campaign(campaign)
    Segment.objects.filter(pk=segment.pk).update(rules={"items": [when("age", "lt", -5)]})
    enrol_all(campaign)
    finish_done()
    campaign.refresh_from_db()
    assert (campaign.state, states(campaign)) == ("sent", [])


def test_an_empty_draft_is_told_all_that_is_missing() -> None:
    campaign = create_campaign(make_project(), channel="sms", draft=Draft(name="Empty"))
    assert mistakes(launch_campaign, campaign) == {
        "segments": "Choose at least one segment.",
        "templates": "Choose at least one template.",
    }


def test_recipients_are_needed() -> None:
    project = make_project()
    draft = Draft(name="A", sender=make_sender(project), weights={make_template(project).pk: 1})
    campaign = create_campaign(project, channel="sms", draft=draft)
    campaign.segments.set([make_static(project)])
    assert mistakes(launch_campaign, campaign) == {"segments": "These segments hold nobody."}
    user = make_user(project)
    campaign.segments.set([make_static(project, user)])
    assert mistakes(launch_campaign, campaign) == {"segments": "Nobody in these segments has an active phone."}
    make_address(user, "phone", "+380501112233", status="opted_out")
    assert mistakes(launch_campaign, campaign) == {"segments": "Nobody in these segments has an active phone."}
    Address.objects.update(status="active")
    launch_campaign(campaign)
    assert campaign.state == "sending"


def test_a_push_needs_an_identifier_for_somebodys_device() -> None:
    project = make_project()
    user = make_user(project)
    make_address(user, "push", "token", provider="apns")
    draft = Draft(name="A", weights={make_template(project, "app_push").pk: 1}, segments=[make_static(project, user)])
    campaign = create_campaign(project, channel="app_push", draft=draft)
    assert mistakes(launch_campaign, campaign) == {"project": "The project has neither an FCM nor an APNs identifier."}
    make_sender(project, "fcm")
    sentence = "The project has no identifier for these people's devices (APNS)."
    assert mistakes(launch_campaign, campaign) == {"segments": sentence}
    make_sender(project, "apns")
    launch_campaign(campaign)
    assert campaign.state == "sending"


def test_a_paused_sender_is_told() -> None:
    campaign = make_campaign()
    campaign.sender.status, campaign.sender.status_reason = "paused", "No funds"
    campaign.sender.save()
    assert mistakes(launch_campaign, campaign) == {"sender": f"The sender “{campaign.sender}” is paused: No funds."}


def test_things_of_other_projects_are_refused_at_once_and_at_launch() -> None:
    project, other = make_project(), make_project()
    foreign = {
        "sender": make_sender(other),
        "weights": {make_template(other).pk: 1},
        "segments": [make_static(other)],
        "exclusions": [make_static(other)],
    }
    expected = {
        "sender": "The sender must be an SMS sender of the same project.",
        "segments": "Every segment must be of the same project.",
        "exclusions": "Every segment must be of the same project.",
        "templates": "Every template must be of the same project and channel.",
    }
    assert mistakes(create_campaign, project, channel="sms", draft=Draft(name="A", **foreign)) == expected
    campaign = make_campaign()
    campaign.segments.set(foreign["segments"])
    assert mistakes(launch_campaign, campaign) == {
        "segments": f"The segment “{foreign['segments'][0]}” is of another project."
    }


@pytest.mark.parametrize("weight", [0, -1, 10_001])
def test_weights_must_be_such_that_something_can_be_drawn(weight: int) -> None:
    project = make_project()
    draft = Draft(name="A", weights={make_template(project).pk: weight})
    assert list(mistakes(create_campaign, project, channel="sms", draft=draft)) == ["weights"]


def test_a_draft_is_replaced_as_a_whole_until_it_is_launched() -> None:
    campaign = make_campaign()
    update_campaign(campaign, draft=Draft(name="Summer"))
    assert (campaign.name, campaign.sender, campaign.mix.count(), campaign.segments.count()) == ("Summer", None, 0, 0)
    Campaign.objects.filter(pk=campaign.pk).update(state="sent", launched_at=now())
    with pytest.raises(Conflict):
        update_campaign(campaign, draft=Draft(name="Winter"))


def test_a_copy_is_a_new_draft_with_the_same_content() -> None:
    campaign = make_campaign(starts_at=now() + timedelta(days=1))
    campaign.exclusions.set([make_static(campaign.project)])
    launch_campaign(campaign)
    copy = copy_campaign(campaign)
    assert (copy.name, copy.state, copy.starts_at, copy.launched_at) == ("Spring sale (copy)", "draft", None, None)
    assert (copy.sender, copy.is_open) == (campaign.sender, False)
    assert list(copy.mix.values_list("template", "weight")) == list(campaign.mix.values_list("template", "weight"))
    assert list(copy.segments.all()) == list(campaign.segments.all())
    assert list(copy.exclusions.all()) == list(campaign.exclusions.all())


@pytest.mark.parametrize(
    ("state", "stays"),
    [("draft", True), ("scheduled", True), ("sending", True), ("paused", True), ("sent", False), ("cancelled", False)],
)
@pytest.mark.parametrize("role", ["segments", "exclusions"])
def test_a_segment_stays_while_an_unfinished_campaign_uses_it(state: str, stays: bool, role: str) -> None:
    campaign = make_campaign(starts_at=now())
    segment = make_static(campaign.project)
    getattr(campaign, role).add(segment)
    Campaign.objects.filter(pk=campaign.pk).update(state=state, launched_at=now())
    if stays:
        with pytest.raises(Conflict) as caught:
            delete_segment(segment)
        assert caught.value.message.startswith("The campaign “Spring sale” uses this segment")
    else:
        delete_segment(segment)
    assert Segment.objects.filter(pk=segment.pk).exists() is stays


def test_progress_adds_up() -> None:
    campaign = make_campaign(people=4)
    launch_campaign(campaign)
    enrol_next_slice(campaign.pk, limit=2)
    campaign.refresh_from_db()
    found = progress(campaign)
    assert (found.audience, found.done, found.share, found.is_enrolling, found.eta) == (2, 0, 0.0, True, None)
    enrol_all(campaign)
    cancel_campaign(campaign)
    cancel_next_slice(campaign.pk)
    found = progress(campaign)
    assert (found.audience, found.done, found.share, found.is_enrolling, found.eta) == (4, 4, 1.0, False, None)


def test_people_left_out_of_segments_get_nothing() -> None:
    campaign = make_campaign(people=2)
    excluded = make_people(campaign.project, 1)
    campaign.segments.add(make_static(campaign.project, *excluded))
    campaign.exclusions.set([make_static(campaign.project, *excluded)])
    launch_campaign(campaign)
    enrol_all(campaign)
    assert len(states(campaign)) == 2
