"""What benchmarks send with: a project, an FCM identifier with a made-up key, a template. Import it within a stage."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels_app.models import Sender
from channels_app.services.senders import create_sender
from messaging.models import Mailing
from messaging.services.enrolment import enrol_slice
from messaging.services.mailings import open_mailing, set_mix
from projects.models import ClientAccount, Project
from templates.models import MessageTemplate, TemplateVersion
from users.models import OmnichannelUser

CONTENT = {
    "subject": "Autumn sale, {{ user.name }}",
    "text": "{{ user.name }}, the tulips of {{ user.city }} wait for you: half the price until Sunday.",
    "logo": "https://shop.example.com/logo.png",
    "link": "https://shop.example.com/sale",
}


def make_project(name: str = "benchmark") -> tuple[Project, Sender, MessageTemplate]:
    client = ClientAccount.objects.create(name=name, requests_per_second=100_000, request_burst=1_000_000)
    project = Project.objects.create(client=client, name=name)
    sender = create_sender(
        project,
        provider="fcm",
        name="FCM",
        values={"service_account": json.dumps(service_account())},
        rate_per_second=100_000,
    )
    template = MessageTemplate.objects.create(project=project, channel="app_push", name="sale")
    template.current = TemplateVersion.objects.create(template=template, number=1, content=CONTENT)
    template.save()
    return project, sender, template


def launch(project: Project, template: MessageTemplate, name: str) -> int:
    mailing = Mailing.objects.create(project=project, channel="app_push", category="campaign", name=name)
    set_mix(mailing, weights={template.pk: 1})
    after, is_last = 0, False
    while not is_last:
        done = enrol_slice(mailing, users=OmnichannelUser.objects.filter(project=project), after=after, limit=20_000)
        after, is_last = done.last_user_id, done.is_last
        open_mailing(mailing)
    return mailing.pk


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
