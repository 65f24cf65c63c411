"""Moments as client systems of the e-mail era write them (facts, section 1.3); pure."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

UNIX = re.compile(r"-?\d{1,19}(\.\d{1,9})?", re.ASCII)
# Go writes nanoseconds, and Python reads six digits at most.
FRACTION = re.compile(r"(?<=:\d\d)[.,](\d{1,6})\d*", re.ASCII)
# JavaScript's Date.toString() ends in the zone's name in brackets; "GMT+0200" stands before it.
ZONE_NAME = re.compile(r"\s*\([^)]*\)$")
FIRST_MILLISECOND = 100_000_000_000
"""From here on a number is milliseconds, as JavaScript's: as seconds it would be the year 5138."""

# What browsers' toLocaleString() and Date.toString() give, once narrow blanks are blanks. American before European:
# where both fit, nobody can tell.
FORMS = (
    "%a %b %d %Y %H:%M:%S GMT%z",
    "%m/%d/%Y, %I:%M:%S %p",
    "%m/%d/%Y, %H:%M:%S",
    "%d/%m/%Y, %I:%M:%S %p",
    "%d/%m/%Y, %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y, %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y, %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d, %H:%M:%S",
    "%Y. %m. %d. %H:%M:%S",
    "%m/%d/%Y",
    "%d.%m.%Y",
)


def read_any_moment(value: object) -> datetime | None:
    """The moment in UTC that a value means; None where it means none.

    Taken: unix seconds or milliseconds as a number or digits, ISO 8601 and RFC 3339 with any fraction and offset, RFC
    2822, and what browsers show. Without an offset it is UTC.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _unix(float(value))
    if not isinstance(value, str) or len(value) > 100:
        return None
    text = " ".join(value.split())
    if UNIX.fullmatch(text):
        return _unix(float(text))
    return _utc(_iso(text) or _shown(text) or _rfc_2822(text))


def _unix(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= FIRST_MILLISECOND else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    if not text[:4].isdigit():
        return None
    try:
        return datetime.fromisoformat(FRACTION.sub(r".\1", text))
    except ValueError:
        return None


def _shown(text: str) -> datetime | None:
    plain = ZONE_NAME.sub("", text)
    for form in FORMS:
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007  (what has no offset is UTC: see _utc)
        except ValueError:
            continue
    return None


def _rfc_2822(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _utc(moment: datetime | None) -> datetime | None:
    try:
        return moment and moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
