"""The third channel from end to end: sent over a real mail server, opened, followed, unsubscribed from, bounced, called
spam; people who write STOP to a number; the customer who is told of it all. Judged by the sandbox's own log.
"""

import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from django.db.models.functions import Now

from campaigns.services.control import launch_campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.models import Sender
from channels_app.services.senders import check_credentials, create_sender
from messaging.models import Mailing, Message, MessageEvent, Receipt
from messaging.selectors import Counters, counters_of
from messaging.services.statistics import check_statistics
from messaging.services.texts import text_as_sent
from projects.models import ClientAccount, Project
from projects.services.accounts import issue_api_key
from projects.services.webhooks import create_webhook
from templates.content import EmailContent
from templates.models import Channel
from templates.services.templates import create_template
from tests.flows.system import Client, System, provider_environment, wait_until
from transactional.services.types import TypeDraft, create_type
from users.models import Address, OmnichannelUser, Unsubscription
from users.services.segments import create_segment
from users.vocabulary import SegmentKind

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}
LINK = "https://shop.example.com/sale?who="
HTML = (
    "<style>a { color: red }</style><p>Dear {{ user.name }}, code {{ code }}</p>"
    f"<a href='{LINK}{{{{ user.name }}}}&amp;x=1'>See</a> <a href='{{{{ unsubscribeLink }}}}'>Unsubscribe</a>"
)
CONTENT = {"subject": "For {{ user.name }}", "preheader": "Look", "html": HTML, "text": ""}
PEOPLE = 20


@pytest.fixture
def system(transactional_db: None, tmp_path: Path) -> Iterator[System]:
    """The whole product with the worker for webhooks, which may call this machine."""
    queues = ("transactional", "campaigns", "events", "webhooks")
    made = System(tmp_path, queues=queues, settings={"OUTGOING_ALLOWED_NETWORKS": "127.0.0.0/8"})
    try:
        made.start()
        yield made
    finally:
        made.stop()
        print(made.logs())


@pytest.fixture(autouse=True)
def providers(system: System, settings: pytest.FixtureRequest) -> None:
    for name, value in provider_environment(system.sandbox).items():
        setattr(settings, name, value)


@pytest.fixture
def told(settings: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The customer's system: a URL, and the events it was told of."""
    events: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            batch = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
            events.extend(batch[str(number)] for number in range(len(batch)))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", events
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(system: System) -> Project:
    client = ClientAccount.objects.create(name="Tulip Ltd")
    made = Project.objects.create(client=client, name="Tulips", sender_name="Tulip Shop", default_country="DE")
    given = system.sandbox.credentials
    senders = [
        create_sender(made, provider="smtp", name="Mail", address="news@shop.example.com",
                      values={**given["smtp"], "from_name": "Tulip Shop"}),
        create_sender(made, provider="vonage", name="SMS", address="Tulips", values=given["vonage"]),
    ]  # fmt: skip
    assert [check_credentials(sender).answer for sender in senders if not check_credentials(sender).ok] == []
    system.sandbox.post("/control/mail", {"receipts_url": receipts_url_of(system, senders[0])})
    template = create_template(made, channel="email", name="letter", content=CONTENT)
    for category, type_id in (("system", 301), ("trigger", 302)):
        create_type(made, TypeDraft("email", category, category, type_id, {template.pk: 1}, sender=senders[0]))
    sms = create_template(made, channel="sms", name="sms", content={"text": "Hi {{ user.name }}"})
    create_type(made, TypeDraft("sms", "trigger", "SMS", 202, {sms.pk: 1}, sender=senders[1]))
    return made


def receipts_url_of(system: System, sender: Sender) -> str:
    return f"{system.url}/receipts/smtp/{sender.key}"


@pytest.fixture
def client(system: System, project: Project) -> Client:
    return Client(system.url, project.client_id, issue_api_key(project.client).api_key)


def send(client: Client, project: Project, email: str, *, category: str = "trigger", name: str = "Anna") -> Any:
    body = {"type_id": {"system": 301, "trigger": 302}[category], "project_id": project.pk, "email": email,
            "data": {"code": 7, "user": {"name": name}}}  # fmt: skip
    return client.post(f"/v1/push/{category}", body)


def mail_to(system: System, email: str) -> dict[str, Any]:
    """The newest mail in a mailbox, as its page has it."""
    wait_until(lambda: bool(system.sandbox.log(provider="smtp", address=email)), f"{email} has a mail")
    boxes = {box["address"]: box["items"] for box in system.sandbox.get("/phones", limit=200)["phones"]}
    item = boxes[email][0]
    shown = requests.get(f"{system.sandbox.url}/mail", params={"id": item["id"]}, timeout=20).text
    return {**item, "html": shown}


def links_of(mail: dict[str, Any]) -> list[str]:
    return [unescape(link) for link in re.findall(r"href=[\"']([^\"']+)", mail["html"])]


def state(mail_id: int) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=mail_id)


def age(mail_id: int) -> None:
    """As if it was sent a while ago: who follows a link two seconds after sending is a scanner."""
    wait_until(lambda: Message.objects.filter(pk=mail_id, sent_at__isnull=False).exists(), "it is recorded as sent")
    Message.objects.filter(pk=mail_id).update(sent_at=Now() - timedelta(minutes=5))


def test_e_mail_from_end_to_end(system: System, project: Project, client: Client) -> None:
    """One system for all steps: starting it takes longer than most of them."""
    a_mail_is_sent_opened_and_followed(system, project, client)
    whoever_unsubscribes_in_the_mailbox_still_gets_system_mail(system, project, client)
    a_complaint_and_a_bounce_stop_system_mail_too(system, project, client, "spam", 2)
    a_complaint_and_a_bounce_stop_system_mail_too(system, project, client, "bounce", 10)
    an_address_that_the_server_refuses_is_not_written_to_again(system, project, client)
    greylisting_is_waited_out(system, project, client)
    a_line_that_breaks_after_the_body_is_in_doubt_and_never_sent_twice(system, project, client)
    a_campaign_by_e_mail_reaches_each_reader_once(system, project, client)
    for mailing in Mailing.objects.all():
        assert check_statistics(mailing.pk) == []


def a_mail_is_sent_opened_and_followed(system: System, project: Project, client: Client) -> None:
    answer = send(client, project, "anna@example.com")
    mail = mail_to(system, "anna@example.com")
    [entry] = system.sandbox.log(provider="smtp", address="anna@example.com")
    assert (entry["title"], entry["client_ref"]) == ("For Anna", str(answer["mail_id"]))
    assert "Dear Anna, code 7" in entry["text"]
    assert 'style="color: red' in mail["html"]
    age(answer["mail_id"])
    first, unsubscribe = links_of(mail)
    assert first.startswith(f"{system.url}/t/")
    assert unsubscribe.startswith(f"{system.url}/u/")
    pixel = re.search(r'src="([^"]+/o/[^"]+\.gif)"', mail["html"])
    assert pixel
    requests.get(unescape(pixel[1]), headers={"User-Agent": "Mozilla/5.0"}, timeout=20)
    requests.head(first, headers=BROWSER, timeout=20)
    kinds = MessageEvent.objects.filter(message=answer["mail_id"]).values_list("kind", flat=True)
    wait_until(lambda: {*kinds.all()} >= {"machine_opened", "machine_clicked"}, "the machines' visits are judged")
    assert state(answer["mail_id"]) == "sent"
    assert requests.get(unescape(pixel[1]), headers=BROWSER, timeout=20).headers["Content-Type"] == "image/gif"
    wait_until(lambda: state(answer["mail_id"]) == "opened", "the open is counted")
    followed = requests.get(first, headers=BROWSER, allow_redirects=False, timeout=20)
    assert (followed.status_code, followed.headers["Location"]) == (302, f"{LINK}Anna&x=1")
    wait_until(lambda: state(answer["mail_id"]) == "clicked", "the click is counted")
    message = Message.objects.get(pk=answer["mail_id"])
    again = text_as_sent(message)
    assert isinstance(again, EmailContent)
    assert (again.subject, "/t/" in again.html, f"{LINK}Anna" in again.html) == ("For Anna", False, True)
    counted = counters_of([message.mailing_id])[message.mailing_id]
    assert counted == Counters(audience=1, sent=1, delivered=1, opened=1, clicked=1)
    assert check_statistics(message.mailing_id) == []


def whoever_unsubscribes_in_the_mailbox_still_gets_system_mail(
    system: System, project: Project, client: Client
) -> None:
    send(client, project, "boris@example.com")
    mail = mail_to(system, "boris@example.com")
    system.sandbox.post("/mail/act", {"id": mail["id"], "act": "unsubscribe"})
    wait_until(lambda: Unsubscription.objects.filter(source_id=5).exists(), "the one click has come")
    assert send(client, project, "boris@example.com")["queued"] is False
    assert send(client, project, "boris@example.com", category="system")["queued"] is True


def a_complaint_and_a_bounce_stop_system_mail_too(
    system: System, project: Project, client: Client, act: str, source: int
) -> None:
    answer = send(client, project, f"{act}@example.com")
    mail = mail_to(system, f"{act}@example.com")
    before = counters_of([Message.objects.get(pk=answer["mail_id"]).mailing_id]).popitem()[1]
    system.sandbox.post("/mail/act", {"id": mail["id"], "act": act})
    wait_until(lambda: Unsubscription.objects.filter(source_id=source).exists(), "the report is worked off")
    for category in ("trigger", "system"):
        assert send(client, project, f"{act}@example.com", category=category)["queued"] is False
    counted = counters_of([Message.objects.get(pk=answer["mail_id"]).mailing_id]).popitem()[1]
    more = (counted.complained - before.complained, counted.undelivered - before.undelivered)
    assert more == ((1, 0) if act == "spam" else (0, 1))


def an_address_that_the_server_refuses_is_not_written_to_again(
    system: System, project: Project, client: Client
) -> None:
    system.sandbox.fail(provider="smtp", match="gone@", action="dead")
    answer = send(client, project, "gone@example.com")
    wait_until(lambda: state(answer["mail_id"]) == "failed", "the refusal is recorded")
    assert Unsubscription.objects.get(user__addresses__value="gone@example.com").source_id == 10
    assert send(client, project, "gone@example.com", category="system")["queued"] is False


def greylisting_is_waited_out(system: System, project: Project, client: Client) -> None:
    system.sandbox.fail(provider="smtp", match="grey@", action="throttle", value="0", times=1)
    answer = send(client, project, "grey@example.com")
    wait_until(lambda: state(answer["mail_id"]) == "sent", "the second try is taken")
    assert [entry["accepted"] for entry in system.sandbox.log(address="grey@example.com")] == [False, True]


def a_line_that_breaks_after_the_body_is_in_doubt_and_never_sent_twice(
    system: System, project: Project, client: Client
) -> None:
    system.sandbox.fail(provider="smtp", match="doubt@", action="reset", times=1, accepted=True)
    answer = send(client, project, "doubt@example.com")
    wait_until(lambda: state(answer["mail_id"]) == "in_doubt", "nobody knows")
    assert len(system.sandbox.log(address="doubt@example.com")) == 1


def a_campaign_by_e_mail_reaches_each_reader_once(system: System, project: Project, client: Client) -> None:
    rows = [{"client_user_id": f"u{n}", "name": f"Name {n}", "email": f"reader{n}@example.com"} for n in range(PEOPLE)]
    client.post(f"/v1/omnichannel/user/project/{project.pk}/batch", rows)
    unsubscribed = Address.objects.get(value="reader3@example.com").user
    client.post(f"/v1/unsub/{unsubscribed.pk}/source/8", {})
    rules = {"op": "and", "items": [{"field": "name", "operator": "starts_with", "value": "Name "}]}
    readers = create_segment(project, name="Readers", kind=SegmentKind.DYNAMIC, rules=rules)
    mailing = Mailing.objects.get(project=project, type_id=302)
    template = mailing.mix.get().template_id
    draft = Draft("Letter", sender=mailing.sender, weights={template: 1}, segments=[readers])
    campaign = create_campaign(project, channel=Channel.EMAIL, draft=draft)
    launch_campaign(campaign)
    wait_until(lambda: counters_of([campaign.pk])[campaign.pk].done == PEOPLE, "all readers are served")
    assert counters_of([campaign.pk])[campaign.pk] == Counters(audience=PEOPLE, sent=PEOPLE - 1, skipped=1)
    got = [entry["address"] for entry in system.sandbox.log(provider="smtp")]
    got = [address for address in got if address.startswith("reader")]
    assert sorted(got) == sorted(f"reader{n}@example.com" for n in range(PEOPLE) if n != 3)
    assert check_statistics(campaign.pk) == []


def test_replies_are_heeded_and_the_customer_is_told(
    system: System, project: Project, client: Client, told: tuple[str, list[dict[str, Any]]]
) -> None:
    a_person_who_writes_stop_gets_no_more_sms_until_start(system, project, client)
    the_customer_is_told_of_what_happened(system, project, client, *told)


def a_person_who_writes_stop_gets_no_more_sms_until_start(system: System, project: Project, client: Client) -> None:
    body = {"type_id": 202, "project_id": project.pk, "client_user_id": "dora", "phone": "+4915112345678"}
    assert client.post("/v1/sms/send/trigger", body)["queued"] is True
    wait_until(lambda: bool(system.sandbox.log(provider="vonage")), "the SMS has come")
    steps = (("please don't stop", "no keyword", True), ("Stop", "stop", False), ("START", "start", True))
    for text, meant, queued in steps:
        system.sandbox.post("/phones/reply", {"address": "4915112345678", "text": text})
        wait_until(lambda meant=meant: heard(meant), f"“{text}” is worked off")
        assert client.post("/v1/sms/send/trigger", body)["queued"] is queued
    assert OmnichannelUser.objects.get(client_user_id="dora").consent_events.count() == 3


def heard(meant: str) -> bool:
    return Receipt.objects.filter(result=meant, processed_at__isnull=False).exists()


def the_customer_is_told_of_what_happened(
    system: System, project: Project, client: Client, url: str, events: list[dict[str, Any]]
) -> None:
    create_webhook(project, url=url)
    time.sleep(1.2)  # each process remembers for a second who listens
    answer = send(client, project, "erik@example.com")
    mail = mail_to(system, "erik@example.com")
    age(answer["mail_id"])
    requests.get(links_of(mail)[0], headers=BROWSER, allow_redirects=False, timeout=20)
    wait_until(lambda: {"created", "sent", "click"} <= {event["event"] for event in events}, "the customer was told")
    sent = next(event for event in events if event["event"] == "sent")
    assert (sent["mail_id"], sent["project_id"], sent["email"]) == (answer["mail_id"], project.pk, "erik@example.com")
