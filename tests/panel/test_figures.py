"""Numbers that an operator reads: each channel's own, each counted once, each with its name."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from campaigns.models import Campaign
from messaging.models import Statistic
from projects.models import Project, TrackingDomain
from projects.services.domains import check_domain
from templates.models import Channel
from tests.factories import make_project, make_sender, make_type, make_user
from tests.panel_people import sign_in


@pytest.fixture
def project(db: None) -> Project:
    return make_project(name="Tulip Shop")


@pytest.fixture
def letters(project: Project) -> Any:
    """A type whose e-mails were sent today: 10 sent, 4 opened, 2 clicked, 3 came back, 1 failed."""
    kind = make_type(project, Channel.EMAIL)
    counted = {"audience": 11, "sent": 10, "opened": 4, "clicked": 2, "undelivered": 3, "failed": 1}
    Statistic.objects.create(mailing=kind, day=now().date(), **counted)
    return kind


def test_the_dashboard_shows_of_each_channel_what_is_known_of_it(client: Client, letters: Any) -> None:
    sign_in(client, letters.project, "Marketer")
    board = client.get(reverse("admin:index")).context["dashboard"]
    told = {channel.title: (channel.accepted, channel.facts) for channel in board.channels}
    assert told["E-mail"] == (11, [("Sent", 10), ("Opened", 4), ("Clicked", 2), ("Failed, bounced", 4)])
    assert told["SMS"] == (0, [("Sent", 0), ("Delivered", 0), ("Clicked", 0), ("Failed", 0)])


def test_the_channels_of_a_day_stand_on_each_other_and_are_named(client: Client, letters: Any) -> None:
    sign_in(client, letters.project, "Marketer")
    board = client.get(reverse("admin:index")).context["dashboard"]
    options = json.loads(board.chart_options)
    assert (options["scales"]["x"]["stacked"], options["scales"]["y"]["stacked"]) == (True, True)
    assert options["plugins"]["legend"]["display"] is True


def test_what_came_back_is_counted_once(client: Client, letters: Any) -> None:
    sign_in(client, letters.project, "Marketer")
    page = client.get(reverse("admin:transactional_transactionaltype_change", args=[letters.pk])).content.decode()
    assert "<dt>Bounces</dt><dd>3</dd>" in page
    assert "<dt>Failed</dt><dd>1</dd>" in page
    page = client.get(reverse("admin:messaging_statistic_changelist")).content.decode()
    assert "<dt>Undelivered, bounced</dt><dd>3</dd>" in page
    assert "<td>3</td><td>1</td><td>0</td></tr>" in page


def test_a_campaign_without_a_time_was_not_launched_by_its_schedule(client: Client, project: Project) -> None:
    shared = {"project": project, "channel": "sms", "category": "campaign", "sender": make_sender(project, "vonage")}
    at = now()
    by_hand = Campaign.objects.create(name="a", state="sent", launched_at=at, **shared)
    by_itself = Campaign.objects.create(name="b", state="sent", launched_at=at, starts_at=at, **shared)
    sign_in(client, project, "Marketer")
    told = [
        "by its schedule" in client.get(reverse("admin:campaigns_campaign_change", args=[each.pk])).content.decode()
        for each in (by_hand, by_itself)
    ]
    assert told == [False, True]
    page = client.get(reverse("admin:campaigns_campaign_change", args=[by_hand.pk])).content.decode()
    assert ("Who the SMS or e-mails come from." in page, "FCM or APNs" in page) == (True, False)


def test_a_form_speaks_of_its_own_channel(client: Client, letters: Any) -> None:
    sign_in(client, letters.project, "Customer success")
    form = client.get(reverse("admin:channels_app_emailsender_add")).context["adminform"].form
    assert "E.164" not in form.fields["address"].help_text
    assert "go.example.com" in client.get(reverse("admin:projects_trackingdomain_add")).content.decode()
    page = client.get(reverse("admin:transactional_transactionaltype_change", args=[letters.pk])).content.decode()
    assert ("Goes to this address" in page, "user's phone" in page) == (True, False)


def test_dates_name_their_zone(client: Client, project: Project) -> None:
    sign_in(client, project, "Viewer")
    user = make_user(project, registered_at="2026-03-04T05:06:07Z")
    page = client.get(reverse("admin:users_omnichanneluser_change", args=[user.pk])).content.decode()
    assert ("2026-03-04 05:06 UTC" in page, "a.m." in page) == (True, False)


def test_every_mistake_of_a_sender_is_told_at_once(client: Client, project: Project) -> None:
    sign_in(client, project, "Customer success")
    form = {"project": project.pk, "name": "Letters", "rate_per_second": 10, "credential_port": "587"}
    answer = client.post(reverse("admin:channels_app_emailsender_add"), form)
    assert sorted(answer.context["adminform"].form.errors) == ["address", "credential_host"]


def test_a_check_of_a_domain_agrees_with_the_record_to_make(settings: Any, project: Project) -> None:
    settings.TRACKING_TARGET, settings.PUBLIC_URL = "", "http://127.0.0.1:8000"
    domain = TrackingDomain.objects.create(client=project.client, host="go.example.com")
    check_domain(domain)
    assert domain.check_answer == "127.0.0.1 is no host name. Set PUBLIC_URL or TRACKING_TARGET to one."
