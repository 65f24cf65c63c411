from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import F

from projects.errors import Conflict, InvalidInput
from projects.models import ClientAccount, IdempotentRequest
from projects.services.idempotency import answer_once, forget_old
from tests.at_once import at_once
from tests.factories import make_client


@pytest.fixture
def client_account(db):
    return make_client()


class Producer:
    """Counts how often it is asked."""

    def __init__(self):
        self.numbers = count(1)

    def __call__(self):
        return {"number": next(self.numbers)}


def ask(client, produce, key="k", request_hash="h"):
    return answer_once(client, key=key, request_hash=request_hash, produce=produce)


def test_the_first_answer_is_given_again(client_account):
    produce = Producer()
    answers = [ask(client_account, produce) for _ in range(3)]
    assert answers == [({"number": 1}, False), ({"number": 1}, True), ({"number": 1}, True)]


def test_without_a_key_each_request_is_new(client_account):
    produce = Producer()
    assert [ask(client_account, produce, key=None)[0]["number"] for _ in range(2)] == [1, 2]
    assert IdempotentRequest.objects.count() == 0


def test_other_keys_and_other_clients_are_other_requests(client_account):
    produce = Producer()
    clients = [(client_account, "a"), (client_account, "b"), (make_client(), "a")]
    assert [ask(client, produce, key=key)[0]["number"] for client, key in clients] == [1, 2, 3]


def test_the_same_key_for_another_request_is_a_conflict(client_account):
    ask(client_account, Producer())
    with pytest.raises(Conflict) as caught:
        ask(client_account, Producer(), request_hash="other")
    assert caught.value.message == "This Idempotency-Key was used for another request."


def test_an_error_is_not_remembered(client_account):
    def fail():
        raise InvalidInput({"x": "wrong"})

    with pytest.raises(InvalidInput):
        ask(client_account, fail)
    assert ask(client_account, Producer(), request_hash="other") == ({"number": 1}, False)


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb", "a\nb", "\x7f"])
def test_a_key_is_1_to_255_printable_ascii_characters(client_account, key):
    with pytest.raises(InvalidInput) as caught:
        ask(client_account, Producer(), key=key)
    assert caught.value.errors == {"Idempotency-Key": "This value should be 1 to 255 printable ASCII characters."}


@pytest.mark.parametrize("key", ["x", "x" * 255, "a b~!"])
def test_any_other_key_is_taken(client_account, key):
    assert ask(client_account, Producer(), key=key) == ({"number": 1}, False)


def test_after_24_hours_a_key_is_new(client_account):
    produce = Producer()
    ask(client_account, produce)
    IdempotentRequest.objects.update(created_at=F("created_at") - timedelta(hours=24, seconds=1))
    assert ask(client_account, produce, request_hash="other") == ({"number": 2}, False)
    assert ask(client_account, produce, request_hash="other") == ({"number": 2}, True)


def test_old_rows_are_forgotten_in_slices(client_account):
    for key in "abc":
        ask(client_account, Producer(), key=key)
    IdempotentRequest.objects.exclude(key="c").update(created_at=F("created_at") - timedelta(hours=25))
    assert [forget_old(limit=1) for _ in range(3)] == [1, 1, 0]
    assert list(IdempotentRequest.objects.values_list("key", flat=True)) == ["c"]


def test_equal_requests_at_the_same_instant_do_the_work_once(transactional_db):
    client = make_client()
    names = count(1)

    def produce():
        return {"client": ClientAccount.objects.create(name=f"made {next(names)}").name}

    for turn in range(5):
        answers = at_once([lambda turn=turn: ask(client, produce, key=f"key {turn}")] * 6)
        assert len({answer["client"] for answer, _ in answers}) == 1
        assert sorted(is_replay for _, is_replay in answers) == [False] + [True] * 5
    assert ClientAccount.objects.filter(name__startswith="made").count() == 5


def test_when_the_first_of_two_fails_the_second_does_the_work(transactional_db):
    client = make_client()
    barrier = Barrier(2)

    def fail_after_a_moment():
        barrier.wait()
        barrier.wait()
        raise InvalidInput({"x": "wrong"})

    def first():
        try:
            ask(client, fail_after_a_moment)
        except InvalidInput:
            return "failed"
        finally:
            connection.close()

    def second():
        barrier.wait()
        try:
            with ThreadPoolExecutor(1) as releaser:
                releaser.submit(barrier.wait)
                return ask(client, Producer())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(first), pool.submit(second)]
        assert [each.result() for each in results] == ["failed", ({"number": 1}, False)]
