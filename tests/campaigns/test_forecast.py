"""What the launch screen says."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.forecasts import Forecast, SmsEstimate, forecast
from campaigns.models import Campaign
from campaigns.services.drafts import Draft, create_campaign
from messaging.models import MixEntry
from tests.campaigns.scene import make_campaign, make_sender, make_template
from tests.users.audience import make_address, make_fields, make_project, make_static, make_user

pytestmark = pytest.mark.django_db


def push_campaign(*providers: str, devices: list[list[tuple[str, str]]]) -> Campaign:
    """A campaign of app push to people with (provider, status) devices, in a project with identifiers."""
    project = make_project()
    for provider in providers:
        make_sender(project, provider, rate_per_second=2)
    users = [make_user(project) for _ in devices]
    for user, mine in zip(users, devices, strict=True):
        for number, (provider, status) in enumerate(mine):
            make_address(user, "push", f"{user.pk}-{number}", provider=provider, status=status)
    draft = Draft(name="A", weights={make_template(project, "app_push").pk: 1}, segments=[make_static(project, *users)])
    return create_campaign(project, channel="app_push", draft=draft)


def test_everyone_is_told_once_by_the_best_of_their_devices() -> None:
    campaign = push_campaign(
        "fcm",
        devices=[
            [("fcm", "active"), ("fcm", "active"), ("apns", "retired")],
            [("fcm", "retired"), ("apns", "active")],
            [("fcm", "opted_out"), ("fcm", "retired")],
            [("fcm", "suppressed")],
            [("fcm", "invalid"), ("fcm", "retired")],
            [("apns", "retired")],
            [],
        ],
    )
    found = forecast(campaign)
    assert (found.people, found.will_get, found.messages, found.by_provider) == (7, 1, 2, {"fcm": 2})
    assert found.wont == {
        "The project has no identifier for their devices": 1,
        "Opted out": 1,
        "Suppressed": 1,
        "The address is invalid": 1,
        "The provider says that the address is dead": 1,
        "No app push device": 1,
    }
    assert (found.seconds, found.sms, found.problems) == (1, None, {})


def test_a_phone_is_no_app_push_device() -> None:
    campaign = push_campaign("fcm", devices=[[]])
    make_address(campaign.project.users.get(), "phone", "+380501112233")
    assert forecast(campaign).wont == {"No app push device": 1}


def test_providers_work_side_by_side() -> None:
    campaign = push_campaign("fcm", "apns", devices=[[("fcm", "active")]] * 5 + [[("apns", "active")]] * 2)
    found = forecast(campaign)
    assert (found.by_provider, found.seconds) == ({"apns": 2, "fcm": 5}, 3)


def test_the_excluded_are_counted_among_those_who_wont() -> None:
    campaign = make_campaign(people=3)
    campaign.exclusions.set([make_static(campaign.project, campaign.project.users.first())])
    found = forecast(campaign)
    assert (found.people, found.will_get, found.wont) == (3, 2, {"In an excluded segment": 1})


def test_sms_segments_are_the_mixes_mean_times_the_recipients() -> None:
    campaign = make_campaign(people=4)
    campaign.mix.all().delete()
    short, long = make_template(campaign.project, text="Hi"), make_template(campaign.project, text="ї" * 71)
    MixEntry.objects.create(mailing=campaign, template=short, weight=3)
    MixEntry.objects.create(mailing=campaign, template=long, weight=1)
    found = forecast(campaign)
    assert found.sms == SmsEstimate(per_message=1.25, total=5)


def test_previews_are_what_real_recipients_get() -> None:
    campaign = make_campaign(people=5)
    previews = forecast(campaign).previews
    assert [preview.content.text for preview in previews if preview.content] == [
        f"Hello {user.name}" for user in campaign.project.users.order_by("pk")[:3]
    ]


def with_text(text: str, **types: str) -> Forecast:
    campaign = make_campaign(people=1)
    make_fields(campaign.project, **types)
    campaign.mix.all().delete()
    template = make_template(campaign.project, text=text)
    template.name = "Sale"
    template.save()
    MixEntry.objects.create(mailing=campaign, template=template, weight=1)
    return forecast(campaign)


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("{{ user.name }} {{ user.city }} {{ user.team }} {{ project.sender_name }} {{ project_url }}", ()),
        ("Hi {{ user.tema }}", ("“Sale” asks for {{ user.tema }}, which no user of this project has.",)),
        ("Code {{ code }}", ("“Sale” asks for {{ code }}, which only the API can fill.",)),
    ],
)
def test_variables_that_nobody_can_fill_are_told(text: str, warnings: tuple[str, ...]) -> None:
    assert with_text(text, team="string").warnings == warnings


def test_a_preview_that_cant_be_rendered_is_told() -> None:
    found = with_text("{{ user.nothing }}")
    assert [preview.content for preview in found.previews] == [None]
    assert found.previews[0].error in found.warnings[-1]


def test_a_campaign_with_nothing_in_it_has_problems_and_no_recipients() -> None:
    campaign = create_campaign(make_project(), channel="sms", draft=Draft(name="Empty"))
    found = forecast(campaign)
    assert (found.people, found.will_get, found.wont, found.messages, found.previews) == (0, 0, {}, 0, ())
    assert found.problems == {
        "segments": "Choose at least one segment.",
        "templates": "Choose at least one template.",
    }


def test_a_forecast_costs_the_same_for_three_people_and_for_thirty() -> None:
    few, many = make_campaign(people=3), make_campaign(people=30)
    counts = []
    for campaign in (few, many, few):
        with CaptureQueriesContext(connection) as queries:
            forecast(Campaign.objects.get(pk=campaign.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]
