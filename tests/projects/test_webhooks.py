"""Webhooks end to end: written down, told in batches to a real server, signed, again until they are taken."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from time import time
from typing import Any

import pytest
from django.utils.timezone import now

from projects.errors import Conflict, InvalidInput
from projects.models import Project, Webhook, WebhookDelivery, WebhookEvent
from projects.outgoing import Answer
from projects.services import webhook_deliveries
from projects.services.webhook_deliveries import deliver_webhooks, record, send_again, send_test, take_due
from projects.services.webhook_upkeep import GAVE_UP, give_up_old, remove_old
from projects.services.webhooks import (
    Happening,
    create_webhook,
    delete_webhook,
    forget_events,
    forget_listening,
    listens,
    replace_secret,
    tell,
    update_webhook,
)
from tests.factories import make_project
from tests.projects.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(settings: Any) -> Iterator[Receiver]:
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with receiver() as server:
        yield server


@pytest.fixture
def project() -> Project:
    return make_project()


def happenings(*numbers: int, name: str = "sms_sent", user_id: int | None = None) -> list[Happening]:
    return [Happening(name, {"event": name, "sms_id": number}, user_id) for number in numbers]


def end_holds() -> None:
    """As if the pause were over."""
    Webhook.objects.update(hold_until=None, busy_until=None)


def told(here: Receiver) -> list[object]:
    return [event["sms_id"] for event in here.events]


def states() -> list[tuple[str, int]]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", "attempts"))


def test_what_happens_is_told_in_one_batch_keyed_from_zero(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    before = int(time())
    assert tell(project.pk, happenings(1, 2)) == 2
    assert tell(project.pk, happenings(3)) == 1

    assert deliver_webhooks() is False

    (request,) = here.requests
    ids = [event.pop("event_id") for event in request.events]
    assert told(here) == [1, 2, 3]
    assert ids == sorted(ids)
    assert {event["ts"] - before < 5 for event in request.events} == {True}  # type: ignore[operator]  # an int
    assert set(request.events[0]) == {"event", "sms_id", "event_id", "ts"}
    assert request.headers["content-type"] == "application/json"
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.status_code, row.answer) == ("delivered", 1, 200, "thanks")
    assert (row.event_count, row.body.encode()) == (3, request.body)
    assert WebhookEvent.objects.count() == 0


def test_the_signature_is_made_of_secret_time_and_body(here: Receiver, project: Project) -> None:
    webhook, secret = create_webhook(project, url=here.url)
    tell(project.pk, [Happening("sms_sent", {"text": "Привіт ✉"})])
    deliver_webhooks()
    newer = replace_secret(webhook)
    tell(project.pk, happenings(2))
    deliver_webhooks()

    for request, key in zip(here.requests, (secret, newer), strict=True):
        signed = request.headers["x-sendios-timestamp"].encode() + b"." + request.body
        expected = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
        assert request.headers["x-sendios-signature"] == f"v1={expected}"
    assert secret != newer


def test_the_secret_is_not_in_the_table_in_clear(project: Project) -> None:
    webhook, secret = create_webhook(project, url="https://example.com/")
    assert Webhook.objects.get().secret == {"secret": secret}
    stored = Webhook.objects.extra(select={"raw": "secret"}).values_list("raw", flat=True).get()
    assert secret not in stored
    assert secret not in str(webhook.history.values())


def test_only_the_chosen_events_of_active_webhooks_of_this_project_are_kept(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url, events=["sms_sent"])
    create_webhook(project, url=here.url, is_active=False)
    create_webhook(make_project(), url=here.url)
    assert tell(project.pk, [*happenings(1), *happenings(2, name="sms_lost")]) == 1
    assert (listens(project.pk), listens(project.pk, "sms_sent"), listens(project.pk, "open")) == (True, True, False)


def test_nothing_is_written_where_nobody_listens(project: Project, django_assert_num_queries: Any) -> None:
    listens(project.pk)
    with django_assert_num_queries(0):
        assert tell(project.pk, happenings(1)) == 0
    forget_listening()
    with django_assert_num_queries(1):
        assert not listens(project.pk)


def test_up_to_500_events_go_in_a_batch_and_the_rest_follows_in_order(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(*range(1100)))
    deliver_webhooks()
    assert [len(request.events) for request in here.requests] == [500, 500, 100]
    assert told(here) == list(range(1100))


def test_large_events_make_smaller_batches(here: Receiver, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_deliveries, "MOST_LETTERS", 2500)
    create_webhook(project, url=here.url)
    sizes = (900, 900, 900, 5000, 10)
    tell(project.pk, [Happening("sms_sent", {"text": "x" * size}) for size in sizes])
    deliver_webhooks()
    assert [[len(str(event["text"])) for event in request.events] for request in here.requests] == [
        [900, 900], [900], [5000], [10],
    ]  # fmt: skip


def test_a_refused_batch_goes_again_as_it_was_and_what_came_meanwhile_follows(here: Receiver, project: Project) -> None:
    here.answers = [(500, b"no"), (404, b"no"), (201, b"")]
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    for number in (2, 3):
        deliver_webhooks()
        tell(project.pk, happenings(number))
        assert states() == [("waiting", number - 1)]
        end_holds()
    deliver_webhooks()

    assert told(here) == [1, 1, 1, 2, 3]
    first, second, third, last = here.requests
    assert first.body == second.body == third.body
    ids = [request.headers["x-sendios-delivery"] for request in here.requests]
    assert ids[0] == ids[1] == ids[2] != ids[3] == last.headers["x-sendios-delivery"]
    assert states() == [("delivered", 3), ("delivered", 1)]


def test_pauses_grow_to_an_hour(here: Receiver, project: Project) -> None:
    here.answers = [(503, b"")]
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    pauses = []
    for _ in range(7):
        end_holds()
        deliver_webhooks()
        pauses.append((Webhook.objects.get().hold_until - now()).total_seconds())  # type: ignore[operator]  # it failed
    for found, wanted in zip(pauses, (10, 30, 120, 600, 1800, 3600, 3600), strict=True):
        assert wanted * 0.9 - 2 < found <= wanted * 1.1
    deliver_webhooks()
    assert len(here.requests) == 7


def test_after_24_hours_a_batch_has_failed_and_the_next_one_goes(here: Receiver, project: Project) -> None:
    here.answers = [(503, b"down"), (503, b"down"), (200, b"")]
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    deliver_webhooks()
    WebhookDelivery.objects.update(give_up_at=now())
    end_holds()
    deliver_webhooks()
    assert states() == [("failed", 2)]
    tell(project.pk, happenings(2))
    end_holds()
    deliver_webhooks()
    assert told(here) == [1, 1, 2]
    assert states() == [("failed", 2), ("delivered", 1)]
    assert Webhook.objects.get().failing_since is None


def test_events_of_a_receiver_that_is_gone_do_not_grow_without_end(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(*range(600)))
    WebhookEvent.objects.update(created_at=now() - timedelta(hours=25))
    tell(project.pk, happenings(600))
    assert give_up_old() == 0
    Webhook.objects.update(failing_since=now() - timedelta(hours=25))

    assert give_up_old() == 2

    kept = WebhookDelivery.objects.order_by("pk").values_list("state", "event_count", "answer")
    assert list(kept) == [("failed", 500, GAVE_UP), ("failed", 100, GAVE_UP)]
    for row in WebhookDelivery.objects.all():
        send_again(row)
    deliver_webhooks()
    assert told(here) == list(range(601))


def test_a_worker_that_dies_in_the_middle_loses_nothing(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(1, 2))
    (lost,) = take_due(10)
    tell(project.pk, happenings(3))
    deliver_webhooks()
    assert here.requests == []  # somebody has it

    Webhook.objects.update(busy_until=now())
    deliver_webhooks()
    assert told(here) == [1, 2, 3]
    assert here.requests[0].headers["x-sendios-delivery"] == str(lost.delivery.pk)


def test_a_worker_that_was_away_too_long_takes_nothing_from_its_successor(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    (late,) = take_due(10)
    Webhook.objects.update(busy_until=now())
    (current,) = take_due(10)

    record(late, Answer(500))
    assert take_due(10) == []
    record(current, Answer(200))
    assert states() == [("delivered", 2)]


def test_a_slow_webhook_holds_up_no_other(here: Receiver, project: Project) -> None:
    """The slow one answers only once the other has got everything; one after the other it would be cut off."""
    with receiver() as slow:
        slow.may_answer.clear()
        here.when_asked = lambda: slow.may_answer.set() if len(here.requests) == 3 else None
        create_webhook(project, url=slow.url, events=["sms_lost"])
        create_webhook(project, url=here.url, events=["sms_sent"])
        tell(project.pk, [*happenings(0, name="sms_lost"), *happenings(*range(1500))])
        deliver_webhooks()
    assert (told(slow), told(here)) == ([0], list(range(1500)))
    assert states() == [("delivered", 1)] * 4


def test_a_redirect_is_no_delivery(here: Receiver, project: Project) -> None:
    with receiver() as other:
        here.answers, here.headers = [(302, b"")], {"Location": other.url}
        create_webhook(project, url=here.url)
        tell(project.pk, happenings(1))
        deliver_webhooks()
        assert (states(), other.connections) == ([("waiting", 1)], 0)


def test_a_url_that_leads_inside_is_never_called(here: Receiver, project: Project, settings: Any) -> None:
    create_webhook(project, url=here.url)
    settings.OUTGOING_ALLOWED_NETWORKS = []
    tell(project.pk, happenings(1))
    deliver_webhooks()
    assert (here.connections, states()) == (0, [("waiting", 1)])
    with pytest.raises(InvalidInput) as caught:
        create_webhook(project, url=here.url, events=["nothing"])
    assert caught.value.errors == {
        "url": "The host must be reachable from the internet, not a private address.",
        "events": "There is no event “nothing”.",
    }


def test_a_webhook_that_is_switched_off_keeps_nothing(here: Receiver, project: Project) -> None:
    here.answers = [(500, b"")]
    webhook, _ = create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    deliver_webhooks()
    tell(project.pk, happenings(2))
    update_webhook(webhook, url=here.url, events=[], is_active=False)
    assert tell(project.pk, happenings(3)) == 0
    assert (WebhookEvent.objects.count(), states()) == (0, [("failed", 1)])
    with pytest.raises(Conflict):
        send_again(WebhookDelivery.objects.get())


def test_a_webhook_goes_with_its_events_and_deliveries(here: Receiver, project: Project) -> None:
    webhook, _ = create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    deliver_webhooks()
    tell(project.pk, happenings(2))
    delete_webhook(webhook)
    assert (WebhookEvent.objects.count(), WebhookDelivery.objects.count(), listens(project.pk)) == (0, 0, False)


def test_what_waits_of_an_erased_person_is_not_told(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    tell(project.pk, [*happenings(1, user_id=7), *happenings(2, user_id=8)])
    forget_events(7)
    deliver_webhooks()
    assert told(here) == [2]


def test_batches_that_are_kept_tell_of_an_erased_person_no_more(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    here.answers = [(200, b""), (200, b""), (500, b"")]
    tell(project.pk, [*happenings(1, 2, user_id=7), *happenings(3, user_id=8)])
    deliver_webhooks()
    tell(project.pk, happenings(4, user_id=7))
    deliver_webhooks()
    tell(project.pk, [*happenings(5), *happenings(6, user_id=7), *happenings(7, user_id=8)])
    deliver_webhooks()
    assert told(here) == [1, 2, 3, 4, 5, 6, 7]
    forget_events(7)
    assert list(WebhookDelivery.objects.order_by("pk").values_list("event_count", "user_ids")) == [
        (1, [8]), (2, [None, 8]),
    ]  # fmt: skip
    here.requests.clear()
    here.answers = [(200, b"")]
    end_holds()
    send_again(WebhookDelivery.objects.order_by("pk")[0])
    deliver_webhooks()
    assert (told(here), len(here.requests)) == ([3, 5, 7], 2)


def test_a_delivery_sent_again_has_one_more_try(here: Receiver, project: Project) -> None:
    create_webhook(project, url=here.url)
    tell(project.pk, happenings(1))
    deliver_webhooks()
    row = WebhookDelivery.objects.get()
    here.answers = [(500, b""), (200, b"")]
    send_again(row)
    with pytest.raises(Conflict):
        send_again(row)
    deliver_webhooks()
    assert states() == [("failed", 2)]
    send_again(row)
    deliver_webhooks()
    assert states() == [("delivered", 3)]
    assert {request.headers["x-sendios-delivery"] for request in here.requests} == {str(row.pk)}


def test_a_test_event_is_answered_at_once_and_ends_a_hold(here: Receiver, project: Project) -> None:
    webhook, _ = create_webhook(project, url=here.url)
    Webhook.objects.update(hold_until=now() + timedelta(hours=1))
    here.answers = [(500, b"not yet"), (200, b"thanks")]
    assert [send_test(webhook)[:2], Webhook.objects.get().hold_until is None] == [(500, b"not yet"), False]
    assert [send_test(webhook)[:2], Webhook.objects.get().hold_until is None] == [(200, b"thanks"), True]
    assert [event["event"] for event in here.events] == ["test", "test"]
    assert WebhookDelivery.objects.count() == 0


def test_deliveries_past_their_retention_are_removed(project: Project) -> None:
    webhook, _ = create_webhook(project, url="https://example.com/")
    for state, days in (("delivered", 6), ("delivered", 8), ("failed", 29), ("failed", 31), ("waiting", 40)):
        WebhookDelivery.objects.create(
            webhook=webhook, body="{}", event_count=1, state=state, give_up_at=now(), created_at=now() - timedelta(days)
        )
    assert (remove_old(), remove_old()) == (2, 0)
    assert sorted(state for state, _ in states()) == ["delivered", "failed", "waiting"]
