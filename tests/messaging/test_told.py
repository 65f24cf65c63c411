"""What webhooks are told of messages: the pipeline's own statements lead to Sendios' events."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils.timezone import now

from messaging.models import Message
from messaging.services.opt_out import opt_out
from messaging.services.outcomes import Recorded, record
from messaging.services.reports import Report, apply_reports, apply_undelivered
from messaging.services.told import CLICK, tell_created, tell_of_messages, tell_opt_out
from messaging.vocabulary import State
from projects.models import WebhookEvent
from projects.services.webhooks import create_webhook
from templates.models import Channel
from tests.factories import make_project, make_type, make_user
from users.consent_sources import Source
from users.models import OmnichannelUser
from users.services.people import erase_user
from users.vocabulary import AddressKind

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.com/"


def make_message(channel: Channel, user: OmnichannelUser, **given: Any) -> Message:
    """A message that a worker is sending at this moment."""
    kind = {"app_push": "push", "sms": "phone", "email": "email"}[channel]
    mailing = make_type(user.project, channel, category=given.get("category", "system"))
    entry = mailing.mix.get()
    values = {"category": "system", "meta": None} | given
    return Message.objects.create(
        project=user.project, mailing_id=mailing.pk, sender=mailing.sender, version=entry.template.current, user=user,
        address=user.addresses.get(kind=kind), channel=channel, state="sending", attempts=1, lease=uuid4(),
        lease_until=now() + timedelta(minutes=1), **values,
    )  # fmt: skip


def person(**given: Any) -> OmnichannelUser:
    given = {
        "phone": "+4915112345678",
        "email": "ann@example.com",
        "app_push_token": f"{'c' * 22}:APA91b{'x' * 120}",
    } | given
    return make_user(make_project(), client_user_id="ann", name="Ann", language="uk", **given)


def record_as(message: Message, state: State, reason: str = "") -> None:
    assert message.lease
    assert message.address_id
    record(message.lease, [Recorded(message.pk, message.address_id, state, reason=reason)])


def told() -> list[dict[str, Any]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("payload", flat=True))


def test_an_sms_is_told_with_sendios_fields() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.SMS, user, meta={"order": 7})
    record_as(message, State.SENT)
    assert message.version
    assert told() == [
        {
            "event": "sms_sent",
            "sms_id": message.pk,
            "project_id": user.project_id,
            "client_user_id": "ann",
            "category_id": 1,
            "template_id": message.version.template_id,
            "type_id": message.mailing.type_id,
            "campaign_id": None,
            "omnichannel": 1,
            "channel": "sms",
            "meta": {"order": 7},
        }
    ]
    assert WebhookEvent.objects.get().user_id == user.pk


def test_an_email_is_told_with_the_person() -> None:
    user = person()
    user.last_online_at = datetime(2026, 1, 2, tzinfo=UTC)
    user.save()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.EMAIL, user, category="trigger")
    record_as(message, State.SENT)
    (event,) = told()
    assert event.pop("user").pop("last_mailed") > 0
    assert message.sender
    assert message.version
    assert event == {
        "event": "sent",
        "mail_id": message.pk,
        "user_id": user.pk,
        "mail_source_id": message.sender_id,
        "source_id": message.sender_id,
        "server": message.sender.name,
        "split_group": 0,
        "project": user.project.name,
        "email": "ann@example.com",
        "project_id": user.project_id,
        "client_user_id": "ann",
        "category_id": 2,
        "template_id": message.version.template_id,
        "type_id": message.mailing.type_id,
        "campaign_id": None,
    }


@pytest.mark.parametrize(
    ("channel", "state", "event"),
    [
        (Channel.SMS, State.SENT, "sms_sent"),
        (Channel.SMS, State.FAILED, "sms_lost"),
        (Channel.SMS, State.SKIPPED, "sms_lost"),
        (Channel.SMS, State.EXPIRED, "sms_lost"),
        (Channel.APP_PUSH, State.SENT, "app_push_sent"),
        (Channel.APP_PUSH, State.FAILED, "app_push_lost"),
        (Channel.EMAIL, State.SENT, "sent"),
        (Channel.EMAIL, State.FAILED, "lost"),
        (Channel.EMAIL, State.SKIPPED, "reject"),
    ],
)
def test_ends_have_their_names(channel: Channel, state: State, event: str) -> None:
    user = person()
    create_webhook(user.project, url=URL)
    record_as(make_message(channel, user), state, reason="Because." if state != State.SENT else "")
    assert [(each["event"], each.get("reason")) for each in told()] == [
        (event, None if state == State.SENT else "Because.")
    ]


@pytest.mark.parametrize("state", [State.QUEUED, State.IN_DOUBT])
def test_what_is_no_end_is_not_told(state: State) -> None:
    user = person()
    create_webhook(user.project, url=URL)
    record_as(make_message(Channel.SMS, user), state)
    assert told() == []


@pytest.mark.parametrize(
    ("channel", "events"),
    [
        (Channel.SMS, ["sms_sent", "sms_delivered", "sms_click"]),
        (Channel.APP_PUSH, ["app_push_sent", "app_push_delivered", "app_push_click"]),
        (Channel.EMAIL, ["sent", "click"]),
    ],
)
def test_reports_are_told_once(channel: Channel, events: list[str]) -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(channel, user)
    record_as(message, State.SENT)
    for kind in (State.DELIVERED, State.DELIVERED, State.CLICKED, State.CLICKED):
        apply_reports([Report(message.pk, kind, now(), "test")])
    assert [each["event"] for each in told()] == events


def test_what_comes_back_is_lost() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.SMS, user)
    record_as(message, State.SENT)
    for _ in range(2):
        apply_undelivered(message.pk, reason="Unknown number", source="vonage")
    assert [(each["event"], each.get("reason")) for each in told()] == [
        ("sms_sent", None), ("sms_lost", "Unknown number"),
    ]  # fmt: skip


def test_nothing_is_asked_where_nobody_listens(django_assert_num_queries: Any) -> None:
    user = person()
    message = make_message(Channel.SMS, user)
    tell_of_messages(CLICK, [message.pk])
    with django_assert_num_queries(0):
        tell_of_messages(CLICK, [message.pk])
    create_webhook(make_project(), url=URL, events=["click"])
    create_webhook(user.project, url=URL, events=["sms_sent"])
    tell_of_messages("sent", [])
    with django_assert_num_queries(1):
        tell_of_messages(CLICK, [message.pk])
    assert told() == []


def test_more_is_told_of_a_click() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.EMAIL, user)
    tell_of_messages(CLICK, [message.pk], more={message.pk: {"url": "https://example.com/"}})
    assert [(each["event"], each["url"]) for each in told()] == [("click", "https://example.com/")]


def test_an_erased_person_is_told_of_no_more() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.SMS, user)
    tell_of_messages("sent", [message.pk])
    erase_user(user.project, client_user_id="ann")
    record_as(message, State.SENT)
    assert told() == []


def test_a_new_email_user_is_told_of() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    tell_created(user, meta={"a": 1})
    tell_created(user)
    person_fields = {
        "id": user.pk, "project_id": user.project_id, "email": "ann@example.com", "name": "Ann", "language": "uk",
        "last_online": 0, "last_mailed": 0, "last_reaction": 0,
    }  # fmt: skip
    event = {
        "event": "created", "user_id": user.pk, "project_id": user.project_id, "client_user_id": "ann",
        "project": user.project.name, "split_group": 0, "email": "ann@example.com", "user": person_fields,
        "reg_type": "sys_letter",
    }  # fmt: skip
    assert told() == [event | {"meta": {"a": 1}}, event]


def test_opt_outs_of_email_are_told_with_or_without_a_message() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.EMAIL, user)
    tell_opt_out(message, user, kind=AddressKind.EMAIL, source=Source.FBL)
    tell_opt_out(None, user, kind=AddressKind.EMAIL, source=Source.CLIENT_CALLBACK)
    tell_opt_out(None, user, kind=AddressKind.PHONE, source=Source.SMS_STOP)
    assert [(each["event"], each["unsub_source_id"], each.get("mail_id")) for each in told()] == [
        ("spam", 2, message.pk), ("unsub", 8, None),
    ]  # fmt: skip


def test_opting_out_is_told_once() -> None:
    user = person()
    create_webhook(user.project, url=URL)
    message = make_message(Channel.EMAIL, user)
    for _ in range(2):
        opt_out(message, user, kind=AddressKind.EMAIL, source=Source.PAGE, actor="the person")
    opt_out(message, user, kind=AddressKind.EMAIL, source=Source.FBL, actor="mail server")
    assert [(each["event"], each["unsub_source_id"]) for each in told()] == [("unsub", 19), ("spam", 2)]
