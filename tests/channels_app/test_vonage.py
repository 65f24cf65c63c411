"""Vonage: the shared questions, its status table, its form and its receipts."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import orjson
import pytest
import vonage_http_client

from channels_app.contract import (
    BadReceipt,
    BadSignature,
    Blocked,
    Check,
    CredentialError,
    Envelope,
    Handed,
    InboundText,
    Permanent,
    ReceiptEvent,
    Temporary,
    Unknown,
)
from channels_app.sms.vonage import answers
from channels_app.sms.vonage.provider import Vonage
from channels_app.sms.vonage.receipts import md5_hash
from channels_app.transport import Response
from templates.content import TextContent
from tests.channels_app import stand_in
from tests.channels_app.provider_cases import Line, ProviderCases
from tests.channels_app.stand_in import Answer, Seen

CREDENTIALS = {"api_key": "abcd1234", "api_secret": "S3cret", "signature_secret": "", "signature_method": "md5hash"}
NUMBERS = iter(range(10**9))


def parts(*statuses: str, **more: str) -> Answer:
    messages = [
        {"status": status, "message-id": f"id-{next(NUMBERS)}"} | (more if status != "0" else {}) for status in statuses
    ]
    return Answer(200, {"message-count": str(len(messages)), "messages": messages})


KINDS = {"temporary": "1", "permanent": "6", "dead": "33", "blocked": "4"}
ADDRESSES = {
    kind: f"+4915200000{digit}"
    for digit, kind in enumerate(["accepted", "temporary", "permanent", "dead", "blocked", "silent"])
}


def nexmo(seen: Seen) -> Answer | None:
    if seen.path.startswith("/account/get-balance?"):
        good = parse_qs(seen.path.partition("?")[2])["api_secret"] == ["S3cret"]
        return Answer(200, {"value": 12.5, "autoReload": False}) if good else Answer(401, {"error-code": "401"})
    to = "+" + parse_qs(seen.body.decode())["to"][0]
    kind = next(kind for kind, address in ADDRESSES.items() if address == to)
    return stand_in.SILENCE if kind == "silent" else parts(KINDS.get(kind, "0"), **{"error-text": "said"})


@pytest.fixture
def server(settings) -> Iterator[stand_in.StandIn]:
    with stand_in.http(nexmo) as server:
        settings.VONAGE_URL = server.url
        settings.PROVIDER_CA_FILE = ""
        yield server


@pytest.fixture
def line(server: stand_in.StandIn, settings) -> Line:
    connection = Vonage().connect(CREDENTIALS, address="+49301234567", callback_url="https://example.com/r/1")
    settings.VONAGE_URL = "http://127.0.0.1:9"
    unreachable = Vonage().connect(CREDENTIALS, address="Demo")
    return Line(connection, server, ADDRESSES, TextContent("Hello"), unreachable)


class TestVonageAnswersTheSharedQuestions(ProviderCases):
    pass


def read(answer: Answer):
    lines = tuple(f"{name}: {value}".encode() for name, value in answer.headers.items())
    return answers.read(Response(5, answer.status, lines, answer.bytes(), "", True))


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        (("1", "5", "10"), Temporary),
        (("4", "8", "9", "11", "14", "23", "32"), Blocked),
        (("2", "3", "6", "7", "12", "15", "22", "29", "33", "99", "None"), Permanent),
    ],
)
def test_a_status_means_what_vonage_says(statuses: tuple[str, ...], kind: type) -> None:
    assert [type(read(parts(status))) for status in statuses] == [kind] * len(statuses)


def test_only_a_number_that_is_no_longer_in_use_is_dead() -> None:
    dead = [status for status in answers.STATUSES if getattr(read(parts(status)), "address_is_dead", False)]
    assert dead == ["33"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(429, b"", {"retry-after": "3"}), Temporary),
        (Answer(500, b""), Temporary),
        (Answer(503, b""), Temporary),
        (Answer(502, b""), Unknown),
        (Answer(504, b""), Unknown),
        (Answer(401, b""), Blocked),
        (Answer(404, b""), Blocked),
        (Answer(422, b""), Permanent),
        (Answer(200, b"<html>hello</html>"), Unknown),
        (Answer(200, {"messages": []}), Unknown),
    ],
)
def test_an_http_status_has_its_meaning(answer: Answer, kind: type) -> None:
    assert type(read(answer)) is kind


def test_the_time_to_wait_is_vonages_or_a_second_for_the_throttle() -> None:
    assert read(Answer(429, b"", {"retry-after": "3"})).retry_after == 3.0
    assert read(parts("1")).retry_after == 1.0
    assert read(parts("5")).retry_after is None


def test_a_message_of_several_parts_is_handed_over_when_all_are_taken() -> None:
    outcome = read(Answer(200, {"messages": [{"status": "0", "message-id": name} for name in ("a", "b")]}))
    assert outcome == Handed(5, "a")


def test_a_message_of_which_a_part_went_out_is_never_sent_again() -> None:
    outcome = read(parts("0", "1", "0", **{"error-text": "Throughput"}))
    reason = "Only 2 of 3 parts went out: Faster than the Vonage account's limit: Throughput"
    assert outcome == Permanent(5, reason)


def test_the_form_is_as_vonage_wants_it(line: Line) -> None:
    envelope = Envelope(1, ADDRESSES["accepted"], TextContent("Grüße & €"), {}, None, "ref-1")
    line.connection.send([envelope])
    assert {name: value[0] for name, value in parse_qs(line.stand_in.seen[0].body.decode()).items()} == {
        "api_key": "abcd1234",
        "api_secret": "S3cret",
        "from": "49301234567",
        "to": "49152000000",
        "text": "Grüße & €",
        "client-ref": "ref-1",
        "callback": "https://example.com/r/1",
        "status-report-req": "1",
    } | {"to": ADDRESSES["accepted"].removeprefix("+")}


def test_a_text_beyond_gsm_is_marked_as_unicode(line: Line) -> None:
    line.connection.send([Envelope(1, ADDRESSES["accepted"], TextContent("Привет 😀"))])
    form = parse_qs(line.stand_in.seen[0].body.decode())
    assert (form["type"], form["text"]) == (["unicode"], ["Привет 😀"])


def test_check_tells_the_balance_or_the_refusal(line: Line, settings) -> None:
    settings.VONAGE_URL = line.stand_in.url
    assert line.connection.check() == Check(True, "Vonage accepts the key. Balance: 12.50 EUR.")
    wrong = Vonage().connect(CREDENTIALS | {"api_secret": "wrong"}, address="Demo")
    assert wrong.check() == Check(False, "Vonage refuses this API key and secret.")


RECEIPT = {
    "msisdn": "491520000000",
    "to": "DEMO",
    "messageId": "0C01",
    "status": "delivered",
    "err-code": "0",
    "client-ref": "ref-1",
    "scts": "2611230501",
    "message-timestamp": "2026-11-23 05:01:30",
    "api-key": "abcd1234",
}
DELIVERED = ReceiptEvent(
    "0C01:delivered:0", "0C01", "ref-1", "delivered", "", datetime(2026, 11, 23, 5, 1, 30, tzinfo=UTC)
)


def receive(params: dict[str, str], **credentials: str):
    return Vonage().receipts(b"", "", params, CREDENTIALS | credentials)


def test_a_receipt_is_read_from_query_form_and_json() -> None:
    provider = Vonage()
    assert provider.receipts(b"", "", RECEIPT, CREDENTIALS) == [DELIVERED]
    form = urlencode(RECEIPT).encode()
    assert provider.receipts(form, "application/x-www-form-urlencoded", {}, CREDENTIALS) == [DELIVERED]
    assert provider.receipts(orjson.dumps(RECEIPT), "application/json; charset=utf-8", {}, CREDENTIALS) == [DELIVERED]


@pytest.mark.parametrize(
    ("status", "code", "expected", "reason"),
    [
        ("delivered", "0", "delivered", ""),
        ("failed", "3", "undelivered", "The number is no longer in use"),
        ("rejected", "6", "undelivered", "The network's spam filter stopped it"),
        ("expired", "", "undelivered", "The network gave up trying"),
        ("failed", "777", "undelivered", "Vonage's error 777"),
        ("accepted", "0", "accepted", ""),
        ("buffered", "0", "buffered", ""),
        ("unknown", "1", "unknown", "No cause known"),
    ],
)
def test_a_status_becomes_our_word(status: str, code: str, expected: str, reason: str) -> None:
    [event] = receive(RECEIPT | {"status": status, "err-code": code})
    assert (event.status, event.reason, event.event_id) == (expected, reason, f"0C01:{status}:{code}")


def test_the_networks_time_serves_where_vonages_is_missing() -> None:
    [event] = receive(RECEIPT | {"message-timestamp": "yesterday"})
    assert event.at == datetime(2026, 11, 23, 5, 1, tzinfo=UTC)
    [event] = receive({"messageId": "1", "status": "delivered"})
    assert event.at is None


@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
def test_a_signature_of_vonages_own_package_is_accepted(method: str) -> None:
    auth = vonage_http_client.Auth(api_key="abcd1234", signature_secret="sign-me", signature_method=method)
    params = RECEIPT | {"timestamp": "1700000000", "text": "a&b=c"}
    signed = params | {"sig": auth.sign_params(dict(params)).upper()}
    assert len(receive(signed, signature_secret="sign-me", signature_method=method)) == 1


def test_a_plain_md5_signature_is_accepted() -> None:
    text = "&client-ref=a_b&messageId=1&status=deliveredsign-me"
    params = {"messageId": "1", "status": "delivered", "client-ref": "a&b"}
    assert md5_hash(params, "sign-me") == hashlib.md5(text.encode()).hexdigest()
    assert len(receive(params | {"sig": md5_hash(params, "sign-me")}, signature_secret="sign-me")) == 1


@pytest.mark.parametrize("sig", [None, "", "0" * 32, "é"])
def test_a_receipt_without_the_right_signature_is_refused(sig: str | None) -> None:
    params = RECEIPT if sig is None else RECEIPT | {"sig": sig}
    with pytest.raises(BadSignature):
        receive(params, signature_secret="sign-me")


def test_a_changed_receipt_is_refused() -> None:
    auth = vonage_http_client.Auth(api_key="abcd1234", signature_secret="sign-me", signature_method="sha256")
    params = RECEIPT | {"timestamp": "1700000000"}
    signed = params | {"sig": auth.sign_params(dict(params)), "status": "failed"}
    with pytest.raises(BadSignature):
        receive(signed, signature_secret="sign-me", signature_method="sha256")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"[1]", "application/json"),
        (b"{", "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"messageId=1&status=eaten", "application/x-www-form-urlencoded"),
        (b"messageId=1%00&status=delivered", "application/x-www-form-urlencoded"),
        (b"messageId=" + b"1" * 3000 + b"&status=delivered", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(200)), "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_receipt_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(BadReceipt):
        Vonage().receipts(body, content_type, {}, CREDENTIALS)


INBOUND = {
    "msisdn": "491520000000",
    "to": "4915111111111",
    "messageId": "0B01",
    "text": "Stop it, please",
    "type": "text",
    "keyword": "STOP",
    "message-timestamp": "2026-11-23 05:01:30",
    "api-key": "abcd1234",
}
WRITTEN = InboundText("inbound:0B01", "+491520000000", "Stop it, please", datetime(2026, 11, 23, 5, 1, 30, tzinfo=UTC))


def test_what_a_person_writes_is_read_from_query_form_and_json() -> None:
    provider = Vonage()
    assert provider.receipts(b"", "", INBOUND, CREDENTIALS) == [WRITTEN]
    form = urlencode(INBOUND).encode()
    assert provider.receipts(form, "application/x-www-form-urlencoded", {}, CREDENTIALS) == [WRITTEN]
    assert provider.receipts(orjson.dumps(INBOUND), "application/json; charset=utf-8", {}, CREDENTIALS) == [WRITTEN]


@pytest.mark.parametrize(
    ("change", "phone", "text"),
    [
        ({"type": "unicode", "text": "СТОП 🌷"}, "+491520000000", "СТОП 🌷"),
        ({"text": ""}, "+491520000000", ""),
        ({"msisdn": "80808"}, "+80808", "Stop it, please"),
        ({"concat": "true", "concat-ref": "7", "concat-total": "2", "concat-part": "2"}, "+491520000000",
         "Stop it, please"),
    ],
)  # fmt: skip
def test_unicode_nothing_short_codes_and_parts_are_taken_as_they_come(
    change: dict[str, str], phone: str, text: str
) -> None:
    [message] = receive(INBOUND | change)
    assert (message.event_id, message.phone, message.text) == ("inbound:0B01", phone, text)


def test_a_binary_message_says_nothing() -> None:
    binary = {name: value for name, value in INBOUND.items() if name != "text"} | {"type": "binary", "data": "0011"}
    assert [message.text for message in receive(binary)] == [""]


@pytest.mark.parametrize("change", [{"msisdn": ""}, {"msisdn": "Tulips"}, {"messageId": ""}, {"msisdn": "1" * 16}])
def test_a_message_from_nowhere_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadReceipt):
        receive(INBOUND | change)


@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
def test_a_persons_message_needs_the_signature_too(method: str) -> None:
    auth = vonage_http_client.Auth(api_key="abcd1234", signature_secret="sign-me", signature_method=method)
    params = INBOUND | {"timestamp": "1700000000", "nonce": "aabb"}
    signed = params | {"sig": auth.sign_params(dict(params)).upper()}
    secret = {"signature_secret": "sign-me", "signature_method": method}
    assert receive(signed, **secret) == [WRITTEN]
    for forged in (INBOUND, signed | {"text": "START"}, signed | {"msisdn": "491520000001"}):
        with pytest.raises(BadSignature):
            receive(forged, **secret)


def test_a_wrong_field_is_told_in_a_sentence() -> None:
    with pytest.raises(CredentialError) as told:
        Vonage().clean({"api_key": "my key", "api_secret": "x"})
    assert told.value.field == "api_key"
    with pytest.raises(CredentialError) as told:
        Vonage().clean({"api_key": "abcd1234", "api_secret": " "})
    assert (told.value.field, told.value.sentence) == ("api_secret", "API secret is required.")
    assert Vonage().clean({"api_key": "abcd1234", "api_secret": "S3cret"}) == CREDENTIALS
