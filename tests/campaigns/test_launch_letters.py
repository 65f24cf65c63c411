"""The launch screen of an e-mail campaign shows the letters as their recipients will get them."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.services.drafts import Draft, create_campaign
from projects.models import Project
from templates.models import Channel, MessageTemplate
from tests.factories import make_project, make_sender, make_template, make_user
from tests.panel_people import sign_in
from tests.users.audience import make_static
from users.models import OmnichannelUser

HTML = "<style>p { color: #0a0 }</style><p>Hi {{ user.name }}</p><a href='{{ unsubscribeLink }}'>out</a>"


@pytest.fixture
def project(db: None) -> Project:
    return make_project(name="Tulip Shop")


@pytest.fixture
def olena(project: Project) -> OmnichannelUser:
    return make_user(project, name="Olena", email="olena@example.com")


@pytest.fixture
def template(project: Project) -> MessageTemplate:
    return make_template(project, Channel.EMAIL, html=HTML, subject="For {{ user.name }}")


@pytest.fixture
def campaign(project: Project, olena: OmnichannelUser, template: MessageTemplate) -> Campaign:
    draft = Draft(
        name="Letter",
        sender=make_sender(project, "smtp"),
        weights={template.pk: 1},
        segments=[make_static(project, olena, name="Friends")],
    )
    return create_campaign(project, channel=Channel.EMAIL, draft=draft)


def letter(campaign: Campaign, user: OmnichannelUser, template: MessageTemplate) -> str:
    return reverse("admin:campaigns_campaign_letter", args=[campaign.pk, user.pk, template.pk])


def test_the_letter_stands_in_a_frame_with_its_styles(
    client: Client, campaign: Campaign, olena: OmnichannelUser, template: MessageTemplate
) -> None:
    sign_in(client, campaign.project)
    page = client.get(reverse("admin:campaigns_campaign_launch", args=[campaign.pk])).content.decode()
    address = letter(campaign, olena, template)
    assert f'sandbox="" loading="lazy" title="The e-mail as {olena} gets it" src="{address}"' in page
    assert "<strong>For Olena</strong>" in page
    framed = client.get(address)
    assert framed["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    body = framed.content.decode()
    assert '<p style="color: #0a0">Hi Olena</p>' in body
    # Nobody's own page: whoever looks must not act for the person.
    assert "/u/…" in body


def test_a_letter_that_fails_says_why(
    client: Client, campaign: Campaign, olena: OmnichannelUser, project: Project
) -> None:
    broken = make_template(project, Channel.EMAIL, html="<p>{% for a in (1..100000) %}x{% endfor %}</p>")
    campaign.mix.create(template=broken)
    sign_in(client, project)
    told = client.get(letter(campaign, olena, broken)).content.decode()
    assert told == "A loop would run more than 200 times."


def test_nobody_else_sees_a_letter(
    client: Client, campaign: Campaign, olena: OmnichannelUser, template: MessageTemplate, project: Project
) -> None:
    sibling = make_project(project.client)
    stranger, unmixed = make_user(sibling, email="x@example.com"), make_template(project, Channel.EMAIL)
    sign_in(client, project)
    assert client.get(letter(campaign, stranger, template)).status_code == 404
    assert client.get(letter(campaign, olena, unmixed)).status_code == 404
    sign_in(client, project, "Viewer")
    assert client.get(letter(campaign, olena, template)).status_code == 403
    sign_in(client, make_project())
    assert client.get(letter(campaign, olena, template)).status_code == 404
