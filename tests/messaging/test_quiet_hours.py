"""Quiet hours by the person's own clock, over midnight and in the nights when clocks change."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.quiet_hours import end_of_quiet, start_of_day

NIGHT = {"start": time(21), "end": time(8)}
NOON = {"start": time(12), "end": time(13)}
KYIV, NEW_YORK = "Europe/Kyiv", "America/New_York"


@pytest.mark.parametrize(
    ("now", "zone", "hours", "ends"),
    [
        ("2026-11-23T20:00", "UTC", NIGHT, None),
        ("2026-11-23T21:00", "UTC", NIGHT, "2026-11-24T08:00"),
        ("2026-11-24T07:59", "UTC", NIGHT, "2026-11-24T08:00"),
        ("2026-11-24T08:00", "UTC", NIGHT, None),
        ("2026-11-23T12:30", "UTC", NOON, "2026-11-23T13:00"),
        # 19:30 in London's winter is 21:30 in Kyiv and the afternoon in New York.
        ("2026-11-23T19:30", KYIV, NIGHT, "2026-11-24T06:00"),
        ("2026-11-23T19:30", NEW_YORK, NIGHT, None),
        # Clocks go forward in Kyiv on 2026-03-29 and back on 2026-10-25.
        ("2026-03-28T23:00", KYIV, NIGHT, "2026-03-29T05:00"),
        ("2026-10-24T23:00", KYIV, NIGHT, "2026-10-25T06:00"),
        # An end that the night of the change leaves out: 03:30 doesn't exist, the first moment after it does.
        ("2026-03-29T00:30", KYIV, {"start": time(1), "end": time(3, 30)}, "2026-03-29T01:30"),
        # An end that comes twice: 03:30 of Kyiv, at +3 and, after the clocks went back from 04:00, at +2.
        ("2026-10-25T00:10", KYIV, {"start": time(22), "end": time(3, 30)}, "2026-10-25T00:30"),
        ("2026-10-25T00:40", KYIV, {"start": time(22), "end": time(3, 30)}, None),
        ("2026-10-25T01:10", KYIV, {"start": time(22), "end": time(3, 30)}, "2026-10-25T01:30"),
        ("2026-11-23T03:00", "Nowhere/Else", NIGHT, "2026-11-23T08:00"),
        ("2026-11-23T03:00", "Europe", NIGHT, "2026-11-23T08:00"),
        ("2026-11-23T03:00", "UTC", {"start": time(5), "end": time(5)}, None),
    ],
)
def test_quiet_hours_end_by_the_persons_clock(now: str, zone: str, hours: dict[str, time], ends: str | None) -> None:
    found = end_of_quiet(datetime.fromisoformat(now).replace(tzinfo=UTC), zone, **hours)
    assert found == (datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None)


@given(
    now=st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    zone=st.sampled_from([KYIV, NEW_YORK, "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    start=st.times(),
    end=st.times(),
)
def test_what_waits_is_never_sent_back_in_time_nor_kept_for_more_than_a_day(
    now: datetime, zone: str, start: time, end: time
) -> None:
    ends = end_of_quiet(now, zone, start=start, end=end)
    # A day of 25 hours, when clocks go back.
    assert ends is None or 0 < (ends - now).total_seconds() <= 25 * 3600 + 1


def test_a_day_begins_at_the_persons_midnight() -> None:
    now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert start_of_day(now, KYIV) == datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert start_of_day(now, NEW_YORK) == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
