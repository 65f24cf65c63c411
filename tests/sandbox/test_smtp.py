"""The sandbox's mail server, spoken to by Python's own SMTP client; its mailboxes; and people who write back."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import Any

import orjson
import pytest

from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver

ANNA = "anna@example.com"


def mail(text: str = "Hello", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Tulips <news@shop.example.com>", ANNA, "Привіт 🌷"
    made["Message-ID"] = "<42.0123456789abcdef@shop.example.com>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    made.add_alternative(f"<p>{text}</p>", subtype="html")
    return made


def sign_in(sandbox: Sandbox, *, tls: bool = True, password: str = "") -> smtplib.SMTP:
    host, _, port = sandbox.smtp.partition(":")
    client = smtplib.SMTP(host, int(port), timeout=20)
    if tls:
        client.starttls(context=ssl.create_default_context(cafile=sandbox.ca_file))
    account = sandbox.credentials["smtp"]
    client.login(account["username"], password or account["password"])
    return client


def arrived(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.log(provider="smtp")


@pytest.mark.parametrize("tls", [True, False])
def test_a_mail_is_taken_and_written_down(sandbox: Sandbox, tls: bool) -> None:
    with sign_in(sandbox, tls=tls) as client:
        assert client.send_message(mail()) == {}
    [entry] = arrived(sandbox)
    assert (entry["address"], entry["title"], entry["text"].strip(), entry["client_ref"], entry["accepted"]) == (
        ANNA, "Привіт 🌷", "Hello", "42", True,
    )  # fmt: skip


def test_a_wrong_password_and_none_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        sign_in(sandbox, password="wrong")
    assert refused.value.smtp_code == 535
    host, _, port = sandbox.smtp.partition(":")
    with smtplib.SMTP(host, int(port), timeout=20) as client, pytest.raises(smtplib.SMTPSenderRefused) as stranger:
        client.send_message(mail())
    assert stranger.value.smtp_code == 530


@pytest.mark.parametrize(
    ("rule", "code"),
    [({"action": "dead"}, 550), ({"action": "status", "value": "452"}, 452),
     ({"action": "error", "value": "554 5.7.1 no spam here"}, 554), ({"action": "throttle", "value": "0"}, 451)],
)  # fmt: skip
def test_a_recipient_is_refused_as_told(sandbox: Sandbox, rule: dict[str, Any], code: int) -> None:
    sandbox.fail(provider="smtp", match="anna@", **rule)
    with sign_in(sandbox) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(mail())
    assert refused.value.recipients[ANNA][0] == code
    assert [entry["accepted"] for entry in arrived(sandbox)] == [False]


@pytest.mark.parametrize("accepted", [True, False])
def test_the_line_is_cut_after_the_whole_body(sandbox: Sandbox, accepted: bool) -> None:
    sandbox.fail(provider="smtp", action="reset", times=1, accepted=accepted)
    client = sign_in(sandbox)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError, OSError)):
        client.send_message(mail())
    assert [entry["accepted"] for entry in arrived(sandbox)] == [accepted]
    with sign_in(sandbox) as again:
        assert again.send_message(mail()) == {}


def test_the_mailbox_shows_the_mail_with_pictures_and_links_and_without_scripts(sandbox: Sandbox) -> None:
    with sign_in(sandbox) as client:
        client.send_message(mail("Tulips <3"))
    [box] = sandbox.get("/phones")["phones"]
    [item] = box["items"]
    assert (box["platform"], item["title"]) == ("mail", "Привіт 🌷")
    shown = sandbox.session.get(f"{sandbox.url}/mail", params={"id": item["id"]}, timeout=20)
    policy = shown.headers["Content-Security-Policy"]
    assert "<p>Tulips <3</p>" in shown.text
    assert policy.startswith("sandbox allow-popups")
    assert ("script-src" in policy, "default-src 'none'" in policy) == (False, True)


@pytest.mark.parametrize(("act", "part"), [("spam", b"Feedback-Type: abuse"), ("bounce", b"Status: 5.1.1")])
def test_a_complaint_and_a_bounce_carry_the_mail_back(
    sandbox: Sandbox, receiver: Receiver, act: str, part: bytes
) -> None:
    sandbox.post("/control/mail", {"receipts_url": f"{receiver.url}/receipts/smtp/key"})
    with sign_in(sandbox) as client:
        client.send_message(mail())
    [box] = sandbox.get("/phones")["phones"]
    sandbox.post("/mail/act", {"id": box["items"][0]["id"], "act": act})
    [got] = receiver.wait(1)
    assert got.path == "/receipts/smtp/key"
    assert part in got.body
    assert b"Message-ID: <42.0123456789abcdef@shop.example.com>" in got.body


def test_a_mailbox_unsubscribes_with_one_click(sandbox: Sandbox, receiver: Receiver) -> None:
    headers = {"List_Unsubscribe": f"<{receiver.url}/u/token>", "List_Unsubscribe_Post": "List-Unsubscribe=One-Click"}
    with sign_in(sandbox) as client:
        client.send_message(mail(**headers))
    [box] = sandbox.get("/phones")["phones"]
    sandbox.post("/mail/act", {"id": box["items"][0]["id"], "act": "unsubscribe"})
    [got] = receiver.wait(1)
    assert (got.method, got.path, got.body) == ("POST", "/u/token", b"List-Unsubscribe=One-Click")


def test_a_person_writes_back_by_sms(sandbox: Sandbox, receiver: Receiver) -> None:
    account = sandbox.credentials["vonage"]
    form = {"api_key": account["api_key"], "api_secret": account["api_secret"], "to": "4915112345678", "from": "Tulips",
            "text": "Hi", "callback": f"{receiver.url}/receipts/vonage/key"}  # fmt: skip
    sandbox.session.post(f"{sandbox.url}/sms/json", data=form, timeout=20).raise_for_status()
    receiver.wait(1)
    sandbox.post("/phones/reply", {"address": "+4915112345678", "text": "STOP please"})
    got = orjson.loads(receiver.wait(2)[1].body)
    assert {name: got[name] for name in ("msisdn", "to", "text", "keyword", "type")} == {
        "msisdn": "4915112345678", "to": "Tulips", "text": "STOP please", "keyword": "STOP", "type": "text",
    }  # fmt: skip
    assert got["sig"]


@pytest.mark.parametrize("body", [{"address": "49", "text": "x"}, {"address": "", "text": ""}])
def test_nobody_answers_who_was_not_written_to(sandbox: Sandbox, body: dict[str, str]) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/phones/reply", json=body, timeout=20)
    assert (answer.status_code, "error" in answer.json()) == (400, True)
