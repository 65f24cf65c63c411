"""The log, the phones, the customer's app, and the process itself."""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.sandbox.clients import FCM_TOKEN, PHONE, Wire
from tests.sandbox.process import ROOT, Sandbox, start_sandbox
from tests.sandbox.receiver import Receiver


def push(number: int, token: str = FCM_TOKEN) -> dict[str, object]:
    return {"token": token, "notification": {"title": f"Hi {number}"}, "data": {"push_id": f"p{number}"}}


def test_the_log_is_read_on_from_a_sequence_number(sandbox: Sandbox, wire: Wire) -> None:
    for number in range(5):
        wire.fcm(push(number))
    wire.sms()
    first = sandbox.get("/log", limit=4)
    rest = sandbox.get("/log", since=first["last"])
    assert [entry["push_id"] for entry in first["entries"]] == ["p0", "p1", "p2", "p3"]
    assert [(entry["provider"], entry["address"]) for entry in rest["entries"]] == [
        ("fcm", FCM_TOKEN),
        ("vonage", PHONE),
    ]
    assert [entry["provider"] for entry in sandbox.log(address=PHONE)] == ["vonage"]


def test_the_log_outlives_its_packing(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path, "--log-size", "2000", "--log-file")
    wire = Wire(sandbox)
    for number in range(3100):
        wire.fcm(push(number))
    entries = sandbox.log(limit=5000)
    assert [entry["seq"] for entry in entries] == list(range(entries[0]["seq"], 3101))
    assert len(entries) == 2100
    assert sandbox.get("/log", since=2500, limit=1)["entries"][0]["push_id"] == "p2500"
    wire.close()
    assert sandbox.stop() == 0
    lines = (tmp_path / "sandbox-log.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 3101))


def test_the_summary_tells_what_came_twice(sandbox: Sandbox, wire: Wire) -> None:
    other = f"{'d' * 22}:APA91bother"
    for message in (push(1), push(1), push(2), push(1, other)):
        wire.fcm(message)
    wire.sms(client_ref="r1")
    wire.sms(client_ref="r1", to="447700900904")
    summary = sandbox.get("/log/summary")
    assert summary == {
        "received": 6,
        "accepted": 5,
        "addresses": 3,
        "messages": 4,
        "duplicates": 1,
        "duplicate_messages": [{"address": FCM_TOKEN, "id": "p1", "count": 2}],
        "by_address": {FCM_TOKEN: 3, other: 1, PHONE: 1},
        "by_message": {"p1": 3, "p2": 1, "r1": 1},
    }


def test_counts_go_by_provider(sandbox: Sandbox, wire: Wire) -> None:
    wire.fcm(push(1))
    wire.sms(to="447700900904")
    count = sandbox.get("/log/count")
    assert (count["received"], count["accepted"]) == (2, 1)
    assert count["by_provider"] == {
        "fcm": {"received": 1, "accepted": 1},
        "vonage": {"received": 1, "accepted": 0},
    }
    assert count["not_accepted"] == {"vonage 200 status 7": 1}


def test_phones_show_the_newest_first(sandbox: Sandbox, wire: Wire) -> None:
    wire.fcm(push(1))
    wire.fcm(push(2))
    wire.sms(text="Hello")
    phones = sandbox.get("/phones")
    shown = [
        (phone["platform"], [item["title"] or item["text"] for item in phone["items"]]) for phone in phones["phones"]
    ]
    assert shown == [("sms", ["Hello"]), ("android", ["Hi 2", "Hi 1"])]
    assert sandbox.get("/phones", version=phones["version"]) == {"version": phones["version"]}


def test_the_app_reports_deliveries_by_itself_and_clicks_when_tapped(
    sandbox: Sandbox, wire: Wire, receiver: Receiver
) -> None:
    sandbox.post("/control/app", {"api_url": receiver.url, "client_id": "7", "api_key": "k", "project_id": 12})
    wire.fcm(push(1))
    [delivery] = receiver.wait(1)
    [phone] = sandbox.get("/phones")["phones"]
    tapped = sandbox.post("/phones/tap", {"id": phone["items"][0]["id"]})
    click = receiver.wait(2)[1]
    sandbox.post("/control/app", {"api_url": ""})
    assert tapped == {"reported": True, "link": ""}
    assert [call.path for call in (delivery, click)] == [
        "/v1/app-push/track/delivery",
        "/v1/app-push/track/click",
    ]
    assert delivery.headers["authorization"] == f"Basic {base64.b64encode(b'7:k').decode()}"
    assert json.loads(click.body) == {"project_id": 12, "payload": {"push_id": "p1"}}
    assert json.loads(delivery.body) == json.loads(click.body)


def test_a_list_with_an_unknown_push_is_reported_one_by_one(tmp_path: Path, receiver: Receiver) -> None:
    names = {"API_URL": receiver.url, "CLIENT_ID": "7", "API_KEY": "k", "PROJECT_ID": "12"}
    env = {f"SANDBOX_APP_{name}": value for name, value in names.items()}
    sandbox = start_sandbox(tmp_path, env=env)
    wire = Wire(sandbox)
    receiver.statuses = [404, 404]
    wire.access_token()
    for number in range(3):
        wire.fcm(push(number))
    end = {"p0", "p1", "p2"}
    seen: set[str] = set()
    count = 1
    while seen != end and count < 20:
        for call in receiver.wait(count):
            body = json.loads(call.body)
            seen |= {body["payload"]["push_id"]} if isinstance(body, dict) else set()
        count += 1
    wire.close()
    assert sandbox.stop() == 0
    assert seen == end


def test_the_page_and_its_files_need_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    page = requests.get(f"{sandbox.url}/", timeout=5)
    assert (page.status_code, page.text.count("http")) == (200, 0)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    for name in ("phones.css", "phones.js", "faults.js"):
        assert requests.get(f"{sandbox.url}/static/{name}", timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403), ({}, 200)],
)
def test_pages_of_other_sites_cannot_steer_the_sandbox(sandbox: Sandbox, headers: dict[str, str], status: int) -> None:
    answer = requests.get(f"{sandbox.url}/control/state", headers=headers, timeout=5)
    assert answer.status_code == status


def test_a_wrong_control_body_is_told_in_a_sentence(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/control/app", json={"api_url": "http://example.com"}, timeout=5)
    expected = {"error": "«api_url»: only http:// on 127.0.0.1 or localhost is called."}
    assert (answer.status_code, answer.json()) == (400, expected)


def test_keys_survive_a_restart_and_sigint_ends_it_well(tmp_path: Path) -> None:
    first = start_sandbox(tmp_path)
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(30) == 0
    first.stop()
    second = start_sandbox(tmp_path)
    assert second.stop() == 0
    for names in (("fcm", "service_account", "private_key"), ("apns", "private_key"), ("vonage", "api_secret")):
        before, after = first.credentials, second.credentials
        for name in names:
            before, after = before[name], after[name]
        assert before == after
    assert second.credentials["fcm"]["service_account"]["token_uri"] == f"{second.url}/token"


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "sandbox", "--home", str(tmp_path), "--port", str(port)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"sandbox: Port {port} on 127.0.0.1 can't be used: ")
    assert ended.stderr.count("\n") == 1
