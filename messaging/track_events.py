"""Track events as client systems write them: read tolerantly, checked by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from messaging.message_ids import message_number
from projects.errors import InvalidInput

LARGEST_ID = 2**62 - 1


@dataclass(frozen=True, slots=True)
class TrackEvent:
    """One report of a device: which push, for whom (if told), and when (UTC)."""

    project_id: int
    message_id: int
    client_user_id: str
    at: datetime | None


def read_event(body: Mapping[str, Any]) -> TrackEvent:
    """Read one event. Raises InvalidInput naming project_id, push_id, message_id or timestamp."""
    return TrackEvent(
        project_id=_integer(body, "project_id"),
        message_id=_message_id(body),
        client_user_id=str(body.get("client_user_id") or ""),
        at=_moment(body.get("timestamp")),
    )


def _message_id(body: Mapping[str, Any]) -> int:
    payload = body.get("payload")
    told = {name: value for name, value in body.items() if value not in (None, "")}
    source = {**payload, **told} if isinstance(payload, Mapping) else told
    if source.get("message_id"):
        number = message_number(str(source["message_id"]))
        if number is None:
            raise InvalidInput({"message_id": "This value is not a valid message id."})
        return number
    return _integer(source, "push_id")


def _integer(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if value in (None, ""):
        raise InvalidInput({name: "This value should not be blank."})
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise InvalidInput({name: "This value should be of type integer."})
    return min(int(str(value)[:20]), LARGEST_ID)


def _moment(value: object) -> datetime | None:
    """Unix seconds (a number or its digits) or ISO 8601; without a zone it is UTC. None is now."""
    if value in (None, ""):
        return None
    try:
        if isinstance(value, int | float) or str(value).replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(str(value)), tz=UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidInput({"timestamp": "This value is neither a unix time nor an ISO 8601 date."}) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
