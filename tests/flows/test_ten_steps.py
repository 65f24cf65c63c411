"""All ten steps of the integration flow, for app push and SMS, from the API and from a campaign to statistics.

What the people at the panel do is done here by the services behind its pages; the pages are walked in tests/browser.
"""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Campaign
from campaigns.services.control import launch_campaign, schedule_campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.models import Sender
from channels_app.services.senders import check_credentials, create_sender
from messaging.models import Mailing, Message
from messaging.selectors import Counters, counters_of, timeline_of
from messaging.services.statistics import check_statistics
from projects.models import ClientAccount, Project
from projects.services.accounts import issue_api_key
from templates.models import Channel, MessageTemplate
from templates.services.templates import create_template
from tests.flows.system import Client, System, provider_environment, wait_until
from transactional.services.types import TypeDraft, create_type
from users.services.segment_uploads import upload_csv
from users.services.segments import create_segment
from users.vocabulary import SegmentKind

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180)]

ANDROID = "android-phone-of-anna-" + ":APA91b" + "x" * 100
IPHONE = "ab" * 32


@pytest.fixture(autouse=True)
def providers(system: System, settings: pytest.FixtureRequest) -> None:
    """The test's own process reaches the sandbox too: for "check credentials"."""
    for name, value in provider_environment(system.sandbox).items():
        setattr(settings, name, value)


def set_up_project(system: System) -> tuple[Project, Client]:
    """Step 1: identifiers and senders, each checked with its provider."""
    client = ClientAccount.objects.create(name="Tulip Ltd")
    project = Project.objects.create(client=client, name="Tulips", default_country="DE", sender_name="Tulip Shop")
    given = system.sandbox.credentials
    apns = {**given["apns"], "key": given["apns"]["private_key"], "environment": "sandbox"}
    senders = [
        create_sender(
            project, provider="fcm", name="FCM", values={"service_account": json.dumps(given["fcm"]["service_account"])}
        ),
        create_sender(project, provider="apns", name="APNs", values=apns),
        create_sender(project, provider="vonage", name="Tulips", address="Tulips", values=given["vonage"]),
    ]
    assert [check_credentials(sender).ok for sender in senders] == [True, True, True]
    return project, Client(system.url, client.pk, issue_api_key(client).api_key)


def make_templates(project: Project) -> dict[str, MessageTemplate]:
    """Step 2."""
    push = {
        "subject": "Order {{ order }}",
        "text": "On its way, {{ user.name }}",
        "logo": "",
        "link": "https://t.example/o",
    }
    sale = {"subject": "Sale", "text": "For you, {{ user.name }}: {{ user.city }}", "logo": "", "link": ""}
    texts = {
        "push": ("app_push", push),
        "push-2": ("app_push", {**push, "subject": "Hooray {{ order }}"}),
        "sms": ("sms", {"text": "{{ code }} is your {{ project.sender_name }} code"}),
        "sale": ("app_push", sale),
        "sms sale": ("sms", {"text": "Sale, {{ user.name }}!"}),
    }
    return {
        name: create_template(project, channel=channel, name=name, content=content)
        for name, (channel, content) in texts.items()
    }


def make_types(project: Project, templates: dict[str, MessageTemplate]) -> None:
    """Step 3."""
    mix = {templates["push"].pk: 3, templates["push-2"].pk: 1}
    sms_sender = Sender.objects.get(project=project, channel="sms")
    create_type(project, TypeDraft("app_push", "system", "Order", 7, mix))
    create_type(project, TypeDraft("sms", "system", "Code", 7, {templates["sms"].pk: 1}, sender=sms_sender))


def make_users(client: Client, project: Project) -> None:
    """Step 6: Anna with an Android phone, an iPhone and a number; twenty others by batch."""
    users = f"/v1/omnichannel/user/project/{project.pk}"
    anna = {"client_user_id": "anna", "name": "Anna", "app_push_token": ANDROID, "phone": "0151 12345678"}
    client.post(users, {**anna, "fields": {"city": "Kyiv"}})
    status, _ = client.call("PUT", f"{users}/client-user-id/anna", {"app_push_token": IPHONE})
    assert status == 200
    rows = [
        {
            "client_user_id": f"user-{n}",
            "name": f"Name {n}",
            "vip": n % 2 == 0,
            "app_push_token": f"token-{n:016d}:APA91b" + "y" * 60,
            "phone": f"+49151200000{n:02d}",
            "fields": {"city": "Lviv"},
        }
        for n in range(20)
    ]
    client.post(f"{users}/batch", rows)


def test_the_ten_steps_of_the_integration_flow(system: System) -> None:
    project, client = set_up_project(system)
    templates = make_templates(project)
    make_types(project, templates)
    make_users(client, project)

    send_push_and_track_it(system, client, project)
    send_sms_and_get_its_receipt(system, client, project)
    run_push_campaign(system, client, project, templates)
    run_scheduled_sms_campaign(system, project, templates)

    for mailing in Mailing.objects.all():
        assert check_statistics(mailing.pk) == []


def send_push_and_track_it(system: System, client: Client, project: Project) -> None:
    """Steps 7 and 8 for app push: to one token, then to every device of the user."""
    body = {"type_id": 7, "project_id": project.pk, "client_user_id": "anna", "data": {"order": "A-1"}}
    answer = client.post("/v1/app-push/send/system", {**body, "app_push_token": ANDROID})
    assert answer["queued"] is True
    arrived = wait_for_log(system, 1, push_id=str(answer["push_id"]))[0]
    assert (arrived["address"], arrived["text"]) == (ANDROID, "On its way, Anna")

    report = {"project_id": project.pk, "push_id": answer["push_id"]}
    assert client.post("/v1/app-push/track/delivery", report) == {"result": True}
    assert client.post("/v1/app-push/track/click", {"project_id": project.pk, "message_id": answer["message_id"]}) == {
        "result": True
    }
    wait_until(lambda: state_of(answer["push_id"]) == "clicked", "the click is on the message")

    many = client.post("/v1/app-push/send/system", body)
    assert len(many["messages"]) == 2
    for each in many["messages"]:
        wait_for_log(system, 1, push_id=str(each["push_id"]))
    mailing = Mailing.objects.get(channel="app_push", type_id=7)
    wait_until(lambda: counters_of([mailing.pk])[mailing.pk].sent == 3, "three pushes are recorded")
    assert counters_of([mailing.pk])[mailing.pk] == Counters(audience=3, sent=3, delivered=1, clicked=1)


def send_sms_and_get_its_receipt(system: System, client: Client, project: Project) -> None:
    """Steps 7 to 9 for SMS: the receipt comes from the provider, the text as sent is in the feed."""
    body = {"type_id": 7, "project_id": project.pk, "client_user_id": "anna", "data": {"code": 1234}}
    answer = client.post("/v1/sms/send/system", {**body, "phone": "0151 12345678"})
    arrived = wait_for_log(system, 1, address="4915112345678", provider="vonage")[0]
    assert arrived["text"] == "1234 is your Tulip Shop code"
    wait_until(lambda: state_of(answer["sms_id"]) == "delivered", "Vonage's receipt has come")
    message = Message.objects.get(pk=answer["sms_id"])
    assert message.content == {"text": "1234 is your Tulip Shop code"}
    titles = [entry.title for entry in timeline_of(message)]
    assert (titles[0], titles[-1]) == ("Accepted", "Delivered")


def run_push_campaign(system: System, client: Client, project: Project, templates: dict[str, MessageTemplate]) -> None:
    """Steps 4 and 5: a dynamic segment by a product metric, launched now; its clicks count for it."""
    rules = {"op": "and", "items": [{"field": "vip", "operator": "is", "value": True}]}
    vips = create_segment(project, name="VIPs", kind=SegmentKind.DYNAMIC, rules=rules)
    draft = Draft("Sale", weights={templates["sale"].pk: 1}, segments=[vips])
    campaign = create_campaign(project, channel=Channel.APP_PUSH, draft=draft)
    launch_campaign(campaign)
    wait_until(lambda: state_of_campaign(campaign) == "sent", "the campaign is sent")
    assert counters_of([campaign.pk])[campaign.pk] == Counters(audience=10, sent=10)
    message = Message.objects.filter(mailing=campaign).first()
    assert message is not None
    client.post("/v1/app-push/track/click", {"project_id": project.pk, "payload": {"push_id": str(message.pk)}})
    assert counters_of([campaign.pk])[campaign.pk] == Counters(audience=10, sent=10, delivered=1, clicked=1)


def run_scheduled_sms_campaign(system: System, project: Project, templates: dict[str, MessageTemplate]) -> None:
    """Steps 4 and 5: a static segment from a CSV, at a time."""
    testers = create_segment(project, name="Testers", kind=SegmentKind.STATIC)
    rows = "client_user_id\nuser-1\nuser-2\nnobody\nuser-3\n"
    upload = upload_csv(testers, file=io.BytesIO(rows.encode()), file_name="testers.csv", operator=None)
    assert (upload.added, [row["value"] for row in upload.rejected]) == (3, ["nobody"])
    sender = Sender.objects.get(project=project, channel="sms")
    soon = datetime.now(UTC) + timedelta(seconds=2)
    draft = Draft("SMS sale", sender=sender, weights={templates["sms sale"].pk: 1}, segments=[testers], starts_at=soon)
    campaign = create_campaign(project, channel=Channel.SMS, draft=draft)
    schedule_campaign(campaign)
    wait_until(lambda: state_of_campaign(campaign) == "sent", "the scheduled campaign is sent")
    wait_until(lambda: counters_of([campaign.pk])[campaign.pk].delivered == 3, "all receipts have come")
    texts = {entry["text"] for entry in system.sandbox.log(provider="vonage") if entry["text"].startswith("Sale")}
    assert texts == {"Sale, Name 1!", "Sale, Name 2!", "Sale, Name 3!"}


def wait_for_log(system: System, count: int, **wanted: str) -> list[dict[str, object]]:
    wait_until(lambda: len(system.sandbox.log(**wanted)) >= count, f"the sandbox received {wanted}")
    return system.sandbox.log(**wanted)


def state_of(message_id: int) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message_id)


def state_of_campaign(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return campaign.state
