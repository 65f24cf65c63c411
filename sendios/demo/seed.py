"""Makes the demo project through the services, once; run again, it changes nothing but what was lost."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from campaigns.models import Campaign
from campaigns.services.control import launch_campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.models import Sender
from channels_app.services.senders import create_sender, replace_credentials
from messaging.models import Mailing
from projects.models import ClientAccount, Project
from sendios.demo import story
from sendios.demo.accounts import DemoFile, key_of, operators_of
from templates.models import Channel, MessageTemplate
from templates.services.templates import create_template
from transactional.services.types import TypeDraft, create_type
from users.models import Segment
from users.services.people import upsert_users
from users.services.segments import add_users, create_segment
from users.vocabulary import SegmentKind


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where the demo lives: the addresses people and programs use, and the sandbox's folder."""

    base_url: str
    sandbox_url: str
    sandbox_home: Path


def seed_demo(place: DemoPlace, *, file: DemoFile) -> dict[str, Any]:
    """Make what is missing, connect the sandbox's app to the API, write demo.json; return its content."""
    client, _ = ClientAccount.objects.get_or_create(name=story.CLIENT)
    project, is_new = Project.objects.get_or_create(
        client=client,
        name=story.PROJECT,
        defaults={
            "url": story.PROJECT_URL,
            "default_country": "DE",
            "time_zone": "Europe/Kyiv",
            "help_type_id": story.HELP_TYPE,
        },
    )
    _make_senders(project, place)
    _make_templates(project)
    _make_types(project)
    if is_new:
        upsert_users(project, rows=story.people())
    _make_segments(project)
    remembered = file.read()
    content = {
        "base_url": place.base_url,
        "sandbox_url": place.sandbox_url,
        "client_id": client.pk,
        **key_of(client, remembered),
        "project_id": project.pk,
        "operators": operators_of(client, remembered),
        "type_ids": {channel: _type_ids(project, channel) for channel in Channel.values},
        "client_user_ids": [person["client_user_id"] for person in story.people()[:5]],
    }
    file.write(content)
    _connect_app(place, content)
    _launch_campaigns(project)
    return content


def _make_senders(project: Project, place: DemoPlace) -> None:
    """Identifiers with the sandbox's keys. They are written anew where the sandbox's folder was lost."""
    given = json.loads((place.sandbox_home / "sandbox.json").read_text())
    account = json.dumps(given["fcm"]["service_account"])
    apns = {**given["apns"], "key": given["apns"]["private_key"], "environment": "sandbox"}
    wanted: tuple[tuple[str, str, str, dict[str, str]], ...] = (
        ("fcm", "Android app", "", {"service_account": account}),
        ("apns", "iPhone app", "", apns),
        ("vonage", "Tulips", "Tulips", given["vonage"]),
        ("smtp", "Tulip letters", "letters@shop.example.com", given["smtp"] | {"from_name": story.PROJECT}),
    )
    for provider, name, address, values in wanted:
        known = Sender.objects.filter(project=project, provider=provider).order_by("pk").first()
        if known is None:
            create_sender(project, provider=provider, name=name, address=address, values=values)
        elif provider == "smtp" and known.credentials["host"] == values["host"]:
            # The other providers' addresses are settings; this one's may be another port than last time.
            replace_credentials(known, values=known.credentials | given["smtp"])


def _make_templates(project: Project) -> None:
    known = set(MessageTemplate.objects.filter(project=project).values_list("name", flat=True))
    for name, (channel, content) in story.TEMPLATES.items():
        if name not in known:
            create_template(project, channel=channel, name=name, content=content)


def _make_types(project: Project) -> None:
    ids = dict(MessageTemplate.objects.filter(project=project).values_list("name", "pk"))
    for channel, category, type_id, name, mix in story.TYPES:
        if Mailing.objects.filter(project=project, channel=channel, type_id=type_id).exists():
            continue
        weights = {ids[template]: weight for template, weight in mix.items()}
        create_type(project, TypeDraft(channel, category, name, type_id, weights, _sender_of(project, channel)))


def _sender_of(project: Project, channel: str) -> Sender | None:
    """The demo has one sender of each channel; app push finds its identifier from the token."""
    if channel == Channel.APP_PUSH:
        return None
    return Sender.objects.filter(project=project, channel=channel).first()


def _make_segments(project: Project) -> None:
    known = set(Segment.objects.filter(project=project).values_list("name", flat=True))
    for name, channel in story.SEGMENTS.items():
        if name not in known:
            create_segment(project, name=name, kind=SegmentKind.DYNAMIC, rules=_readers_with(channel))
    if "Testers" not in known:
        testers = create_segment(project, name="Testers", kind=SegmentKind.STATIC)
        add_users(testers, users=project.users.order_by("pk")[:5])


def _readers_with(channel: str) -> dict[str, Any]:
    return {
        "op": "and",
        "items": [
            {"field": f"{channel}.present", "operator": "is", "value": True},
            {"field": "fields.newsletter", "operator": "is", "value": True},
        ],
    }


def _launch_campaigns(project: Project) -> None:
    """One on each channel, unless there is one already."""
    for channel, (name, segment, template) in story.CAMPAIGNS.items():
        if Campaign.objects.filter(project=project, channel=channel).exists():
            continue
        weights = {MessageTemplate.objects.get(project=project, name=template).pk: 1}
        segments = [Segment.objects.get(project=project, name=segment)]
        draft = Draft(name, sender=_sender_of(project, channel), weights=weights, segments=segments)
        launch_campaign(create_campaign(project, channel=Channel(channel), draft=draft))


def _type_ids(project: Project, channel: str) -> list[int]:
    types = Mailing.objects.filter(project=project, channel=channel, type_id__isnull=False)
    return [type_id for type_id in types.order_by("type_id").values_list("type_id", flat=True) if type_id]


def _connect_app(place: DemoPlace, content: dict[str, Any]) -> None:
    """The sandbox's phones report to our API as the customer's app would."""
    app = {"api_url": place.base_url, **{name: content[name] for name in ("client_id", "api_key", "project_id")}}
    requests.post(f"{place.sandbox_url}/control/app", json=app, timeout=10).raise_for_status()
    mail = Sender.objects.filter(project=content["project_id"], provider="smtp").order_by("pk")[:1].get()
    # As an operator would pipe bounces and complaints to us.
    told = {"receipts_url": f"{place.base_url}/receipts/smtp/{mail.key}"}
    requests.post(f"{place.sandbox_url}/control/mail", json=told, timeout=10).raise_for_status()
