"""The Idempotency-Key of the send endpoints."""

import pytest

from messaging.models import Message
from projects.services.idempotency import KEPT
from templates.models import Channel
from tests.at_once import at_once
from tests.factories import make_client, make_key, make_project, make_sender, make_type
from tests.wire.api import Caller, data_of, error_of

PATH = "/v1/app-push/send/system"


@pytest.fixture
def ready(transactional_db):
    """(a caller maker, the body of a send that will do)."""
    project = make_project(make_client())
    make_sender(project, "fcm")
    made = make_type(project, Channel.APP_PUSH)
    key = make_key(project.client)
    body = {
        "type_id": made.type_id,
        "project_id": project.pk,
        "client_user_id": "a",
        "app_push_token": "x" * 22 + ":APA91b",
        "data": {"code": 1},
    }
    return lambda: Caller(*key), body


def test_the_first_answer_comes_again_and_nothing_is_sent_twice(ready):
    caller, body = ready
    first, again = (caller().post(PATH, body, Idempotency_Key="k") for _ in range(2))
    assert data_of(first) == data_of(again)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert Message.objects.count() == 1
    assert KEPT.total_seconds() == 24 * 3600


def test_the_order_of_the_members_and_a_trailing_slash_make_no_other_request(ready):
    caller, body = ready
    answers = [
        caller().post(PATH, body, Idempotency_Key="k"),
        caller().post(f"{PATH}/", dict(reversed(body.items())), Idempotency_Key="k"),
    ]
    assert data_of(answers[0]) == data_of(answers[1])


@pytest.mark.parametrize("change", [{"data": {"code": 2}}, {"client_user_id": "b"}])
def test_the_same_key_with_another_body_is_409(ready, change):
    caller, body = ready
    data_of(caller().post(PATH, body, Idempotency_Key="k"))
    answer = error_of(caller().post(PATH, body | change, Idempotency_Key="k"))
    assert answer == (409, "This Idempotency-Key was used for another request.")
    assert Message.objects.count() == 1


def test_a_refused_request_may_be_mended_under_the_same_key(ready):
    caller, body = ready
    assert caller().post(PATH, body | {"type_id": 999_999}, Idempotency_Key="k").status_code == 404
    data_of(caller().post(PATH, body, Idempotency_Key="k"))


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9"])
def test_a_bad_key_is_400(ready, key):
    caller, body = ready
    status, text = error_of(caller().post(PATH, body, Idempotency_Key=key))
    assert (status, text.startswith("Request validation error:  Idempotency-Key - ")) == (400, True)


def test_equal_requests_at_the_same_instant_send_one_message(ready):
    caller, body = ready
    for turn in range(5):
        calls = [lambda turn=turn: caller().post(PATH, body, Idempotency_Key=f"k{turn}")] * 6
        assert len({data_of(answer)["message_id"] for answer in at_once(calls)}) == 1
    assert Message.objects.count() == 5
