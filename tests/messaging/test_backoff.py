from datetime import timedelta

import pytest

from messaging.backoff import delay_before


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 5), (2, 10), (3, 20), (6, 160), (9, 1280), (10, 1800), (50, 1800)]
)
def test_delays_double_up_to_half_an_hour(attempt: int, seconds: int) -> None:
    assert delay_before(attempt, retry_after=None, jitter=0) == timedelta(seconds=seconds)


def test_jitter_adds_at_most_a_quarter() -> None:
    assert delay_before(1, retry_after=None, jitter=1) == timedelta(seconds=6.25)


@pytest.mark.parametrize(("retry_after", "seconds"), [(60, 60), (1, 5), (0, 5)])
def test_retry_after_is_obeyed_where_it_is_longer(retry_after: float, seconds: int) -> None:
    assert delay_before(1, retry_after=retry_after, jitter=0) == timedelta(seconds=seconds)
