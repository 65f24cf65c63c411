"""Erasure over all tables: not a word of the person is left in the database, whatever comes in afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from channels_app.contract import InboundText, Incoming, ReceiptEvent, ReceiptStatus
from messaging.models import Message, MessageEvent, Receipt, ShortLink, Visit
from messaging.services.engagement import work_off_visits
from messaging.services.incoming import payload_of
from messaging.services.outcomes import Recorded, record
from messaging.services.receipts import work_off_receipts
from messaging.vocabulary import EventKind, State
from projects.services.operators import create_operator
from projects.services.webhooks import create_webhook
from templates.models import Channel
from tests.factories import make_project, make_type, make_user
from tests.panel_people import sign_in
from users.consent_sources import Source
from users.models import Goal, OmnichannelUser, Payment, ProductEvent
from users.services.consent import add_types_off, unsubscribe
from users.services.people import erase_user
from users.vocabulary import AddressKind

pytestmark = pytest.mark.django_db

MARK, PHONE = "zebulon", "+4915199988877"
MAIL = f"{MARK}@example.com"


@pytest.fixture
def zebulon() -> OmnichannelUser:
    project = make_project()
    return make_user(
        project, client_user_id=MARK, name=MARK, email=MAIL, phone=PHONE, photo=f"https://example.com/{MARK}.png",
        ak=MARK, city=MARK, app_push_token=f"{MARK:c<22}:APA91b{'x' * 120}", fields={"nick": MARK},
    )  # fmt: skip


@pytest.fixture
def message(zebulon: OmnichannelUser) -> Message:
    """An e-mail that was sent, with all that a message can hold."""
    mailing = make_type(zebulon.project, Channel.EMAIL, category="trigger")
    return Message.objects.create(
        project=zebulon.project, mailing_id=mailing.pk, sender=mailing.sender, user=zebulon, channel="email",
        version=mailing.mix.get().template.current, address=zebulon.addresses.get(kind="email"), category="trigger",
        state="sent", sent_at=now() - timedelta(minutes=5), attempts=1, data={"name": MARK}, meta={"of": MARK},
        content={"subject": MARK}, missing=[MARK], reason=f"550 no {MAIL}",
    )  # fmt: skip


def come_in(message: Message, *events: Incoming) -> None:
    assert message.sender
    for event in events:
        Receipt.objects.create(sender=message.sender, event_id=event.event_id, payload=payload_of(event))
    work_off_receipts()


def told_of(message: Message, status: ReceiptStatus, number: int) -> ReceiptEvent:
    return ReceiptEvent(f"event-{number}", "", str(message.pk), status, f"for <{MAIL}>", None)


def visit(message: Message, *, machine: str = "") -> None:
    for kind, detail in ((EventKind.CLICKED, f"https://example.com/?to={MAIL}"), (EventKind.OPENED, MARK)):
        Visit.objects.create(
            project_id=message.project_id, message_id=message.pk, kind=kind, place=0, detail=detail, machine=machine
        )
    work_off_visits(at=now() + timedelta(minutes=1))


def places_of(*words: str) -> Iterator[str]:
    """Every row of every table of ours that holds one of the words, however it is written there."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE t::text ILIKE ANY(%s)', [[f"%{w}%" for w in words]])
            yield from (f"{table}: {row[0]}" for row in cursor.fetchall())


def test_nothing_in_the_database_tells_of_an_erased_person(zebulon: OmnichannelUser, message: Message) -> None:
    create_webhook(zebulon.project, url="https://hooks.example.com/")
    come_in(message, told_of(message, "buffered", 1), InboundText("in-1", PHONE, f"I am {MARK}", None))
    visit(message)
    visit(message, machine="scanner")
    ShortLink.objects.create(
        code="abc", message_id=message.pk, project=zebulon.project, user_id=zebulon.pk, url=f"https://x.example/{MARK}"
    )
    unsubscribe(zebulon, kind=AddressKind.EMAIL, source=Source.LINK, actor=MARK, message=MARK)
    add_types_off(zebulon, kind=AddressKind.EMAIL, type_ids=[1], actor=MARK)
    Payment.objects.create(user=zebulon, started_at=now(), payment_type=MARK)
    Goal.objects.create(user=zebulon, type=MARK)
    ProductEvent.objects.create(
        project=zebulon.project, event_id=1, uid=MARK, receiver_id=MARK, sender_id="x", happened_at=now()
    )
    boss = create_operator("boss", password="a long enough passphrase", roles=["Marketer"])
    LogEntry.objects.create(
        user=boss, content_type=ContentType.objects.get_for_model(zebulon), object_id=str(zebulon.pk),
        object_repr=MARK, action_flag=CHANGE, change_message=f"{MAIL} is retired",
    )  # fmt: skip
    assert len(list(places_of(MARK, PHONE))) >= 10
    erase_user(zebulon.project, client_user_id=MARK)
    assert list(places_of(MARK, PHONE)) == []


@pytest.mark.parametrize("status", ["bounced", "undelivered", "buffered", "complained"])
def test_what_a_mail_server_says_later_names_nobody(
    zebulon: OmnichannelUser, message: Message, status: ReceiptStatus
) -> None:
    erase_user(zebulon.project, client_user_id=MARK)
    come_in(message, told_of(message, status, 1))
    assert list(places_of(MARK)) == []


@pytest.mark.parametrize("machine", ["", "scanner"])
def test_a_later_visit_is_counted_and_names_nobody(zebulon: OmnichannelUser, message: Message, machine: str) -> None:
    erase_user(zebulon.project, client_user_id=MARK)
    visit(message, machine=machine)
    assert MessageEvent.objects.count() == 2
    assert list(places_of(MARK)) == []


@pytest.mark.parametrize("state", [State.FAILED, State.QUEUED, State.SENT])
def test_what_a_worker_had_in_hand_names_nobody(zebulon: OmnichannelUser, message: Message, state: State) -> None:
    lease = uuid4()
    Message.objects.filter(pk=message.pk).update(
        state="sending", lease=lease, lease_until=now() + timedelta(minutes=1), sent_at=None
    )
    erase_user(zebulon.project, client_user_id=MARK)
    assert message.address_id
    outcome = Recorded(
        message.pk, message.address_id, state, reason=f"550 no {MAIL}", content={"subject": MARK}, missing=(MARK,),
        event=EventKind.NOTE,
    )  # fmt: skip
    assert record(lease, [outcome]) == {message.pk}
    assert list(places_of(MARK)) == []


def test_a_receipt_that_was_heeded_keeps_no_words(message: Message) -> None:
    come_in(message, told_of(message, "buffered", 1))
    assert not {"reason", "text", "phone"} & set(Receipt.objects.get().payload)
    assert MAIL in MessageEvent.objects.get().detail


def test_an_export_holds_every_word_that_is_stored(client: Client, zebulon: OmnichannelUser) -> None:
    words = {
        name: f"word-{name}" for name in ("name", "ak", "city", "nick", "data", "meta", "content", "reason", "click")
    }
    OmnichannelUser.objects.filter(pk=zebulon.pk).update(
        name=words["name"], ak=words["ak"], city=words["city"], photo="https://example.com/photo.png",
        fields={"nick": words["nick"]}, time_zone="Europe/Kyiv",
    )  # fmt: skip
    mailing = make_type(zebulon.project, Channel.SMS, category="trigger")
    message = Message.objects.create(
        project=zebulon.project, mailing_id=mailing.pk, sender=mailing.sender, user=zebulon, channel="sms",
        version=mailing.mix.get().template.current, address=zebulon.addresses.get(kind="phone"), category="trigger",
        state="failed", data={"a": words["data"]}, meta=words["meta"], content={"text": words["content"]},
        reason=words["reason"],
    )  # fmt: skip
    MessageEvent.objects.create(message=message, kind=EventKind.CLICKED, detail=f"https://x.example/{words['click']}")
    sign_in(client, zebulon.project, "Viewer")
    answer = client.get(reverse("admin:users_omnichanneluser_export", args=[zebulon.pk])).content.decode()
    stored = [*words.values(), MARK, MAIL, PHONE, "photo.png", "Europe/Kyiv", "APA91b"]
    assert [word for word in stored if word not in answer] == []
