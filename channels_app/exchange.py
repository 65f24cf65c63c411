"""A batch over the wire: envelopes → requests → answers → outcomes, and what all providers' answers have in common."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from channels_app.contract import Envelope, Outcome, Permanent, Temporary, Unknown
from channels_app.transport import Request, Response, Transport

LONGEST_RETRY_AFTER = 86_400.0
CANNOT_BE_WRITTEN = (ValueError, TypeError, AttributeError, LookupError)

Build = Callable[[Envelope], Request | Outcome]
Read = Callable[[Response], Outcome]


def exchange(transport: Transport, envelopes: Sequence[Envelope], *, build: Build, read: Read) -> list[Outcome]:
    """One outcome per envelope, in order.

    `build` makes the request, or the outcome at once if there is nothing to ask; what it can't write fails for good,
    alone. `read` is only called with an answer that has a status; what it can't make out is Unknown.
    """
    outcomes: dict[int, Outcome] = {}
    requests: list[Request] = []
    places: list[int] = []
    for place, envelope in enumerate(envelopes):
        built = _build(build, envelope)
        if isinstance(built, Request):
            requests.append(built)
            places.append(place)
        else:
            outcomes[place] = built
    for place, response in zip(places, transport.perform(requests), strict=True):
        outcomes[place] = _read(read, response)
    return [outcomes[place] for place in range(len(envelopes))]


def no_answer(response: Response) -> Temporary | Unknown:
    """What a request without an answer means: try again only if it certainly never left."""
    if response.sent:
        return Unknown(response.key, f"No answer: {response.error}")
    return Temporary(response.key, f"Not reached: {response.error}")


def retry_after(response: Response, default: float | None = None) -> float | None:
    """Seconds from the Retry-After header (seconds or a date, RFC 9110 section 10.2.3), at most a day."""
    value = response.header("retry-after")
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return default
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer, {} if it is anything else."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _build(build: Build, envelope: Envelope) -> Request | Outcome:
    try:
        return build(envelope)
    except CANNOT_BE_WRITTEN as error:
        return Permanent(envelope.key, f"The message can't be written for the provider: {error}")


def _read(read: Read, response: Response) -> Outcome:
    if not response.status:
        return no_answer(response)
    try:
        return _storable(read(response))
    except CANNOT_BE_WRITTEN:
        return Unknown(response.key, f"The provider's answer (HTTP {response.status}) makes no sense.")


def _storable(outcome: Outcome) -> Outcome:
    """Without NULs, which PostgreSQL's texts don't know: one in an answer must not spoil the record of its batch."""
    texts = {name: getattr(outcome, name, "") for name in ("reason", "provider_id")}
    cleaned = {name: text.replace("\0", "") for name, text in texts.items() if "\0" in text}
    return replace(outcome, **cleaned) if cleaned else outcome  # type: ignore[arg-type]  # names and values are the outcome's own
