"""What all providers' answers have in common."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from channels_app.contract import Envelope, Handed, Permanent, Unknown
from channels_app.exchange import exchange, json_object, retry_after
from channels_app.transport import Request, Response, Transport
from templates.content import TextContent
from tests.channels_app import stand_in


def answer(*lines: str) -> Response:
    return Response(1, 429, tuple(line.encode() for line in lines), b"", "", True)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Retry-After: 7"], 7.0),
        (["retry-after:  0 "], 0.0),
        (["Retry-After: 99999999999"], 86_400.0),
        (["Retry-After: Mon, 01 Jan 2001 00:00:00 GMT"], 0.0),
        (["Retry-After: soon"], 60.0),
        (["Retry-After: -5"], 60.0),
        (["Retry-After: ²"], 60.0),
        ([], 60.0),
    ],
)
def test_a_time_to_wait_is_read_or_defaulted(lines: list[str], expected: float) -> None:
    assert retry_after(answer(*lines), 60.0) == expected


def test_a_time_to_wait_may_be_a_date() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert retry_after(answer(f"Retry-After: {moment}")) == pytest.approx(3600, abs=5)


@pytest.mark.parametrize(("body", "expected"), [(b'{"a":1}', {"a": 1}), (b"[1]", {}), (b"", {}), (b"\xff", {})])
def test_only_an_object_counts_as_json(body: bytes, expected: dict) -> None:
    assert json_object(body) == expected


def test_outcomes_stay_in_place_whatever_happens_to_each() -> None:
    def build(envelope: Envelope) -> Request | Permanent:
        if envelope.key == 2:
            raise ValueError("too odd")
        if envelope.key == 4:
            return Permanent(4, "No need to ask")
        return Request(envelope.key, "POST", server.url, (), b"x")

    def read(response: Response) -> Handed:
        if response.key == 3:
            raise KeyError("surprise")
        return Handed(response.key, "id")

    with stand_in.http(lambda seen: stand_in.Answer()) as server:
        envelopes = [Envelope(key, "a", TextContent("b")) for key in (1, 2, 3, 4, 5)]
        outcomes = exchange(Transport(), envelopes, build=build, read=read)
    assert outcomes == [
        Handed(1, "id"),
        Permanent(2, "The message can't be written for the provider: too odd"),
        Unknown(3, "The provider's answer (HTTP 200) makes no sense."),
        Permanent(4, "No need to ask"),
        Handed(5, "id"),
    ]


def test_a_nul_in_an_answer_is_left_out_as_no_row_could_keep_it() -> None:
    def build(envelope: Envelope) -> Request:
        return Request(envelope.key, "POST", server.url, (), b"x")

    def read(response: Response) -> Handed | Permanent:
        return Handed(response.key, "i\0d") if response.key == 1 else Permanent(response.key, "n\0o")

    with stand_in.http(lambda seen: stand_in.Answer()) as server:
        envelopes = [Envelope(key, "a", TextContent("b")) for key in (1, 2)]
        assert exchange(Transport(), envelopes, build=build, read=read) == [Handed(1, "id"), Permanent(2, "no")]
