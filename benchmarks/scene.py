"""What benchmarks send with: a project, an FCM identifier with a made-up key, a template. Import it within a stage."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from campaigns.services.control import launch_campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.models import Sender
from channels_app.services.senders import create_sender
from projects.models import ClientAccount, Project
from projects.services.accounts import issue_api_key
from templates.models import Channel, MessageTemplate, TemplateVersion
from templates.services.templates import create_template
from transactional.services.types import TypeDraft, create_type
from users.models import Address, OmnichannelUser, Segment
from users.services.segments import create_segment
from users.vocabulary import SegmentKind

CONTENT = {
    "subject": "Autumn sale, {{ user.name }}",
    "text": "{{ user.name }}, the tulips of {{ user.city }} wait for you: half the price until Sunday.",
    "logo": "https://shop.example.com/logo.png",
    "link": "https://shop.example.com/sale",
}


def make_project(
    name: str = "benchmark", *, account: dict[str, Any] | None = None
) -> tuple[Project, Sender, MessageTemplate]:
    """A client with one project, its FCM identifier (`account`, or a made-up one) and a template."""
    client = ClientAccount.objects.create(name=name, requests_per_second=100_000, request_burst=1_000_000)
    project = Project.objects.create(client=client, name=name)
    sender = create_sender(
        project,
        provider="fcm",
        name="FCM",
        values={"service_account": json.dumps(account or service_account())},
        rate_per_second=100_000,
    )
    template = MessageTemplate.objects.create(project=project, channel="app_push", name="sale")
    template.current = TemplateVersion.objects.create(template=template, number=1, content=CONTENT)
    template.save()
    return project, sender, template


def make_sending_client(*, known: int, account: dict[str, Any] | None = None) -> tuple[int, str, int]:
    """A client with Type ID 101 and `known` users; returns (client id, API key, project id)."""
    project, _, template = make_project("sender", account=account)
    create_type(project, TypeDraft("app_push", "system", "Order", 101, {template.pk: 1}))
    users = OmnichannelUser.objects.bulk_create(
        OmnichannelUser(project=project, client_user_id=f"known-{n}") for n in range(1, known + 1)
    )
    Address.objects.bulk_create(
        Address(user=user, project=project, kind="push", provider="fcm", value=f"{n:022d}:APA91bknown")
        for n, user in enumerate(users, start=1)
    )
    return project.client_id, issue_api_key(project.client).api_key, project.pk


def make_email_project(*, port: int, content: dict[str, str]) -> tuple[Project, Sender, MessageTemplate]:
    """A client with one project, a sender that leads to `port` of this machine, and a template."""
    from benchmarks.campaign_email import FROM, credentials

    client = ClientAccount.objects.create(name="letters", requests_per_second=100_000, request_burst=1_000_000)
    project = Project.objects.create(client=client, name="letters")
    sender = create_sender(
        project, provider="smtp", name="SMTP", address=FROM, values=credentials(port), rate_per_second=100_000
    )
    return project, sender, create_template(project, channel="email", name="letter", content=content)


def launch(project: Project, template: MessageTemplate, name: str, *, sender: Sender | None = None) -> int:
    """Make and launch a campaign to everybody; returns its id as soon as it is launched."""
    everybody = Segment.objects.filter(project=project).first() or create_segment(
        project, name="everybody", kind=SegmentKind.DYNAMIC, rules={}
    )
    draft = Draft(name, sender=sender, weights={template.pk: 1}, segments=[everybody])
    campaign = create_campaign(project, channel=Channel(template.channel), draft=draft)
    launch_campaign(campaign)
    return campaign.pk


def service_account() -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "type": "service_account",
        "project_id": "demo",
        "private_key_id": "1",
        "client_email": "bench@demo.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    }
