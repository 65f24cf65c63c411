"""Rows for tests, made the way the product makes them. Plain functions; each may be called any number of times."""

from itertools import count
from typing import Any

from channels_app.models import Sender
from messaging.services.mailings import set_mix
from projects.models import ClientAccount, Project
from projects.services.accounts import api_key_of, hash_api_key, issue_api_key
from templates.models import Channel, MessageTemplate, TemplateVersion
from transactional.models import TransactionalType
from users.models import OmnichannelUser
from users.services.people import create_user

_numbers = count(1)

# The published test vector: facts, section 1.2.
VECTOR_CLIENT_ID = 123
VECTOR_SDK_KEY = "a1s2d3f4g5h6j7k8l"
VECTOR_API_KEY = "957081746b54977d51bef9fc74f4d4fd023bab13"

PUSH_CONTENT = {"subject": "Hello {{ user.name }}", "text": "Your code is {{ code }}", "logo": "", "link": ""}
SMS_CONTENT = {"text": "Your code is {{ code }}"}
EMAIL_CONTENT = {
    "subject": "Hello {{ user.name }}",
    "preheader": "Your code",
    "html": "<p>Your code is <b>{{ code }}</b></p>",
    "text": "",
}
CONTENTS = {Channel.APP_PUSH: PUSH_CONTENT, Channel.SMS: SMS_CONTENT, Channel.EMAIL: EMAIL_CONTENT}
SENDS_THROUGH = {Channel.SMS: "vonage", Channel.EMAIL: "smtp"}
CHANNEL_OF = {"vonage": Channel.SMS, "smtp": Channel.EMAIL}


def make_client(**given: Any) -> ClientAccount:
    return ClientAccount.objects.create(**{"name": f"Client {next(_numbers)}"} | given)


def make_key(client: ClientAccount) -> tuple[int, str]:
    """(client id, API key): the user and password of HTTP Basic."""
    return client.pk, issue_api_key(client).api_key


def make_vector_client(**given: Any) -> ClientAccount:
    """Client 123 with the SDK key of the published test vector."""
    client = make_client(pk=VECTOR_CLIENT_ID, **given)
    client.api_keys.create(key_hash=hash_api_key(api_key_of(VECTOR_SDK_KEY)), hint=VECTOR_API_KEY[:6])
    return client


def make_project(client: ClientAccount | None = None, **given: Any) -> Project:
    return Project.objects.create(client=client or make_client(), **{"name": f"Project {next(_numbers)}"} | given)


def make_user(project: Project, **payload: Any) -> OmnichannelUser:
    """A user as the API creates one: `payload` may hold addresses and fields."""
    return create_user(project, payload={"client_user_id": f"user-{next(_numbers)}"} | payload)


def make_sender(project: Project, provider: str = "fcm", **given: Any) -> Sender:
    """A sender that no provider was asked about; its credentials are made up and never valid."""
    channel = CHANNEL_OF.get(provider, Channel.APP_PUSH)
    number = next(_numbers)
    address = {Channel.SMS: f"+4930{number:07d}", Channel.EMAIL: f"news{number}@example.com"}.get(channel, "")
    values = {"name": f"Sender {number}", "key": f"key-{number}", "address": address, "channel": channel}
    return Sender.objects.create(project=project, provider=provider, **values | given)


def make_template(project: Project, channel: Channel = Channel.APP_PUSH, **content: Any) -> MessageTemplate:
    number = next(_numbers)
    template = MessageTemplate.objects.create(project=project, channel=channel, name=f"Template {number}")
    text = CONTENTS[channel] | content
    template.current = TemplateVersion.objects.create(template=template, number=1, content=text)
    template.save(update_fields=["current"])
    return template


def make_type(project: Project, channel: Channel = Channel.APP_PUSH, **given: Any) -> TransactionalType:
    """A transactional type with one template, and with a sender where the channel needs one."""
    number = next(_numbers)
    values = {"name": f"Type {number}", "type_id": number, "category": "system", "channel": channel} | given
    if channel in SENDS_THROUGH and "sender" not in values:
        values["sender"] = make_sender(project, SENDS_THROUGH[channel])
    made = TransactionalType.objects.create(project=project, **values)
    set_mix(made, weights={make_template(project, channel).pk: 1})
    return made
