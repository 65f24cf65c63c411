"""APNs answers as Apple's documents say."""

from __future__ import annotations

import re
import time
from typing import Any

import pycurl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.sandbox.clients import DEVICE, Wire
from tests.sandbox.process import Sandbox

PUSH = {"aps": {"alert": {"title": "Hi", "body": "there"}}, "push_id": "p1", "link": "https://example.com"}
APNS_ID = "123e4567-e89b-12d3-a456-4266554400a0"


def strange_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


@pytest.mark.parametrize("version", [pycurl.CURL_HTTP_VERSION_2TLS, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE])
def test_a_push_is_accepted_over_http_2(sandbox: Sandbox, wire: Wire, version: int) -> None:
    reply = wire.apns(PUSH, version=version)
    assert (reply.status, reply.body, reply.http) == (200, b"", 3)
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", reply.headers["apns-id"])
    [entry] = sandbox.log(provider="apns")
    kept = {name: entry[name] for name in ("address", "message_id", "push_id", "title", "text", "accepted")}
    assert kept == {
        "address": DEVICE,
        "message_id": reply.headers["apns-id"],
        "push_id": "p1",
        "title": "Hi",
        "text": "there",
        "accepted": True,
    }


def test_http_1_1_is_not_spoken(wire: Wire) -> None:
    assert wire.apns(PUSH, version=pycurl.CURL_HTTP_VERSION_1_1).status == 505


def test_the_given_id_is_echoed(wire: Wire) -> None:
    assert wire.apns(PUSH, headers={"apns-id": APNS_ID}).headers["apns-id"] == APNS_ID


def test_the_same_collapse_id_replaces_what_the_phone_shows(sandbox: Sandbox, wire: Wire) -> None:
    for _ in range(2):
        assert wire.apns(PUSH, headers={"apns-collapse-id": "c" * 64}).status == 200
    [phone] = sandbox.get("/phones")["phones"]
    assert [item["replaced"] for item in phone["items"]] == [1]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"method": "PUT"}, 405, "MethodNotAllowed"),
        ({"path": "/3/other/x"}, 404, "BadPath"),
        ({"device": ""}, 400, "MissingDeviceToken"),
        ({"device": "a" * 63}, 400, "BadDeviceToken"),
        ({"device": "badbadba" + "0" * 56}, 400, "BadDeviceToken"),
        ({"device": "0badf00d" + "0" * 56}, 400, "DeviceTokenNotForTopic"),
        ({"device": "42942942" + "0" * 56}, 429, "TooManyRequests"),
        ({"device": "50505050" + "0" * 56}, 500, "InternalServerError"),
        ({"headers": {"apns-topic": "no topic"}}, 400, "BadTopic"),
        ({"headers": {"apns-topic": "com.example.other"}}, 400, "TopicDisallowed"),
        ({"headers": {"apns-id": "123"}}, 400, "BadMessageId"),
        ({"headers": {"apns-expiration": "soon"}}, 400, "BadExpirationDate"),
        ({"headers": {"apns-priority": "7"}}, 400, "BadPriority"),
        ({"headers": {"apns-collapse-id": "c" * 65}}, 400, "BadCollapseId"),
        ({"headers": {"apns-push-type": "loud"}}, 400, "InvalidPushType"),
        ({"payload": b""}, 400, "PayloadEmpty"),
        ({"payload": {"aps": {"alert": "x" * 4096}}}, 413, "PayloadTooLarge"),
        ({"authorization": ""}, 403, "MissingProviderToken"),
        ({"authorization": "bearer a.b.c"}, 403, "InvalidProviderToken"),
    ],
)
def test_a_wrong_request_gets_its_reason(wire: Wire, change: dict[str, Any], status: int, reason: str) -> None:
    reply = wire.apns(
        change.pop("payload", PUSH), **({"path": "/3/device/"} if change.get("device") == "" else {}), **change
    )
    assert (reply.status, reply.json) == (status, {"reason": reason})


def test_a_missing_topic_is_told(wire: Wire) -> None:
    reply = wire.apns(PUSH, headers={"apns-topic": ""})
    assert (reply.status, reply.json) == (400, {"reason": "MissingTopic"})


def test_an_unregistered_token_comes_with_its_time_of_death(wire: Wire) -> None:
    before = int(time.time() * 1000) - 60_000
    reply = wire.apns(PUSH, device="deadbeef" + "0" * 56)
    assert (reply.status, reply.json["reason"]) == (410, "Unregistered")
    assert before < reply.json["timestamp"] <= int(time.time() * 1000)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "SOMEONE123"}, "InvalidProviderToken"),
        ({"kid": "WRONGKEY12"}, "InvalidProviderToken"),
        ({"key": strange_key()}, "InvalidProviderToken"),
        ({"iat": "yesterday"}, "InvalidProviderToken"),
        ({"iat": int(time.time()) - 3700}, "ExpiredProviderToken"),
    ],
)
def test_a_wrong_provider_token_is_refused(wire: Wire, claims: dict[str, Any], reason: str) -> None:
    reply = wire.apns(PUSH, authorization=f"bearer {wire.provider_token(**claims)}")
    assert (reply.status, reply.json) == (403, {"reason": reason})


def test_a_connection_may_not_renew_its_token_within_twenty_minutes(wire: Wire) -> None:
    first, second = wire.provider_token(), wire.provider_token(iat=int(time.time()) - 60)
    answers = [wire.apns(PUSH, authorization=f"bearer {token}") for token in (first, second, first)]
    assert [answer.status for answer in answers] == [200, 429, 200]
    assert answers[1].json == {"reason": "TooManyProviderTokenUpdates"}
