"""Vonage's SMS API and its delivery receipts are as documented."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pycurl
import pytest
import requests

from tests.sandbox.clients import PHONE, Reply, Wire
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def status(reply: Reply) -> tuple[int, str, str]:
    assert reply.json["message-count"] == "1"
    [message] = reply.json["messages"]
    return reply.status, message["status"], message.get("error-text", "")


@pytest.mark.parametrize("form", [True, False])
def test_a_text_is_accepted(sandbox: Sandbox, wire: Wire, form: bool) -> None:
    reply = wire.sms(form=form, client_ref="r1")
    [entry] = sandbox.log()
    [message] = reply.json["messages"]
    assert (reply.status, reply.json["message-count"]) == (200, "1")
    assert message | {"remaining-balance": ""} == {
        "to": PHONE,
        "message-id": entry["message_id"],
        "status": "0",
        "remaining-balance": "",
        "message-price": "0.03330000",
        "network": "23410",
        "client-ref": "r1",
    }
    assert (entry["client_ref"], entry["text"], entry["accepted"]) == ("r1", "Hello", True)


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"text": "a" * 160}, 1),
        ({"text": "a" * 161}, 2),
        ({"text": "€" * 80}, 1),
        ({"text": "€" * 81}, 2),
        ({"text": "a" * 152 + "€" * 5}, 2),
        ({"text": "я" * 70, "type": "unicode"}, 1),
        ({"text": "я" * 71, "type": "unicode"}, 2),
        ({"text": "😀" * 67, "type": "unicode"}, 3),
    ],
)
def test_a_long_text_is_answered_part_by_part(wire: Wire, values: dict[str, str], parts: int) -> None:
    reply = wire.sms(**values)
    ids = {message["message-id"] for message in reply.json["messages"]}
    assert (reply.json["message-count"], len(ids)) == (str(parts), parts)


def test_a_phone_shows_question_marks_where_text_was_not_sent_as_unicode(sandbox: Sandbox, wire: Wire) -> None:
    wire.sms(text="Привет €")
    wire.sms(text="Привет €", type="unicode")
    assert [entry["text"] for entry in sandbox.log()] == ["?????? €", "Привет €"]


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({"api_secret": "wrong"}, "4", "Bad Credentials"),
        ({"api_key": "wrong"}, "4", "Bad Credentials"),
        ({"to": ""}, "2", "Missing to param"),
        ({"from": ""}, "2", "Missing from param"),
        ({"text": ""}, "2", "Missing text param"),
        ({"to": "hello"}, "3", "Invalid value for param: to"),
        ({"type": "smoke"}, "3", "Invalid value for param: type"),
        ({"ttl": "5"}, "3", "Invalid value for param: ttl"),
        ({"from": "AMuchTooLongName"}, "15", "Illegal Sender Address - rejected"),
        ({"text": "a" * 3201}, "12", "Message too long"),
        ({"to": "447700900904"}, "7", "Number barred"),
        ({"to": "447700900905"}, "6", "Unroutable message - rejected"),
        ({"to": "447700900906"}, "1", "Throughput Rate Exceeded - please wait [ 250 ] and retry"),
        ({"to": "447700900907"}, "5", "Internal error"),
        ({"to": "447700900908"}, "29", "Non White-listed Destination - rejected"),
        ({"to": "447700900909"}, "9", "Quota Exceeded - rejected"),
    ],
)
def test_a_refused_text_gets_its_status_in_http_200(wire: Wire, values: dict[str, str], code: str, text: str) -> None:
    assert status(wire.sms(**values)) == (200, code, text)


def sign(values: dict[str, str], secret: str) -> str:
    text = "".join(f"&{name}={values[name].replace('&', '_').replace('=', '_')}" for name in sorted(values))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_a_signed_request_needs_no_secret(sandbox: Sandbox, wire: Wire) -> None:
    account = sandbox.credentials["vonage"]
    values = {"api_key": account["api_key"], "to": PHONE, "from": "Demo", "text": "a=b & c"}
    values["timestamp"] = str(int(time.time()))
    sig = sign(values, account["signature_secret"])
    assert status(wire.sms(**values, sig=sig, api_secret="")) == (200, "0", "")
    assert status(wire.sms(**(values | {"text": "other"}), sig=sig, api_secret="")) == (200, "14", "Invalid Signature")


def test_the_balance_is_for_the_account_only(sandbox: Sandbox) -> None:
    account = sandbox.credentials["vonage"]
    url = f"{sandbox.url}/account/get-balance"
    good = requests.get(url, params={"api_key": account["api_key"], "api_secret": account["api_secret"]}, timeout=5)
    basic = requests.get(url, auth=(account["api_key"], account["api_secret"]), timeout=5)
    bad = requests.get(url, params={"api_key": account["api_key"], "api_secret": "x"}, timeout=5)
    assert (good.status_code, sorted(good.json())) == (200, ["autoReload", "value"])
    assert (basic.status_code, bad.status_code) == (200, 401)
    assert bad.json() == {"error-code": "401", "error-code-label": "authentication failed"}


@pytest.mark.parametrize("way", ["get", "post", "post-json"])
def test_a_receipt_follows_in_the_way_chosen_and_is_signed(
    sandbox: Sandbox, wire: Wire, receiver: Receiver, way: str
) -> None:
    sandbox.post("/control/receipts", {"way": way})
    reply = wire.sms(callback=f"{receiver.url}/dlr", client_ref="r=1&2")
    [call] = receiver.wait(1)
    values: dict[str, Any] = {
        "get": lambda: call.query,
        "post": lambda: dict(parse_qsl(call.body.decode())),
        "post-json": lambda: orjson.loads(call.body),
    }[way]()
    assert (call.method, call.path) == ("GET" if way == "get" else "POST", "/dlr")
    sig = values.pop("sig")
    assert sig.lower() == sign(values, sandbox.credentials["vonage"]["signature_secret"])
    changing = dict.fromkeys(("scts", "message-timestamp", "timestamp", "nonce"), "")
    assert values | changing == changing | {
        "msisdn": PHONE,
        "to": "Demo",
        "network-code": "23410",
        "messageId": reply.json["messages"][0]["message-id"],
        "price": "0.03330000",
        "status": "delivered",
        "err-code": "0",
        "api-key": sandbox.credentials["vonage"]["api_key"],
        "client-ref": "r=1&2",
    }


def test_a_refused_receipt_comes_again(sandbox: Sandbox, wire: Wire, receiver: Receiver) -> None:
    sandbox.post("/control/receipts", {"url": f"{receiver.url}/dlr"})
    receiver.statuses = [500]
    wire.sms()
    ids = [orjson.loads(call.body)["messageId"] for call in receiver.wait(2)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("to", "fate"),
    [
        ("447700900901", [("failed", "3")]),
        ("447700900902", [("expired", "2")]),
        ("447700900903", [("rejected", "6")]),
        ("447700900910", [("buffered", "0"), ("delivered", "0")]),
        ("447700900912", [("unknown", "1")]),
    ],
)
def test_well_known_numbers_meet_their_fate(
    wire: Wire, receiver: Receiver, to: str, fate: list[tuple[str, str]]
) -> None:
    wire.sms(to=to, callback=receiver.url)
    receipts = [orjson.loads(call.body) for call in receiver.wait(len(fate))]
    assert sorted((receipt["status"], receipt["err-code"]) for receipt in receipts) == fate


def test_numbers_can_be_given_a_fate(sandbox: Sandbox, wire: Wire, receiver: Receiver) -> None:
    sandbox.post("/control/sms_status", {"match": "123$", "status": "failed", "err_code": "5"})
    wire.sms(callback=receiver.url)
    [call] = receiver.wait(1)
    receipt = orjson.loads(call.body)
    assert (receipt["status"], receipt["err-code"]) == ("failed", "5")


def test_a_callback_outside_this_machine_is_not_called(sandbox: Sandbox, wire: Wire) -> None:
    before = sandbox.get("/control/state")["receipts"]["refused"]
    assert status(wire.sms(callback="http://example.com/dlr")) == (200, "0", "")
    state = sandbox.get("/control/state")
    assert (state["receipts"]["refused"], state["couriers"]["receipts"]["waiting"]) == (before + 1, 0)


def test_only_post_sends(sandbox: Sandbox, wire: Wire) -> None:
    reply = wire.ask(f"{sandbox.url}/sms/json", headers={}, version=pycurl.CURL_HTTP_VERSION_1_1)
    assert reply.status == 405
