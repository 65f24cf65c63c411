"""A project that could launch a campaign: SMS sender, push identifiers, templates, people."""

from itertools import count
from typing import Any

from campaigns.models import Campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.models import Sender
from messaging.models import Message
from projects.models import Project
from templates.models import Channel, MessageTemplate, TemplateVersion
from tests.users.audience import make_address, make_project, make_static, make_user

numbers = count(1)
CONTENT: dict[str, dict[str, str]] = {
    "sms": {"text": "Hello {{ user.name }}"},
    "app_push": {"subject": "Hi", "text": "Hello {{ user.name }}", "logo": "", "link": ""},
}


def make_template(project: Project, channel: str = "sms", **content: str) -> MessageTemplate:
    template = MessageTemplate.objects.create(project=project, channel=channel, name=f"Template {next(numbers)}")
    given = CONTENT[channel] | content
    template.current = TemplateVersion.objects.create(template=template, number=1, content=given)
    template.save()
    return template


def make_sender(project: Project, provider: str = "vonage", **given: Any) -> Sender:
    number = next(numbers)
    channel = "sms" if provider == "vonage" else "app_push"
    values = {"name": f"Sender {number}", "key": f"key {number}", "address": "Acme" if channel == "sms" else ""}
    return Sender.objects.create(project=project, provider=provider, channel=channel, **values | given)


def make_people(project: Project, number: int) -> list[Any]:
    """Users with a phone each."""
    users = [make_user(project, name=f"Person {each}") for each in range(number)]
    for user in users:
        make_address(user, "phone", f"+38050{next(numbers):07d}")
    return users


def make_campaign(people: int = 3, **given: Any) -> Campaign:
    """A draft of SMS to so many people that is ready to be launched."""
    project = make_project()
    values: dict[str, Any] = {
        "name": "Spring sale",
        "sender": make_sender(project),
        "weights": {make_template(project).pk: 1},
        "segments": [make_static(project, *make_people(project, people))],
    }
    return create_campaign(project, channel=Channel.SMS, draft=Draft(**values | given))


def hand_over(campaign: Campaign, state: str = "sent") -> None:
    """As if workers had dealt with everything that is queued."""
    Message.objects.filter(mailing=campaign, state="queued").update(state=state)
