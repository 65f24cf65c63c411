"""The sandbox fails as it is told, and its log says whether a message was accepted before the line broke."""

from __future__ import annotations

import socket
import time
from typing import Any

import pycurl
import pytest
import requests

from tests.sandbox.clients import DEVICE, FCM_TOKEN, PHONE, Reply, Wire
from tests.sandbox.process import Sandbox

FCM = {"token": FCM_TOKEN, "notification": {"title": "Hi"}}
APNS = {"aps": {"alert": "Hi"}}
GOT_NOTHING, SEND_FAILED, RECEIVE_FAILED, PARTIAL, TIMED_OUT, H2_STREAM = 52, 55, 56, 18, 28, 92


def send(wire: Wire, provider: str) -> Reply:
    if provider == "fcm":
        return wire.fcm(FCM)
    return wire.apns(APNS) if provider == "apns" else wire.sms()


def accepted(sandbox: Sandbox) -> list[bool]:
    return [entry["accepted"] for entry in sandbox.log()]


@pytest.mark.parametrize(
    ("provider", "rule", "status", "named"),
    [
        ("fcm", {"action": "status", "value": "503"}, 503, '"UNAVAILABLE"'),
        ("fcm", {"action": "status", "value": "401"}, 401, '"UNAUTHENTICATED"'),
        ("fcm", {"action": "status", "value": "502"}, 502, "<!DOCTYPE html>"),
        ("fcm", {"action": "error", "value": "INTERNAL"}, 500, '"INTERNAL"'),
        ("fcm", {"action": "dead"}, 404, '"UNREGISTERED"'),
        ("fcm", {"action": "throttle", "value": "0"}, 429, '"QUOTA_EXCEEDED"'),
        ("apns", {"action": "status", "value": "503"}, 503, '"ServiceUnavailable"'),
        ("apns", {"action": "error", "value": "ExpiredProviderToken"}, 403, '"ExpiredProviderToken"'),
        ("apns", {"action": "dead", "value": "1700000000000"}, 410, '"timestamp":1700000000000'),
        ("apns", {"action": "throttle", "value": "0"}, 429, '"TooManyRequests"'),
        ("vonage", {"action": "status", "value": "503"}, 503, "<h1>503</h1>"),
        ("vonage", {"action": "error", "value": "9"}, 200, '"status":"9"'),
        ("vonage", {"action": "dead"}, 200, '"status":"33"'),
        ("vonage", {"action": "throttle", "value": "0"}, 200, '"status":"1"'),
    ],
)
def test_a_rule_makes_the_provider_give_its_own_error(
    sandbox: Sandbox, wire: Wire, provider: str, rule: dict[str, str], status: int, named: str
) -> None:
    sandbox.fail(provider=provider, times=1, **rule)
    first, second = send(wire, provider), send(wire, provider)
    assert (first.status, second.status) == (status, 200)
    assert first.body.decode().count(named) >= 1
    assert accepted(sandbox) == [False, True]


def test_retry_after_is_told(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail(provider="fcm", action="status", value="429", seconds=7)
    sandbox.fail(provider="vonage", action="status", value="503", seconds=3)
    assert [send(wire, name).headers["retry-after"] for name in ("fcm", "vonage")] == ["7", "3"]


@pytest.mark.parametrize(
    ("provider", "rule", "errors", "kept"),
    [
        ("fcm", {"action": "reset"}, {RECEIVE_FAILED, GOT_NOTHING}, False),
        ("fcm", {"action": "reset", "accepted": True}, {RECEIVE_FAILED, GOT_NOTHING}, True),
        ("fcm", {"action": "half"}, {PARTIAL}, True),
        ("fcm", {"action": "silence"}, {TIMED_OUT}, False),
        ("fcm", {"action": "silence", "seconds": 0.1}, {RECEIVE_FAILED, GOT_NOTHING}, False),
        ("apns", {"action": "reset"}, {H2_STREAM}, False),
        ("apns", {"action": "reset", "value": "connection"}, {RECEIVE_FAILED, SEND_FAILED}, False),
        ("apns", {"action": "half"}, {H2_STREAM}, True),
        ("apns", {"action": "silence"}, {TIMED_OUT}, False),
        ("vonage", {"action": "half"}, {PARTIAL}, True),
    ],
)
def test_the_line_breaks_as_told(
    sandbox: Sandbox, wire: Wire, provider: str, rule: dict[str, Any], errors: set[int], kept: bool
) -> None:
    wire.access_token()
    wire.fresh = True  # libcurl sends a POST again by itself when a kept connection dies without a byte
    sandbox.fail(provider=provider, times=1, **rule)
    first = send(wire, provider)
    assert first.error in errors
    assert send(wire, provider).status == 200
    assert accepted(sandbox) == [kept, True]


def test_goaway_lets_the_answer_through_and_the_next_push_takes_another_connection(
    sandbox: Sandbox, wire: Wire
) -> None:
    sandbox.fail(provider="apns", action="goaway", times=1)
    assert [send(wire, "apns").status for _ in range(2)] == [200, 200]
    assert accepted(sandbox) == [True, True]


def test_a_push_that_goaway_refused_was_not_processed(sandbox: Sandbox, wire: Wire) -> None:
    """libcurl may send it again by itself on another connection: the stream is named as untouched."""
    sandbox.fail(provider="apns", action="goaway", accepted=False, times=1)
    first = send(wire, "apns")
    assert accepted(sandbox) == ([False, True] if first.status == 200 else [False])


def test_a_slow_answer_comes_whole(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail(action="delay", seconds=0.3)
    started = time.monotonic()
    assert [send(wire, name).status for name in ("fcm", "apns", "vonage")] == [200, 200, 200]
    assert time.monotonic() - started >= 0.9


def test_a_rule_meets_only_the_addresses_it_names(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail(provider="apns", action="dead", match=f"^{DEVICE[:6]}")
    sandbox.fail(provider="vonage", action="dead", addresses=["447700900777"])
    assert wire.apns(APNS).status == 410
    assert wire.apns(APNS, device="0" * 64).status == 200
    statuses = [wire.sms(to=to).json["messages"][0]["status"] for to in (PHONE, "447700900777")]
    assert statuses == ["0", "33"]


def test_a_share_of_the_requests_fails(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail(provider="fcm", action="status", value="500", share=0.5)
    failed = sum(send(wire, "fcm").status == 500 for _ in range(200))
    assert 50 < failed < 150


def test_the_token_endpoint_can_fail_too(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail(provider="fcm-token", action="status", value="500", times=1)
    assert [wire.token(wire.assertion()).status for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({}, "«action» must be one of status, error, delay, reset, half, silence, goaway, dead, throttle, greylist."),
        ({"action": "status", "value": "9"}, "«value» of action status must be an HTTP status from 200 to 599."),
        ({"action": "reset", "match": "("}, "«match» must be * or a regular expression: "),
        ({"action": "reset", "share": 2}, "«share» must be from 0 to 1."),
        (
            {"action": "reset", "provider": "pigeon"},
            "«provider» must be one of *, fcm, fcm-token, apns, vonage, smtp, smtp-auth.",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_a_sentence(
    sandbox: Sandbox, rule: dict[str, Any], sentence: str
) -> None:
    answer = requests.post(f"{sandbox.url}/control/faults", json=rule, timeout=5)
    assert (answer.status_code, answer.json()["error"][: len(sentence)]) == (400, sentence)
    assert sandbox.get("/control/faults") == {"faults": []}


def test_rules_are_listed_and_taken_away_one_by_one(sandbox: Sandbox) -> None:
    first, second = (sandbox.fail(action="reset", match=match) for match in ("a", "b"))
    sandbox.delete("/control/faults", id=first["id"])
    assert [rule["id"] for rule in sandbox.get("/control/faults")["faults"]] == [second["id"]]


def test_pipelined_requests_are_answered_in_order(sandbox: Sandbox) -> None:
    sandbox.fail(provider="fcm-token", action="delay", seconds=0.2)
    port = int(sandbox.url.rpartition(":")[2])
    ask = "{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n{}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        first, second = ask.format("POST", "/token", ""), ask.format("GET", "/health", "connection: close\r\n")
        line.sendall((first + second).encode())
        answer = b""
        while part := line.recv(65_536):
            answer += part
    assert [part[:3] for part in answer.decode().split("HTTP/1.1 ")[1:]] == ["400", "200"]


def test_a_body_over_one_mebibyte_is_refused(sandbox: Sandbox, wire: Wire) -> None:
    for version in (pycurl.CURL_HTTP_VERSION_1_1, pycurl.CURL_HTTP_VERSION_2TLS):
        reply = wire.fcm(b"x" * 1_100_000, version=version)
        assert reply.status == 413
