"""Workers die by SIGKILL in mid-batch. Judged by the sandbox's log of what it received, never by our own counters.

Leases are 10 s here instead of 30, so that repair is seen within the test; nothing else differs from the product. They
are no shorter, because a machine that halts for longer than two thirds of a lease ends those of the living, too.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from campaigns.models import Campaign
from campaigns.services.control import launch_campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.services.senders import create_sender
from messaging.models import Message, MessageEvent
from messaging.selectors import Counters, counters_of
from messaging.services.enrolment import KINDS
from messaging.services.statistics import check_statistics
from projects.models import ClientAccount, Project
from templates.models import Channel
from templates.services.templates import create_template
from tests.flows.system import System, wait_until
from users.models import Address, OmnichannelUser
from users.services.segments import create_segment
from users.vocabulary import SegmentKind

PROVIDERS = {Channel.APP_PUSH: "fcm", Channel.SMS: "vonage", Channel.EMAIL: "smtp"}
pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

PUSHES, SMS, EMAILS, KILLS, WORKERS = 10_000, 1500, 8000, 3, 2


@pytest.fixture
def system(transactional_db: None, tmp_path: Path) -> Iterator[System]:
    made = System(tmp_path, queues=("campaigns", "events"), settings={"LEASE_SECONDS": "10"})
    try:
        made.start()
        for number in range(1, WORKERS):
            made.work(f"campaigns-{number}", "campaigns")
        yield made
    finally:
        made.stop()
        print(made.logs())


def make_project(system: System) -> Project:
    project = Project.objects.create(client=ClientAccount.objects.create(name="c"), name="p")
    account = json.dumps(system.sandbox.credentials["fcm"]["service_account"])
    create_sender(project, provider="fcm", name="FCM", values={"service_account": account})
    create_sender(project, provider="vonage", name="SMS", address="Tulips", values=system.sandbox.credentials["vonage"])
    mail = system.sandbox.credentials["smtp"]
    create_sender(project, provider="smtp", name="Mail", address="news@shop.example.com", values=mail)
    users = OmnichannelUser.objects.bulk_create(
        OmnichannelUser(project=project, client_user_id=f"u{n}", name=f"N{n}") for n in range(PUSHES)
    )
    Address.objects.bulk_create(
        Address(user=user, project=project, kind="push", provider="fcm", value=f"{n:022d}:APA91b{'z' * 40}")
        for n, user in enumerate(users)
    )
    Address.objects.bulk_create(
        Address(user=user, project=project, kind="phone", value=f"+49151{n:08d}") for n, user in enumerate(users[:SMS])
    )
    Address.objects.bulk_create(
        Address(user=user, project=project, kind="email", value=f"reader{n}@example.com")
        for n, user in enumerate(users[:EMAILS])
    )
    return project


def launch(project: Project, channel: Channel) -> Campaign:
    template = create_template(project, channel=channel, name=channel, content=CONTENTS[channel])
    everybody = create_segment(project, name=channel, kind=SegmentKind.DYNAMIC, rules={})
    sender = project.senders.filter(channel=channel).first() if channel != Channel.APP_PUSH else None
    draft = Draft("news", sender=sender, weights={template.pk: 1}, segments=[everybody])
    campaign = create_campaign(project, channel=channel, draft=draft)
    launch_campaign(campaign)
    return campaign


def kill_workers_at_random(system: System, campaign: Campaign) -> set[int]:
    """Kill all workers while the provider has some of what they have in hand; start new ones; return what died so."""
    chance = random.Random(7)
    died: set[int] = set()
    arrived = Arrived(system, PROVIDERS[campaign.channel])
    for kill in range(KILLS):
        wait_until(
            lambda: arrived.some_of(set(in_hand(campaign)) - died) or is_sent(campaign),
            "the provider has messages that a worker still has in hand",
        )
        assert not is_sent(campaign), f"The campaign ended after {kill} kills: too small a test."
        time.sleep(chance.uniform(0, 0.3))
        workers = [name for name in system.processes if name.startswith("campaigns")]
        # A lease can end, and its messages be queued again, before the database has let go.
        system.kill(*workers, watch=lambda: died.update(in_hand(campaign)))
        died.update(in_hand(campaign))
        for number in range(WORKERS):
            system.work(f"campaigns-{kill}-{number}", "campaigns")
    return died


@dataclass
class Arrived:
    """The addresses that the provider's log shows, read on from where the last look ended."""

    system: System
    provider: str
    addresses: set[str] = field(default_factory=set)
    last: int = 0

    def some_of(self, messages: Collection[int]) -> bool:
        new = self.system.sandbox.log(provider=self.provider, since=self.last, limit=100_000)
        self.addresses.update(entry["address"] for entry in new)
        self.last = new[-1]["seq"] if new else self.last
        return any(address.removeprefix("+") in self.addresses for address in addresses_of(messages))


def in_hand(campaign: Campaign) -> list[int]:
    return list(Message.objects.filter(mailing=campaign, state="sending").values_list("id", flat=True))


def is_sent(campaign: Campaign) -> bool:
    campaign.refresh_from_db()
    return campaign.state == "sent"


def ledger(campaign: Campaign) -> Counters:
    assert check_statistics(campaign.pk) == []
    return counters_of([campaign.pk])[campaign.pk]


def test_pushes_survive_killed_workers_and_every_phone_shows_each_once(system: System) -> None:
    project = make_project(system)
    system.sandbox.fail(provider="fcm", match="*", action="delay", seconds=0.05)
    campaign = launch(project, Channel.APP_PUSH)
    died = kill_workers_at_random(system, campaign)
    system.sandbox.heal()
    wait_until(lambda: is_sent(campaign), "the campaign ends by itself", seconds=120)

    accepted = [entry for entry in system.sandbox.log(provider="fcm", limit=100_000) if entry["accepted"]]
    shown = {(entry["address"], entry["collapse_id"]) for entry in accepted}
    assert Counter(address for address, _ in shown) == Counter(project_tokens(project))
    assert ledger(campaign) == Counters(audience=PUSHES, sent=PUSHES)
    # What was sent twice is what died in a worker's hands, and nothing else; it goes under the same collapse id.
    again = list(MessageEvent.objects.filter(message__mailing=campaign, kind="sent_again").values_list("message_id"))
    assert {number for (number,) in again} <= died
    assert 0 < len(accepted) - len(shown) <= len(again)


CONTENTS = {
    Channel.APP_PUSH: {"subject": "News", "text": "Hi {{ user.name }}", "logo": "", "link": ""},
    Channel.SMS: {"text": "Hi {{ user.name }}"},
    Channel.EMAIL: {"subject": "News", "preheader": "", "html": "<p>Hi {{ user.name }}</p>", "text": ""},
}


@pytest.mark.parametrize(("channel", "people"), [(Channel.SMS, SMS), (Channel.EMAIL, EMAILS)])
def test_no_sms_or_e_mail_is_sent_twice_and_every_doubt_is_listed(
    system: System, channel: Channel, people: int
) -> None:
    project = make_project(system)
    provider = PROVIDERS[channel]
    system.sandbox.post("/control/sms_status", {"match": "*", "status": "none"})
    system.sandbox.fail(provider=provider, match="*", action="delay", seconds=0.05)
    campaign = launch(project, channel)
    died = kill_workers_at_random(system, campaign)
    system.sandbox.heal()
    wait_until(lambda: is_sent(campaign), "the campaign ends by itself", seconds=120)

    arrived = Counter(entry["address"] for entry in system.sandbox.log(provider=provider, limit=100_000))
    assert set(arrived.values()) == {1}
    in_doubt, sent = addresses_in(campaign, "in_doubt"), addresses_in(campaign, "sent")
    kind = KINDS[channel]
    everybody = Address.objects.filter(project=project, kind=kind).values_list("value", flat=True)
    assert sent | in_doubt == {value.removeprefix("+") for value in everybody}
    assert sent <= set(arrived), "recorded as sent, but the provider never saw it"
    assert set(arrived) - sent <= in_doubt, "the provider has it, and nobody says so"
    assert in_doubt, "Nothing died in a worker's hands: too gentle a test."
    assert in_doubt <= {value.removeprefix("+") for value in addresses_of(died)}, "in doubt without a dead worker"
    assert ledger(campaign) == Counters(audience=people, sent=len(sent), in_doubt=len(in_doubt))


def addresses_of(messages: Collection[int]) -> list[str]:
    return list(Message.objects.filter(id__in=messages).values_list("address__value", flat=True))


def addresses_in(campaign: Campaign, state: str) -> set[str]:
    rows = Message.objects.filter(mailing=campaign, state=state)
    return {value.removeprefix("+") for value in rows.values_list("address__value", flat=True)}


def project_tokens(project: Project) -> list[str]:
    return list(Address.objects.filter(project=project, kind="push").values_list("value", flat=True))
