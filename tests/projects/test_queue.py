"""Doorbells: one waits at a time, and the one that a killed worker took with it is rung anew by the clock."""

import pytest
from django_rq import get_queue

from projects import queue

JOB, BELL = "messaging.jobs.work_off_receipts", "a bell of this test"


@pytest.fixture(autouse=True)
def nobody_has_rung() -> None:
    get_queue("events").empty()
    queue.answer(BELL)


def ring(*, insist: bool = False) -> int:
    """Ring; return how many jobs wait then."""
    queue.put("events", JOB, unique=BELL, insist=insist)
    return queue.waiting("events")


def take() -> None:
    """What a worker does first; if it is killed now, it has not answered."""
    waiting = get_queue("events")
    waiting.remove(waiting.get_jobs()[0])


@pytest.mark.parametrize("insist", [False, True])
def test_a_bell_that_waits_is_not_rung_twice(insist: bool) -> None:
    assert (ring(), ring(insist=insist)) == (1, 1)


def test_whoever_answers_is_rung_for_anew() -> None:
    ring()
    take()
    queue.answer(BELL)
    assert ring() == 1


def test_a_bell_that_a_killed_worker_took_is_rung_anew_by_the_clock() -> None:
    ring()
    take()
    assert (ring(), ring(insist=True), ring(insist=True)) == (0, 1, 1)
