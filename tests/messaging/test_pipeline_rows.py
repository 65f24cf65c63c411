"""Claim, record, report and repair, statement by statement; the counters agree with the rows after each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from messaging.models import Mailing, Message, MessageEvent, Statistic
from messaging.selectors import Counters, counters_of, timeline_of
from messaging.services.claims import Claim, Work, claim, extend
from messaging.services.enrolment import enrol_slice
from messaging.services.mailings import cancel_queued, close_mailing
from messaging.services.outcomes import Recorded, record
from messaging.services.repair import expire_leases, remove_old
from messaging.services.reports import Report, apply_reports, apply_undelivered
from messaging.services.statistics import check_statistics, fold_statistics, rebuild_statistics
from messaging.vocabulary import EventKind, State
from tests.messaging.scene import Scene
from users.models import Address, OmnichannelUser
from users.services.people import erase_user

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(people=3)
    for mailing in (made.push, made.sms):
        enrol_slice(mailing, users=OmnichannelUser.objects.filter(project=made.project), after=0, limit=10)
    yield made
    assert [check_statistics(mailing.pk) for mailing in Mailing.objects.all()] == [[]] * Mailing.objects.count()


def claim_push(scene: Scene, *, limit: int = 10) -> Claim:
    return claim(Work(scene.push_sender.pk, scene.push.pk), limit=limit)


def claim_sms(scene: Scene) -> Claim:
    return claim(Work(scene.sms_sender.pk, scene.sms.pk), limit=10)


def record_all(claimed: Claim, state: State, **more: object) -> set[int]:
    return record(claimed.lease, [Recorded(each.id, each.address_id, state, **more) for each in claimed.messages])  # type: ignore[arg-type]


def states(mailing: Mailing) -> list[str]:
    return list(Message.objects.filter(mailing=mailing).order_by("id").values_list("state", flat=True))


def report(message_id: int, kind: State, *, at: datetime = NOW) -> Report:
    return Report(message_id, kind, at, "test")


def test_a_claim_takes_the_oldest_rows_and_nobody_else_gets_them(scene: Scene) -> None:
    first, rest = claim_push(scene, limit=2), claim_push(scene)
    assert (len(first.messages), len(rest.messages), len(claim_push(scene).messages)) == (2, 1, 0)
    assert states(scene.push) == ["sending"] * 3


def test_a_claim_brings_all_that_rendering_and_handing_over_need(scene: Scene) -> None:
    message = claim_push(scene, limit=1).messages[0]
    user = scene.users[0]
    assert (message.user_id, message.address, message.address_status) == (
        user.pk,
        f"token-{scene.project.pk}-0",
        "active",
    )
    assert message.profile == {"client_user_id": "user-0", "name": "Name 0", "platform_id": 0, "vip": False}


def test_a_closed_mailing_keeps_its_messages(scene: Scene) -> None:
    close_mailing(scene.push)
    assert claim_push(scene).messages == []


def test_messages_that_are_not_due_stay(scene: Scene) -> None:
    Message.objects.filter(mailing=scene.push).update(due_at=NOW + timedelta(hours=1))
    assert claim_push(scene).messages == []


def test_an_erased_user_leaves_a_message_without_an_address(scene: Scene) -> None:
    OmnichannelUser.objects.filter(pk=scene.users[0].pk).delete()
    assert claim_push(scene, limit=1).messages[0].address is None


def test_recording_sent_keeps_text_time_and_metrics(scene: Scene) -> None:
    record_all(claim_push(scene), State.SENT, provider_id="p-1", content={"text": "Hi"}, missing=("x",))
    message = scene.message(scene.push, scene.users[0])
    assert (message.state, message.provider_id, message.content, message.missing) == (
        "sent",
        "p-1",
        {"text": "Hi"},
        ["x"],
    )
    assert (message.sent_at is not None, message.lease, message.attempts) == (True, None, 1)
    address = Address.objects.get(user=scene.users[0], kind="push")
    assert (address.sent_count, address.last_sent_at is not None) == (1, True)


def test_only_the_lease_that_holds_a_row_records_it(scene: Scene) -> None:
    claimed = claim_push(scene)
    assert record(uuid4(), [Recorded(each.id, each.address_id, State.SENT) for each in claimed.messages]) == set()
    assert len(record_all(claimed, State.SENT)) == 3
    assert record_all(claimed, State.FAILED) == set()
    assert states(scene.push) == ["sent"] * 3


def test_a_temporary_failure_waits_and_says_why(scene: Scene) -> None:
    record_all(claim_push(scene), State.QUEUED, reason="busy", delay=timedelta(hours=1), event=EventKind.RETRY)
    assert claim_push(scene).messages == []
    message = scene.message(scene.push, scene.users[0])
    assert (message.state, message.reason, message.attempts) == ("queued", "busy", 1)
    assert list(message.events.values_list("kind", "detail")) == [("retry", "busy")]


def test_a_try_that_was_not_spent_is_not_counted(scene: Scene) -> None:
    record_all(claim_push(scene), State.QUEUED, spent=False)
    assert scene.message(scene.push, scene.users[0]).attempts == 0


def test_a_device_that_reports_before_we_record_is_not_forgotten(scene: Scene) -> None:
    claimed = claim_push(scene, limit=1)
    assert apply_reports([report(claimed.messages[0].id, State.CLICKED)]) == {claimed.messages[0].id}
    assert states(scene.push)[0] == "sending"
    record_all(claimed, State.SENT)
    assert states(scene.push)[0] == "clicked"


def test_a_push_whose_answer_got_lost_but_was_delivered_is_not_sent_again(scene: Scene) -> None:
    claimed = claim_push(scene, limit=1)
    apply_reports([report(claimed.messages[0].id, State.DELIVERED)])
    record_all(claimed, State.QUEUED, delay=timedelta(seconds=5))
    assert states(scene.push)[0] == "delivered"


def test_a_click_implies_delivery_and_repeats_change_nothing(scene: Scene) -> None:
    claimed = claim_push(scene)
    record_all(claimed, State.SENT)
    number = claimed.messages[0].id
    assert [apply_reports([report(number, State.CLICKED)]) for _ in range(2)] == [{number}, set()]
    assert apply_reports([report(number, State.DELIVERED)]) == set()
    assert counters_of([scene.push.pk])[scene.push.pk] == Counters(audience=3, sent=3, delivered=1, clicked=1)


def test_a_report_before_the_handing_over_counts_from_there(scene: Scene) -> None:
    claimed = claim_push(scene, limit=1)
    record_all(claimed, State.SENT)
    apply_reports([report(claimed.messages[0].id, State.DELIVERED, at=NOW - timedelta(days=9))])
    message = Message.objects.get(pk=claimed.messages[0].id)
    assert message.delivered_at == message.sent_at


@pytest.mark.parametrize("state", [State.SKIPPED, State.FAILED, State.EXPIRED])
def test_what_never_left_cannot_be_delivered(scene: Scene, state: State) -> None:
    claimed = claim_push(scene)
    record_all(claimed, state)
    assert apply_reports([report(each.id, State.DELIVERED) for each in claimed.messages]) == set()


def test_an_sms_that_could_not_be_delivered_says_so(scene: Scene) -> None:
    claimed = claim_sms(scene)
    record_all(claimed, State.SENT)
    number = claimed.messages[0].id
    assert [apply_undelivered(number, reason="absent", source="receipt") for _ in range(2)] == [True, False]
    assert (states(scene.sms)[0], counters_of([scene.sms.pk])[scene.sms.pk].undelivered) == ("undelivered", 1)


def test_a_receipt_resolves_a_doubt(scene: Scene) -> None:
    claimed = claim_sms(scene)
    record_all(claimed, State.IN_DOUBT)
    apply_reports([report(claimed.messages[0].id, State.DELIVERED)])
    assert states(scene.sms) == ["delivered", "in_doubt", "in_doubt"]
    assert counters_of([scene.sms.pk])[scene.sms.pk] == Counters(audience=3, sent=1, delivered=1, in_doubt=2)


def end_leases() -> None:
    Message.objects.filter(state="sending").update(lease_until=NOW - timedelta(minutes=1))


def test_a_lease_that_is_alive_is_left_alone(scene: Scene) -> None:
    claimed = claim_push(scene)
    end_leases()
    extend(claimed.lease)
    assert expire_leases() == {}


def test_after_a_crash_a_push_goes_again_and_an_sms_is_in_doubt(scene: Scene) -> None:
    claim_push(scene)
    claim_sms(scene)
    end_leases()
    assert expire_leases() == {"queued": 3, "in_doubt": 3}
    assert set(MessageEvent.objects.values_list("kind", flat=True)) == {"sent_again", "in_doubt"}


def test_a_project_may_want_its_sms_twice_rather_than_never(scene: Scene) -> None:
    scene.project.resend_in_doubt = True
    scene.project.save()
    claim_sms(scene)
    end_leases()
    assert expire_leases() == {"queued": 3}


def test_after_a_crash_a_push_that_was_delivered_is_not_sent_again(scene: Scene) -> None:
    claimed = claim_push(scene)
    apply_reports([report(each.id, State.DELIVERED) for each in claimed.messages])
    end_leases()
    assert expire_leases() == {"delivered": 3}
    assert counters_of([scene.push.pk])[scene.push.pk] == Counters(audience=3, sent=3, delivered=3)


def test_the_late_record_of_a_worker_that_was_given_up_changes_nothing(scene: Scene) -> None:
    claimed = claim_sms(scene)
    end_leases()
    expire_leases()
    assert record_all(claimed, State.SENT) == set()
    assert states(scene.sms) == ["in_doubt"] * 3


def test_cancelling_goes_slice_by_slice_and_leaves_what_is_in_hand(scene: Scene) -> None:
    claim_push(scene, limit=1)
    assert [cancel_queued(scene.push, limit=1) for _ in range(3)] == [1, 1, 0]
    assert states(scene.push) == ["sending", "cancelled", "cancelled"]


def test_folding_and_rebuilding_keep_the_sums(scene: Scene) -> None:
    record_all(claim_push(scene, limit=1), State.SENT)
    record_all(claim_push(scene), State.FAILED)
    before = counters_of([scene.push.pk])
    fold_statistics()
    assert Statistic.objects.filter(mailing=scene.push).count() == 1
    assert counters_of([scene.push.pk]) == before
    rebuild_statistics(scene.push.pk)
    assert counters_of([scene.push.pk]) == before


def test_the_check_finds_a_counter_that_is_off(scene: Scene) -> None:
    extra = Statistic.objects.create(mailing=scene.push, version_id=None, day=NOW.date(), sent=1)
    found = check_statistics(scene.push.pk)
    extra.delete()
    assert [(each.counter, each.counted, each.rows) for each in found] == [("sent", 1, 0)]


def test_old_messages_are_removed_and_their_statistics_stay(scene: Scene) -> None:
    before = counters_of([scene.push.pk, scene.sms.pk])
    Message.objects.all().update(created_at=NOW - timedelta(days=91))
    assert remove_old() == 6
    assert counters_of([scene.push.pk, scene.sms.pk]) == before
    Statistic.objects.all().delete()


def test_the_timeline_tells_everything_in_order(scene: Scene) -> None:
    claimed = claim_push(scene, limit=1)
    record_all(claimed, State.SENT, provider_id="p-1")
    apply_reports([report(claimed.messages[0].id, State.CLICKED, at=NOW + timedelta(hours=1))])
    entries = timeline_of(Message.objects.get(pk=claimed.messages[0].id))
    assert [(entry.title, entry.detail) for entry in entries] == [
        ("Accepted", "Enrolled by its campaign"),
        ("Handed over to the provider", "p-1"),
        ("Clicked", ""),
    ]


def test_the_database_refuses_a_second_message_of_a_campaign_to_one_address(scene: Scene) -> None:
    message = scene.message(scene.push, scene.users[0])
    message.pk = None
    with pytest.raises(IntegrityError, match="one_message_a_campaign_and_address"), transaction.atomic():
        message.save(force_insert=True)


def test_the_database_refuses_a_lease_on_a_row_that_is_not_being_sent(scene: Scene) -> None:
    with pytest.raises(IntegrityError, match="message_is_leased_only_while_sending"), transaction.atomic():
        Message.objects.filter(mailing=scene.push).update(lease=uuid4(), lease_until=NOW)


def test_a_skip_is_told_at_the_time_it_happened(scene: Scene) -> None:
    claimed = claim_push(scene, limit=1)
    record_all(claimed, State.SKIPPED, reason="The address is opted out.", event=EventKind.NOTE)
    message = Message.objects.get(pk=claimed.messages[0].id)
    entries = timeline_of(message)
    assert [(entry.title, entry.detail) for entry in entries] == [
        ("Accepted", "Enrolled by its campaign"),
        ("Skipped", "The address is opted out."),
    ]
    assert entries[1].at == message.events.get().at


def test_a_person_who_is_erased_while_their_message_is_sent_leaves_no_text(scene: Scene) -> None:
    claimed = claim_push(scene, limit=1)
    message = claimed.messages[0]
    erase_user(scene.project, client_user_id=OmnichannelUser.objects.get(pk=message.user_id).client_user_id or "")
    record_all(claimed, State.SENT, content={"text": "Hello Name 0"}, missing=("user.age",))
    row = Message.objects.get(pk=message.id)
    assert (row.state, row.content, row.data, row.missing) == ("sent", None, None, None)


def test_a_report_on_a_message_that_was_never_tried_changes_nothing(scene: Scene) -> None:
    queued = Message.objects.filter(mailing=scene.push).first()
    assert queued
    assert apply_reports([report(queued.pk, State.CLICKED)]) == set()
    assert counters_of([scene.push.pk])[scene.push.pk] == Counters(audience=3)


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED, State.QUEUED, State.IN_DOUBT])
def test_what_a_device_reported_stays_delivered_whatever_a_later_try_says(scene: Scene, state: State) -> None:
    claimed = claim_push(scene, limit=1)
    assert apply_reports([report(claimed.messages[0].id, State.DELIVERED)]) == {claimed.messages[0].id}
    record_all(claimed, state, reason="Too late.")
    assert states(scene.push)[0] == "delivered"
    assert counters_of([scene.push.pk])[scene.push.pk] == Counters(audience=3, sent=1, delivered=1)


def test_a_late_delivered_after_undelivered_changes_nothing(scene: Scene) -> None:
    claimed = claim_sms(scene)
    record_all(claimed, State.SENT)
    assert apply_undelivered(claimed.messages[0].id, reason="Off.", source="receipt") is True
    assert apply_reports([report(claimed.messages[0].id, State.DELIVERED)]) == set()
    row = Message.objects.get(pk=claimed.messages[0].id)
    assert (row.state, row.reason, row.delivered_at) == ("undelivered", "Off.", None)


def test_what_was_in_doubt_and_turns_out_delivered_has_no_reason_left(scene: Scene) -> None:
    claimed = claim_sms(scene)
    record_all(claimed, State.IN_DOUBT, reason="No answer.")
    assert apply_reports([report(claimed.messages[0].id, State.DELIVERED)]) == {claimed.messages[0].id}
    row = Message.objects.get(pk=claimed.messages[0].id)
    assert (row.state, row.reason) == ("delivered", "")
