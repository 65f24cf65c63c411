"""What comes back: replies by SMS, bounces and complaints by e-mail; applied once, replays change nothing."""

from dataclasses import replace
from typing import Any

import pytest
from django.db.models import QuerySet

from channels_app.contract import InboundText, Incoming, ReceiptEvent
from channels_app.models import Sender
from messaging.models import Mailing, Message, MessageEvent, Receipt
from messaging.selectors import counters_of
from messaging.services import receipts
from messaging.services.acceptance import Destination, Order, accept_messages, active_mix
from messaging.services.incoming import payload_of
from messaging.services.statistics import check_statistics
from tests.messaging.scene import Scene
from users.address_forms import parse_email, parse_phone
from users.consent_sources import Reach, Source
from users.models import Address, OmnichannelUser, Suppression, Unsubscription
from users.services.addresses import change_addresses
from users.services.consent import suppress, unsubscribe
from users.vocabulary import AddressKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene(people=2)


def come_in(scene: Scene, event: Incoming, *, sender: Sender | None = None) -> Receipt:
    Receipt.objects.bulk_create(
        [Receipt(sender=sender or scene.sms_sender, event_id=event.event_id, payload=payload_of(event))],
        ignore_conflicts=True,
    )
    receipts.work_off_receipts()
    return Receipt.objects.get(event_id=event.event_id)


def reply(scene: Scene, text: str, *, phone: str = "", number: int = 1) -> str:
    phone = phone or phone_of(scene.users[0]).value
    return come_in(scene, InboundText(f"{text}-{number}", phone, text, None)).result


def phone_of(user: OmnichannelUser) -> Address:
    return Address.objects.get(user=user, kind="phone")


def sms_to(scene: Scene, user: OmnichannelUser) -> Message:
    mailing = scene.mailing("sms", {"text": "Hi"}, sender=scene.sms_sender, category="trigger", type_id=user.pk)
    return sent(mailing, user, phone_of(user))


def sent(mailing: Mailing, user: OmnichannelUser, address: Address) -> Message:
    destination = Destination(address, mailing.sender_id)
    [message] = accept_messages(mailing, mix=active_mix(mailing), user=user, destinations=[destination], order=Order())
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=message.created_at)
    counted = counters_of([mailing.pk])[mailing.pk]
    mailing.statistics.create(day=message.created_at.date(), version_id=message.version_id, sent=1 - counted.sent)
    return Message.objects.get(pk=message.pk)


def test_a_stop_ends_all_sms_to_this_phone_and_is_counted_on_the_last_one(scene: Scene) -> None:
    message = sms_to(scene, scene.users[0])
    assert reply(scene, "Stop please") == "stop"
    address = phone_of(scene.users[0])
    assert (address.reach, phone_of(scene.users[1]).reach) == (Reach.NOTHING, Reach.ALL)
    message.refresh_from_db()
    assert message.unsubscribed_at is not None
    assert counters_of([message.mailing_id])[message.mailing_id].unsubscribed == 1
    assert check_statistics(message.mailing_id) == []
    assert Unsubscription.objects.get(user=scene.users[0]).source_id == Source.SMS_STOP


def test_the_same_reply_twice_changes_nothing(scene: Scene) -> None:
    message = sms_to(scene, scene.users[0])
    for number in (1, 1, 2):
        reply(scene, "STOP", number=number)
    assert counters_of([message.mailing_id])[message.mailing_id].unsubscribed == 1
    assert list(MessageEvent.objects.filter(message=message).values_list("kind", flat=True)) == ["unsubscribed"]


def test_a_stop_survives_the_number_leaving_and_coming_back(scene: Scene) -> None:
    reply(scene, "STOP")
    value = phone_of(scene.users[0]).value
    change_addresses(scene.users[0], {AddressKind.PHONE: None})
    change_addresses(scene.users[1], {AddressKind.PHONE: parse_phone(value)})
    assert phone_of(scene.users[1]).reach == Reach.NOTHING


def test_start_brings_the_phone_back(scene: Scene) -> None:
    reply(scene, "STOP")
    assert reply(scene, "START") == "start"
    assert phone_of(scene.users[0]).reach == Reach.ALL
    assert Suppression.objects.count() == Unsubscription.objects.count() == 0


def test_start_lifts_no_administrators_block(scene: Scene) -> None:
    value = phone_of(scene.users[0]).value
    suppress(scene.project, kind=AddressKind.PHONE, value=value, source=Source.SUPPRESSION_LIST)
    assert reply(scene, "START") == "start: nothing to take back"
    assert phone_of(scene.users[0]).reach == Reach.NOTHING


@pytest.mark.parametrize("stops_first", [True, False])
def test_start_lifts_nothing_that_an_operator_stopped(scene: Scene, stops_first: bool) -> None:
    if stops_first:
        reply(scene, "STOP", number=1)
        reply(scene, "START", number=2)
    unsubscribe(scene.users[0], kind=AddressKind.PHONE, source=Source.ADMIN, actor="boss")
    reply(scene, "STOP", number=3)
    reply(scene, "START", number=4)
    assert phone_of(scene.users[0]).reach == Reach.NOTHING
    assert Unsubscription.objects.get().source_id == Source.ADMIN


def test_a_stop_of_an_unknown_phone_holds_once_somebody_has_it(scene: Scene) -> None:
    assert reply(scene, "СТОП", phone="+4915999999999") == "stop of an unknown phone"
    change_addresses(scene.users[0], {AddressKind.PHONE: parse_phone("+4915999999999")})
    assert phone_of(scene.users[0]).reach == Reach.NOTHING
    assert reply(scene, "START", phone="+4915999999999") == "start"
    assert phone_of(scene.users[0]).reach == Reach.ALL


@pytest.mark.parametrize("text", ["please don't stop", "When do you open?", "🙏"])
def test_other_words_change_nothing(scene: Scene, text: str) -> None:
    assert reply(scene, text) == "no keyword"
    assert phone_of(scene.users[0]).reach == Reach.ALL


def answers(scene: Scene) -> QuerySet[Message]:
    return Message.objects.filter(mailing__type_id=203)


def test_help_is_answered_with_the_projects_type_and_not_twice_in_a_row(scene: Scene) -> None:
    assert reply(scene, "HELP") == "help: nothing to answer with"
    scene.mailing("sms", {"text": "We are"}, sender=scene.sms_sender, category="system", type_id=203)
    scene.project.help_type_id = 203
    scene.project.save()
    assert [reply(scene, "HELP", number=number) for number in (2, 3)] == ["help", "help: answered a moment ago"]
    assert [(each.state, each.user_id) for each in answers(scene)] == [("queued", scene.users[0].pk)]


def email_message(scene: Scene, user: OmnichannelUser) -> Message:
    sender = scene.sender("email", "smtp", address="news@example.com")
    content = {"subject": "Hi", "preheader": "", "html": "<p>Hi</p>", "text": "Hi"}
    mailing = scene.mailing("email", content, sender=sender, category="trigger", type_id=9)
    return sent(mailing, user, scene.address(user, "email", "anna@example.com"))


def told_of(message: Message, **told: Any) -> ReceiptEvent:
    event = ReceiptEvent(f"event-{message.pk}", "", str(message.pk), "bounced", "No such user", None, bounce="invalid")
    return replace(event, **told)


@pytest.mark.parametrize(
    ("bounce", "source"),
    [("invalid", Source.INVALID), ("mx_invalid", Source.MX_INVALID), ("distance", Source.DISTANCE_BOUNCE)],
)
def test_a_bounce_ends_even_system_mail_by_its_source(scene: Scene, bounce: str, source: int) -> None:
    message = email_message(scene, scene.users[0])
    for _ in range(2):
        come_in(scene, told_of(message, bounce=bounce), sender=message.sender)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("undelivered", "No such user")
    assert Unsubscription.objects.get(user=scene.users[0]).source_id == source
    assert Address.objects.get(user=scene.users[0], kind="email").reach == Reach.NOTHING
    assert counters_of([message.mailing_id])[message.mailing_id].undelivered == 1
    assert check_statistics(message.mailing_id) == []


def test_a_bounce_says_nothing_of_an_address_that_was_replaced(scene: Scene) -> None:
    message = email_message(scene, scene.users[0])
    change_addresses(scene.users[0], {AddressKind.EMAIL: parse_email("new@example.com")})
    come_in(scene, told_of(message), sender=message.sender)
    assert Address.objects.get(user=scene.users[0], kind="email").reach == Reach.ALL


def test_a_new_address_is_written_to_again_after_a_bounce(scene: Scene) -> None:
    message = email_message(scene, scene.users[0])
    come_in(scene, told_of(message), sender=message.sender)
    change_addresses(scene.users[0], {AddressKind.EMAIL: parse_email("new@example.com")})
    assert Address.objects.get(user=scene.users[0], kind="email").reach == Reach.ALL


def test_a_complaint_ends_everything_to_the_person_and_to_the_address(scene: Scene) -> None:
    message = email_message(scene, scene.users[0])
    for _ in range(2):
        come_in(scene, told_of(message, status="complained", bounce="", reason="abuse"), sender=message.sender)
    message.refresh_from_db()
    assert message.complained_at is not None
    assert Suppression.objects.get(value="anna@example.com").source_id == Source.FBL
    counted = counters_of([message.mailing_id])[message.mailing_id]
    assert (counted.complained, counted.unsubscribed) == (1, 0)
    assert check_statistics(message.mailing_id) == []


def test_a_delayed_notice_is_only_noted(scene: Scene) -> None:
    message = email_message(scene, scene.users[0])
    come_in(scene, told_of(message, status="buffered", bounce=""), sender=message.sender)
    message.refresh_from_db()
    assert message.state == "sent"
    assert list(message.events.values_list("kind", flat=True)) == ["note"]


def test_another_senders_receipt_moves_nothing(scene: Scene) -> None:
    message = email_message(scene, scene.users[0])
    assert come_in(scene, told_of(message), sender=scene.sms_sender).result == "unknown message"
    message.refresh_from_db()
    assert message.state == "sent"
