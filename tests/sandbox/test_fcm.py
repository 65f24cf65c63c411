"""FCM HTTP v1 and Google's token endpoint answer as their documents say."""

from __future__ import annotations

import time
from typing import Any

import pycurl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.clients import FCM_TOKEN, Reply, Wire
from tests.sandbox.process import Sandbox

PUSH = {"token": FCM_TOKEN, "notification": {"title": "Hi", "body": "there"}, "data": {"push_id": "p1"}}


def strange_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def verdict(reply: Reply) -> tuple[int, str, str | None]:
    error = reply.json["error"]
    codes = [detail["errorCode"] for detail in error.get("details", []) if "errorCode" in detail]
    return reply.status, error["status"], codes[0] if codes else None


def test_a_signed_assertion_gets_an_access_token(wire: Wire) -> None:
    reply = wire.token(wire.assertion())
    assert reply.status == 200
    assert {**reply.json, "access_token": ""} == {"access_token": "", "expires_in": 3599, "token_type": "Bearer"}


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"iss": "someone@else"}, "invalid_grant", "Invalid grant: account not found"),
        ({"key": strange_key()}, "invalid_grant", "Invalid JWT Signature."),
        ({"aud": "https://example.com/token"}, "invalid_grant", "Invalid JWT: Failed audience check."),
        ({"exp": int(time.time()) - 5}, "invalid_grant", "Invalid JWT: Token must be a short-lived token"),
        ({"exp": int(time.time()) + 9000}, "invalid_grant", "Invalid JWT: Token must be a short-lived token"),
        ({"scope": "nothing"}, "invalid_scope", "Invalid OAuth scope"),
    ],
)
def test_a_wrong_assertion_is_refused(wire: Wire, claims: dict[str, Any], error: str, description: str) -> None:
    reply = wire.token(wire.assertion(**claims))
    assert (reply.status, reply.json["error"]) == (400, error)
    assert reply.json["error_description"].startswith(description)


def test_another_grant_type_is_refused(wire: Wire) -> None:
    reply = wire.token(wire.assertion(), grant="password")
    assert (reply.status, reply.json["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("version", [pycurl.CURL_HTTP_VERSION_1_1, pycurl.CURL_HTTP_VERSION_2TLS])
def test_a_push_is_accepted_and_named(sandbox: Sandbox, wire: Wire, version: int) -> None:
    reply = wire.fcm(PUSH, version=version)
    [entry] = sandbox.log()
    assert (reply.status, reply.json) == (200, {"name": entry["message_id"]})
    assert entry["message_id"].startswith("projects/demo-app/messages/0:")
    kept = {name: entry[name] for name in ("provider", "address", "push_id", "title", "text", "status", "accepted")}
    assert kept == {
        "provider": "fcm",
        "address": FCM_TOKEN,
        "push_id": "p1",
        "title": "Hi",
        "text": "there",
        "status": 200,
        "accepted": True,
    }


def test_a_dry_run_reaches_no_phone(sandbox: Sandbox, wire: Wire) -> None:
    reply = wire.fcm(PUSH, validate_only=True)
    assert (reply.status, reply.json) == (200, {"name": "projects/demo-app/messages/fake_message_id"})
    assert [(entry["reason"], entry["accepted"]) for entry in sandbox.log()] == [("dry run", False)]
    assert sandbox.get("/phones")["phones"] == []


@pytest.mark.parametrize(
    ("change", "status", "name", "code"),
    [
        ({"authorization": ""}, 401, "UNAUTHENTICATED", None),
        ({"authorization": "Bearer ya29.wrong"}, 401, "UNAUTHENTICATED", None),
        ({"project": "someone-elses"}, 403, "PERMISSION_DENIED", None),
    ],
)
def test_a_stranger_is_turned_away(
    wire: Wire, change: dict[str, Any], status: int, name: str, code: str | None
) -> None:
    assert verdict(wire.fcm(PUSH, **change)) == (status, name, code)


def test_revoked_access_tokens_are_good_no_more(sandbox: Sandbox, wire: Wire) -> None:
    assert wire.fcm(PUSH).status == 200
    sandbox.post("/control/tokens/revoke", {})
    assert verdict(wire.fcm(PUSH)) == (401, "UNAUTHENTICATED", None)


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ({"notification": {"title": "x"}}, "INVALID_ARGUMENT", "Recipient of the message is not set."),
        ({**PUSH, "topic": "all"}, None, "oneof field 'target' is already set."),
        (
            {**PUSH, "token": "short"},
            "INVALID_ARGUMENT",
            "The registration token is not a valid FCM registration token",
        ),
        ({**PUSH, "data": {"a": "b", "n": 12}}, None, "Invalid value at 'message.data[1].value' (TYPE_STRING), 12"),
        ({**PUSH, "data": {"from": "me"}}, "INVALID_ARGUMENT", "Invalid data payload key: from"),
        ({**PUSH, "data": {"long": "x" * 4100}}, "INVALID_ARGUMENT", "Android message is too big"),
        (
            {**PUSH, "sound": "x"},
            None,
            "Invalid JSON payload received. Unknown name \"sound\" at 'message': Cannot find field.",
        ),
        (
            {**PUSH, "notification": {"title": 5}},
            None,
            "Invalid value at 'message.notification.title' (TYPE_STRING), 5",
        ),
        (
            {**PUSH, "android": {"ttl": 60}},
            None,
            "Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), 60",
        ),
        (
            {**PUSH, "android": {"ttl": "3000000s"}},
            "INVALID_ARGUMENT",
            "TTL must be from 0 to 2419200 seconds.",
        ),
        (b"{", None, "Invalid JSON payload received. Unexpected token."),
    ],
)
def test_a_malformed_push_is_refused(wire: Wire, message: Any, code: str | None, text: str) -> None:
    reply = wire.fcm(message)
    assert verdict(reply) == (400, "INVALID_ARGUMENT", code)
    assert reply.json["error"]["message"] == text


@pytest.mark.parametrize(
    ("kind", "status", "name", "code"),
    [
        ("unregistered", 404, "NOT_FOUND", "UNREGISTERED"),
        ("mismatch", 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        ("invalid", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        ("quota", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        ("unavailable", 503, "UNAVAILABLE", "UNAVAILABLE"),
        ("internal", 500, "INTERNAL", "INTERNAL"),
    ],
)
def test_well_known_tokens_get_their_errors(wire: Wire, kind: str, status: int, name: str, code: str) -> None:
    reply = wire.fcm({**PUSH, "token": f"{'c' * 22}:{kind}-1"})
    assert verdict(reply) == (status, name, code)
    assert ("retry-after" in reply.headers) is (kind == "quota")


def test_the_same_tag_replaces_what_the_phone_shows(sandbox: Sandbox, wire: Wire) -> None:
    for score in ("1:0", "2:0"):
        wire.fcm({**PUSH, "notification": {"title": score}, "android": {"collapse_key": "match"}})
    [phone] = sandbox.get("/phones")["phones"]
    assert [(item["title"], item["replaced"]) for item in phone["items"]] == [("2:0", 1)]
