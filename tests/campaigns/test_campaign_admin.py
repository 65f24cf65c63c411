"""The pages of a campaign: list, draft, launch screen, buttons, live progress."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign
from campaigns.services.control import launch_campaign
from campaigns.services.drafts import Draft, create_campaign
from messaging.models import Statistic
from projects.models import Project
from templates.models import Channel
from tests.factories import make_project, make_sender, make_template, make_user
from tests.panel_people import sign_in
from tests.users.audience import make_static
from users.models import Segment

ADD = reverse("admin:campaigns_campaign_add")
LIST = reverse("admin:campaigns_campaign_changelist")


@pytest.fixture
def project(db: None) -> Project:
    project = make_project(time_zone="Europe/Kyiv")
    make_sender(project, "fcm")
    return project


@pytest.fixture
def segment(project: Project) -> Segment:
    """Two with an Android phone, one without any device."""
    users = [make_user(project, app_push_token="x" * 22 + f":{number}") for number in range(2)]
    return make_static(project, *users, make_user(project), name="Friends")


def make_campaign(project: Project, segment: Segment | None = None, **given: Any) -> Campaign:
    draft = Draft(name="Sale", weights={make_template(project).pk: 1}, segments=[segment] if segment else [], **given)
    return create_campaign(project, channel=Channel.APP_PUSH, draft=draft)


def address(name: str, campaign: Campaign) -> str:
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk])


def errors_of(response: Any) -> dict[str, list[str]]:
    return {name: list(sentences) for name, sentences in response.context["adminform"].form.errors.items()}


def test_a_draft_is_made_with_its_time_in_the_projects_zone(client: Client, project: Project, segment: Segment) -> None:
    template, left_out = make_template(project), make_static(project, name="Staff")
    sign_in(client, project)
    form = {
        "project": project.pk,
        "channel": "app_push",
        "name": "Autumn",
        "mix-template": [template.pk],
        "mix-weight": ["2"],
        "segments": [segment.pk],
        "exclusions": [left_out.pk],
        "starts_at": "2030-07-01T09:30",
    }
    assert client.post(ADD, form).status_code == 302
    made = Campaign.objects.get(name="Autumn")
    assert (made.state, made.is_open, made.category) == ("draft", False, "campaign")
    assert (list(made.segments.all()), list(made.exclusions.all())) == ([segment], [left_out])
    assert made.starts_at == datetime(2030, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/Kyiv"))
    page = client.get(address("change", made)).context["adminform"].form
    assert page.initial["starts_at"] == "2030-07-01T09:30"


def test_a_segment_of_another_project_is_refused_beside_its_field(client: Client, project: Project) -> None:
    sibling = make_project(project.client)
    stranger = make_static(sibling, name="Theirs")
    sign_in(client, project)
    form = {"project": project.pk, "channel": "app_push", "name": "x", "segments": [stranger.pk]}
    assert errors_of(client.post(ADD, form)) == {"segments": ["Every segment must be of the same project."]}
    assert not Campaign.objects.exists()


def test_the_launch_screen_says_who_gets_it_and_why_not(client: Client, project: Project, segment: Segment) -> None:
    campaign = make_campaign(project, segment)
    sign_in(client, project)
    response = client.get(address("launch", campaign))
    forecast = response.context["forecast"]
    assert (forecast.people, forecast.will_get, forecast.wont) == (3, 2, {"No app push device": 1})
    assert response.context["problems"] == []
    assert len(response.context["previews"]) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"segments": ()}, "Choose at least one segment."),
        ({"weights": {}}, "Choose at least one template."),
    ],
)
def test_what_is_missing_is_told_and_cannot_be_launched(
    client: Client, project: Project, segment: Segment, given: dict[str, Any], sentence: str
) -> None:
    whole = {"name": "Sale", "weights": {make_template(project).pk: 1}, "segments": [segment]}
    campaign = create_campaign(project, channel=Channel.APP_PUSH, draft=Draft(**{**whole, **given}))
    sign_in(client, project)
    response = client.get(address("launch", campaign))
    assert response.context["problems"] == [sentence]
    assert 'value="now"' not in response.content.decode()
    told = client.post(address("launch", campaign), {"go": "now"}, follow=True).content.decode()
    campaign.refresh_from_db()
    assert (sentence in told, campaign.state) == (True, "draft")


def test_launch_pause_resume_cancel_and_copy_by_buttons(client: Client, project: Project, segment: Segment) -> None:
    campaign = make_campaign(project, segment)
    operator = sign_in(client, project)
    states = []
    for name in ("launch", "pause", "resume", "cancel"):
        client.post(address(name, campaign), {"go": "now"})
        campaign.refresh_from_db()
        states.append(campaign.state)
    assert states == ["sending", "paused", "sending", "cancelled"]
    assert campaign.launched_by == operator
    client.post(address("copy", campaign))
    assert Campaign.objects.exclude(pk=campaign.pk).get().state == "draft"


def test_a_campaign_with_a_time_is_scheduled_and_taken_back(client: Client, project: Project, segment: Segment) -> None:
    campaign = make_campaign(project, segment, starts_at=now() + timedelta(days=1))
    sign_in(client, project)
    client.post(address("launch", campaign), {"go": "schedule"})
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    client.post(address("unschedule", campaign))
    campaign.refresh_from_db()
    assert campaign.state == "draft"


@pytest.mark.parametrize("name", ["launch", "pause", "resume", "cancel", "unschedule", "copy"])
def test_buttons_are_for_those_who_may_and_never_links(
    client: Client, project: Project, segment: Segment, name: str
) -> None:
    campaign = make_campaign(project, segment)
    sign_in(client, project, "Viewer")
    assert client.post(address(name, campaign), {"go": "now"}).status_code == 403
    sign_in(client, project, "Marketer")
    client.get(address(name, campaign))
    campaign.refresh_from_db()
    assert (campaign.state, Campaign.objects.count()) == ("draft", 1)


def test_after_the_launch_it_can_only_be_read(client: Client, project: Project, segment: Segment) -> None:
    campaign = make_campaign(project, segment)
    launch_campaign(campaign)
    sign_in(client, project)
    page = client.get(address("change", campaign))
    assert (page.status_code, page.context["has_change_permission"]) == (200, False)
    assert client.post(address("change", campaign), {"name": "Other"}).status_code == 403
    assert client.post(address("delete", campaign), {"post": "yes"}).status_code == 403
    campaign.refresh_from_db()
    assert campaign.name == "Sale"


def test_the_ledger_adds_up_and_the_page_can_follow_it(client: Client, project: Project, segment: Segment) -> None:
    campaign = make_campaign(project, segment)
    launch_campaign(campaign)
    Statistic.objects.create(
        mailing=campaign,
        day=now().date(),
        audience=100,
        sent=40,
        failed=5,
        skipped=4,
        in_doubt=1,
        delivered=30,
        clicked=9,
    )
    sign_in(client, project, "Viewer")
    told = client.get(address("progress", campaign)).json()
    assert {row["name"]: row["count"] for row in told["ledger"]} == {
        "sent": 40,
        "failed": 5,
        "skipped": 4,
        "cancelled": 0,
        "in_doubt": 1,
        "expired": 0,
        "pending": 50,
    }
    assert sum(row["count"] for row in told["ledger"]) == told["counters"]["audience"] == 100
    assert (told["percent"], told["state"], told["is_live"]) == (50.0, "sending", True)
    assert "50 of 100" in client.get(LIST).content.decode()


@pytest.mark.parametrize("campaigns", [1, 3])
def test_the_list_takes_ten_queries_however_many_campaigns(
    client: Client, project: Project, campaigns: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(campaigns):
        Statistic.objects.create(
            mailing=make_campaign(project), day="2026-01-01", audience=9, sent=8, delivered=7, clicked=3
        )
    sign_in(client, project)
    client.get(LIST)  # content types are read once a process
    with django_assert_num_queries(10):
        rows = client.get(LIST).context["cl"].result_list
    assert [(row.counters.sent, row.counters.delivered, row.counters.clicked) for row in rows] == [
        (8, 7, 3)
    ] * campaigns
