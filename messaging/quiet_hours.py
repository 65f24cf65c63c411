"""Quiet hours by a person's own clock; pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def end_of_quiet(now: datetime, zone: str, *, start: time, end: time) -> datetime | None:
    """When the quiet hours that `now` (aware) lies in are over, None outside of them.

    `start` and `end` are wall-clock times in `zone` (an IANA name; an unknown one counts as UTC); with `end` not after
    `start` the hours reach over midnight. Equal ends are a whole day, which would never end: they count as none.
    """
    if start == end:
        return None
    local = now.astimezone(zone_of(zone))
    clock = local.time()
    if start < end:
        is_quiet, is_tomorrow = start <= clock < end, False
    else:
        is_quiet, is_tomorrow = clock >= start or clock < end, clock >= start
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=int(is_tomorrow))
    # In the night of a clock change the wall clock decides: `end` exists or is moved on by zoneinfo.
    ends = datetime.combine(day, end, tzinfo=local.tzinfo)
    if ends.astimezone(UTC) <= now:
        ends = ends.replace(fold=1)  # clocks went back: `end` comes a second time tonight
    return max(ends.astimezone(now.tzinfo), now + timedelta(seconds=1))


def start_of_day(now: datetime, zone: str) -> datetime:
    """Midnight by the person's clock."""
    local = now.astimezone(zone_of(zone))
    return datetime.combine(local.date(), time(), tzinfo=local.tzinfo)


def zone_of(name: str) -> ZoneInfo:
    """The time zone; UTC for a name that the machine doesn't know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
        return ZoneInfo("UTC")
