"""The sandbox's mail server, spoken to by Python's own SMTP client; its mailboxes; and people who write back."""

import base64
import contextlib
import email.policy
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.sandbox.process import Sandbox, start_sandbox
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


def only_mail(sandbox: Sandbox) -> dict[str, Any]:
    [mail] = sandbox.get("/mails")["mails"]
    return dict(mail)


class Telnet:
    """Bare lines, for what Python's client never says."""

    def __init__(self, sandbox: Sandbox) -> None:
        host, _, port = sandbox.smtp.partition(":")
        account = sandbox.credentials["smtp"]
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.file = self.socket.makefile("rb")
        told = base64.b64encode(f"\0{account['username']}\0{account['password']}".encode()).decode()
        self.say("EHLO here", f"AUTH PLAIN {told}")
        assert [self.hear() for _ in range(3)] == [220, 250, 235]

    def say(self, *lines: str) -> None:
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self) -> int:
        """The code of a whole answer; 0 at the end of the line."""
        while (line := self.file.readline())[3:4] == b"-":
            pass
        return int(line[:3] or 0)

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def telnet(sandbox: Sandbox) -> Iterator[Telnet]:
    line = Telnet(sandbox)
    yield line
    line.close()


@pytest.mark.parametrize("tls", [True, False])
def test_a_mail_is_taken_and_written_down(sandbox: Sandbox, tls: bool) -> None:
    with sign_in(sandbox, tls=tls) as client:
        assert client.send_message(mail()) == {}
    [entry] = arrived(sandbox)
    assert (entry["address"], entry["title"], entry["text"].strip(), entry["client_ref"], entry["accepted"]) == (
        ANNA, "Привіт 🌷", "Hello", "42", True,
    )  # fmt: skip


def test_the_whole_mail_is_kept_with_its_envelope(sandbox: Sandbox) -> None:
    sent = mail(".Hello\n..\n.", X_Note="one")
    sent.set_boundary("=_one")
    with sign_in(sandbox) as client:
        client.send_message(sent, from_addr="bounces@shop.example.com", to_addrs=[ANNA, "bob@example.com"])
    kept = only_mail(sandbox)
    assert (kept["sender"], kept["recipients"], kept["accepted"]) == (
        "bounces@shop.example.com", [ANNA, "bob@example.com"], True,
    )  # fmt: skip
    assert (kept["subject"], kept["headers"]["from"], kept["headers"]["x-note"]) == (
        "Привіт 🌷", "Tulips <news@shop.example.com>", "one",
    )  # fmt: skip
    assert (kept["text"].split(), kept["html"].strip(), kept["defects"]) == (
        [".Hello", "..", "."], "<p>.Hello\n..\n.</p>", [],
    )  # fmt: skip
    assert kept["raw"].encode() == sent.as_bytes(policy=email.policy.SMTP)
    assert [(entry["seq"], entry["message_id"]) for entry in arrived(sandbox)] == [
        (kept["seq"], kept["message_id"]), (kept["seq"] + 1, kept["message_id"]),
    ]  # fmt: skip


def test_mails_are_found_by_address_and_number_and_go_with_the_log(sandbox: Sandbox) -> None:
    with sign_in(sandbox) as client:
        for name in ("anna", "bob", "anna"):
            client.send_message(mail(), to_addrs=[f"{name}@example.com"])
    first, second, third = (each["seq"] for each in sandbox.get("/mails")["mails"])
    questions: list[dict[str, Any]] = [{"address": ANNA}, {"since": first}, {"limit": 2}, {"address": "eve@x.example"}]
    found = [[each["seq"] for each in sandbox.get("/mails", **wanted)["mails"]] for wanted in questions]
    assert found == [[first, third], [second, third], [first, second], []]
    sandbox.delete("/log")
    assert sandbox.get("/mails")["mails"] == []


def test_a_broken_mail_is_taken_and_its_defects_are_told(sandbox: Sandbox) -> None:
    raw = b"Subject: =?nonsense?B?w6Q=?=\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\nnothing\r\n"
    with sign_in(sandbox) as client:
        client.sendmail("news@shop.example.com", ANNA, raw)
    kept = only_mail(sandbox)
    assert (kept["subject"], kept["html"]) == ("=?nonsense?B?w6Q=?=", "")
    assert "StartBoundaryNotFoundDefect" in kept["defects"]


def test_what_the_server_offers(sandbox: Sandbox) -> None:
    host, _, port = sandbox.smtp.partition(":")
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.ehlo()
        offered = dict(client.esmtp_features)
        client.starttls(context=ssl.create_default_context(cafile=sandbox.ca_file))
        client.ehlo()
        inside = dict(client.esmtp_features)
    assert sorted(offered) == ["8bitmime", "auth", "enhancedstatuscodes", "help", "pipelining", "size", "starttls"]
    assert sorted(offered["auth"].split()) == ["LOGIN", "PLAIN"]
    assert sorted(set(offered) - set(inside)) == ["starttls"]


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_both_ways_to_sign_in(sandbox: Sandbox, way: str) -> None:
    host, _, port = sandbox.smtp.partition(":")
    account = sandbox.credentials["smtp"]
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.ehlo()
        client.user, client.password = account["username"], account["password"]
        how = client.auth_plain if way == "PLAIN" else client.auth_login
        assert client.auth(way, how)[0] == 235


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
    [({"action": "dead"}, 535), ({"action": "status", "value": "535"}, 535),
     ({"action": "error", "value": "454 4.7.0 Temporary authentication failure"}, 454)],
)  # fmt: skip
def test_the_sign_in_fails_as_told(sandbox: Sandbox, rule: dict[str, Any], code: int) -> None:
    sandbox.fail(provider="smtp-auth", **rule)
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        sign_in(sandbox)
    assert refused.value.smtp_code == code
    sandbox.heal()
    sign_in(sandbox).quit()


def test_noop_reset_and_unknown_words(telnet: Telnet, sandbox: Sandbox) -> None:
    telnet.say("NOOP", "MAIL FROM:<a@shop.example.com>", f"RCPT TO:<{ANNA}>", "RSET", "DATA", "SING", "QUIT")
    assert [telnet.hear() for _ in range(8)] == [250, 250, 250, 250, 503, 500, 221, 0]
    assert arrived(sandbox) == []


def test_many_mails_can_be_said_without_waiting_for_answers(telnet: Telnet, sandbox: Sandbox) -> None:
    one = ["MAIL FROM:<>", f"RCPT TO:<{ANNA}> ", "DATA", "Subject: One", "", "..", "."]
    nothing = ["MAIL FROM:<a@shop.example.com> BODY=8BITMIME SIZE=3", "RCPT TO:<bob@example.com>", "DATA", "."]
    telnet.say(*one, *nothing, *one)
    assert [telnet.hear() for _ in range(12)] == [250, 250, 354, 250] * 3
    kept = [(each["sender"], each["recipients"], each["raw"]) for each in sandbox.get("/mails")["mails"]]
    first = ("<>", [ANNA], "Subject: One\r\n\r\n.\r\n")
    assert kept == [first, ("a@shop.example.com", ["bob@example.com"], ""), first]


def test_what_is_too_large_is_refused_before_and_after(telnet: Telnet, sandbox: Sandbox) -> None:
    telnet.say("MAIL FROM:<a@shop.example.com> SIZE=30000000")
    assert telnet.hear() == 552
    telnet.say("MAIL FROM:<a@shop.example.com>", f"RCPT TO:<{ANNA}>", "DATA")
    assert [telnet.hear() for _ in range(3)] == [250, 250, 354]
    telnet.say(*["x" * 998] * 21_000, ".", "NOOP")
    assert [telnet.hear() for _ in range(2)] == [552, 250]
    telnet.say("MAIL FROM:<a@shop.example.com>", f"RCPT TO:<{ANNA}>", "DATA", "x" * 1001, ".", "NOOP")
    assert [telnet.hear() for _ in range(5)] == [250, 250, 354, 500, 250]
    assert arrived(sandbox) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [({"action": "dead"}, 550), ({"action": "status", "value": "452"}, 452),
     ({"action": "error", "value": "554 5.7.1 no spam here"}, 554), ({"action": "throttle", "value": "0"}, 451),
     ({"action": "error", "value": "UNAVAILABLE"}, 451)],
)  # fmt: skip
def test_a_recipient_is_refused_as_told(sandbox: Sandbox, rule: dict[str, Any], code: int) -> None:
    sandbox.fail(provider="smtp", match="anna@", **rule)
    with sign_in(sandbox) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(mail())
    assert refused.value.recipients[ANNA][0] == code
    assert [entry["accepted"] for entry in arrived(sandbox)] == [False]


@pytest.mark.parametrize(("status", "code"), [("503", 451), ("429", 451), ("404", 550)])
def test_an_http_status_for_every_provider_is_said_in_smtps_words(sandbox: Sandbox, status: str, code: int) -> None:
    sandbox.fail(provider="*", match="anna@", action="status", value=status)
    with sign_in(sandbox) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(mail())
    assert refused.value.recipients[ANNA][0] == code


def test_one_recipient_of_two_is_refused(sandbox: Sandbox) -> None:
    sandbox.fail(provider="smtp", match="bob@", action="status", value="550")
    with sign_in(sandbox) as client:
        assert client.send_message(mail(), to_addrs=[ANNA, "bob@example.com"]) == {
            "bob@example.com": (550, b"5.7.1 Refused")
        }
    assert only_mail(sandbox)["recipients"] == [ANNA]


def test_421_ends_the_connection(telnet: Telnet, sandbox: Sandbox) -> None:
    sandbox.fail(provider="smtp", action="status", value="421")
    telnet.say("MAIL FROM:<a@shop.example.com>", f"RCPT TO:<{ANNA}>")
    assert [telnet.hear() for _ in range(3)] == [250, 421, 0]


def test_a_greylisted_recipient_is_taken_at_the_second_try(sandbox: Sandbox) -> None:
    sandbox.fail(provider="smtp", action="greylist")
    with sign_in(sandbox) as client:
        for _ in range(2):
            with contextlib.suppress(smtplib.SMTPRecipientsRefused):
                client.send_message(mail())
    assert [(entry["status"], entry["accepted"]) for entry in arrived(sandbox)] == [(451, False), (250, True)]


def test_a_greylist_may_ask_for_patience(sandbox: Sandbox) -> None:
    sandbox.fail(provider="smtp", action="greylist", seconds=1000)
    with sign_in(sandbox) as client:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.send_message(mail())
    assert [entry["status"] for entry in arrived(sandbox)] == [451, 451]


@pytest.mark.parametrize(
    ("name", "code"), [("unknown", 550), ("full", 452), ("blocked", 554), ("nomail", 556), ("busy", 451)]
)
def test_the_simulators_addresses_always_fail(sandbox: Sandbox, name: str, code: int) -> None:
    address = f"{name}@simulator.example"
    with sign_in(sandbox) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(mail(), to_addrs=[address])
    assert refused.value.recipients[address][0] == code


@pytest.mark.parametrize(
    ("name", "part"), [("bounces", b"Final-Recipient: rfc822; bounces@"), ("complains", b"Feedback-Type: abuse")]
)
def test_the_simulators_mailboxes_report_by_themselves(
    sandbox: Sandbox, receiver: Receiver, name: str, part: bytes
) -> None:
    sandbox.post("/control/mail", {"receipts_url": f"{receiver.url}/receipts/smtp/key"})
    with sign_in(sandbox) as client:
        client.send_message(mail(), to_addrs=[f"{name}@simulator.example", ANNA])
    [got] = receiver.wait(1)
    assert part in got.body
    assert [entry["accepted"] for entry in arrived(sandbox)] == [True, True]


@pytest.mark.parametrize("accepted", [True, False])
def test_the_line_is_cut_after_the_whole_body(sandbox: Sandbox, accepted: bool) -> None:
    sandbox.fail(provider="smtp", action="reset", times=1, accepted=accepted)
    client = sign_in(sandbox)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError, OSError)):
        client.send_message(mail())
    assert [entry["accepted"] for entry in arrived(sandbox)] == [accepted]
    with sign_in(sandbox) as again:
        assert again.send_message(mail()) == {}


@pytest.mark.parametrize(
    ("rule", "codes"),
    [({"action": "reset", "value": "before"}, [250, 250, 0]), ({"action": "half"}, [250, 250, 354, 0]),
     ({"action": "silence", "seconds": 0.2}, [250, 250, 354, 0]),
     ({"action": "goaway", "accepted": False}, [250, 250, 354, 421, 0])],
)  # fmt: skip
def test_the_line_breaks_at_every_stage(
    telnet: Telnet, sandbox: Sandbox, rule: dict[str, Any], codes: list[int]
) -> None:
    sandbox.fail(provider="smtp", **rule)
    telnet.say("MAIL FROM:<a@shop.example.com>", f"RCPT TO:<{ANNA}>", "DATA")
    heard = [telnet.hear() for _ in range(3)]
    with contextlib.suppress(OSError):
        telnet.say("Subject: x", "", "y" * 500, ".")
        heard += [telnet.hear() for _ in codes[3:]]
    # A reset that meets what we still had to say is no end of file but an error.
    assert [code for code in heard if code] == [code for code in codes if code]
    assert [entry["accepted"] for entry in arrived(sandbox)] == [False]
    assert sandbox.get("/phones")["phones"] == []


def test_a_mail_is_taken_and_then_the_server_goes(telnet: Telnet, sandbox: Sandbox) -> None:
    sandbox.fail(provider="smtp", action="goaway")
    telnet.say("MAIL FROM:<a@shop.example.com>", f"RCPT TO:<{ANNA}>", "DATA", "Subject: x", "", ".")
    assert [telnet.hear() for _ in range(6)] == [250, 250, 354, 250, 421, 0]
    assert [entry["accepted"] for entry in arrived(sandbox)] == [True]


def test_a_slow_answer_comes_all_the_same(sandbox: Sandbox) -> None:
    rule = sandbox.fail(provider="smtp", action="delay", seconds=0.1)
    with sign_in(sandbox) as client:
        assert client.send_message(mail()) == {}
    [entry] = arrived(sandbox)
    assert (entry["reason"], entry["accepted"], rule["seconds"]) == ("delay", True, 0.1)


def test_a_sandbox_with_open_lines_ends_at_once(tmp_path: Path) -> None:
    short_lived = start_sandbox(tmp_path)
    line = Telnet(short_lived)
    line.say("MAIL FROM:<a@shop.example.com>")
    assert line.hear() == 250
    assert short_lived.stop() == 0
    line.close()


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


def act(sandbox: Sandbox, act: str, item_id: int) -> tuple[int, str]:
    answer = sandbox.session.post(f"{sandbox.url}/mail/act", json={"id": item_id, "act": act}, timeout=20)
    return answer.status_code, answer.json()["error"]


def test_what_a_mailbox_cant_do_is_said(sandbox: Sandbox, receiver: Receiver) -> None:
    away = {"List_Unsubscribe": "<https://shop.example.com/u>", "List_Unsubscribe_Post": "List-Unsubscribe=One-Click"}
    two_clicks = {"List_Unsubscribe": f"<{receiver.url}/u/token>"}
    sandbox.post("/control/mail", {"receipts_url": ""})
    with sign_in(sandbox) as client:
        for headers in (two_clicks, away):
            client.send_message(mail(**headers))
    [box] = sandbox.get("/phones")["phones"]
    last, first = (item["id"] for item in box["items"])
    assert act(sandbox, "unsubscribe", first) == (400, "This mail offers no one-click unsubscription.")
    assert act(sandbox, "unsubscribe", last) == (
        400, "Only addresses on this machine are called, and this is https://shop.example.com/u.",
    )  # fmt: skip
    assert act(sandbox, "bounce", last) == (400, "Nobody has said where reports go: POST /control/mail.")
    assert act(sandbox, "eat", last) == (400, "«act» must be one of unsubscribe, spam, bounce.")
    assert act(sandbox, "spam", 10**9) == (400, "This mail is no longer in any mailbox.")
    sandbox.post("/control/mail", {"receipts_url": f"{receiver.url}/receipts/smtp/key"})
    receiver.statuses.append(403)
    assert act(sandbox, "spam", last) == (502, f"{receiver.url}/receipts/smtp/key answered 403.")


def test_reports_go_to_this_machine_alone(sandbox: Sandbox) -> None:
    body = {"receipts_url": "https://example.com/receipts"}
    answer = sandbox.session.post(f"{sandbox.url}/control/mail", json=body, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (
        400, "«receipts_url»: only http:// on 127.0.0.1 or localhost is called.",
    )  # fmt: skip


def test_a_mailbox_shows_the_first_words_hidden_ones_as_well(sandbox: Sandbox) -> None:
    letter = mail()
    html = '<head><style>p{color:red}</style></head><div style="display:none">Only today &amp;</div>\n<p>Dear Anna</p>'
    letter.get_payload()[1].set_content(html, subtype="html")
    with sign_in(sandbox) as client:
        client.send_message(letter)
    [box] = sandbox.get("/phones")["phones"]
    assert [item["text"] for item in box["items"]] == ["Only today & Dear Anna"]


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
    assert "concat" not in got


def test_a_long_answer_comes_in_parts(sandbox: Sandbox, receiver: Receiver) -> None:
    account = sandbox.credentials["vonage"]
    form = {"api_key": account["api_key"], "api_secret": account["api_secret"], "to": "4915112345678", "from": "Tulips",
            "text": "Hi", "callback": f"{receiver.url}/receipts/vonage/key"}  # fmt: skip
    sandbox.session.post(f"{sandbox.url}/sms/json", data=form, timeout=20).raise_for_status()
    receiver.wait(1)
    sandbox.post("/phones/reply", {"address": "4915112345678", "text": "СТОП " + "x" * 70})
    got = [orjson.loads(call.body) for call in receiver.wait(3)[1:]]
    got.sort(key=lambda part: part["concat-part"])
    names = ("text", "type", "concat", "concat-total", "concat-part")
    assert [tuple(part[name] for name in names) for part in got] == [
        ("СТОП " + "x" * 62, "unicode", "true", "2", "1"), ("x" * 8, "unicode", "true", "2", "2"),
    ]  # fmt: skip
    assert got[0]["concat-ref"] == got[1]["concat-ref"]
    assert got[0]["messageId"] != got[1]["messageId"]


@pytest.mark.parametrize("body", [{"address": "49", "text": "x"}, {"address": "", "text": ""}])
def test_nobody_answers_who_was_not_written_to(sandbox: Sandbox, body: dict[str, str]) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/phones/reply", json=body, timeout=20)
    assert (answer.status_code, "error" in answer.json()) == (400, True)
