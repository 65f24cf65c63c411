"""APNs: the shared questions, its reasons, its headers and payload, and its provider token."""

from collections.abc import Iterator
from datetime import UTC, datetime

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from channels_app.app_push.apns import answers, provider_token
from channels_app.app_push.apns.provider import HOSTS, Apns, collapse_id, message_id, write
from channels_app.contract import (
    Blocked,
    Check,
    CredentialError,
    Envelope,
    Handed,
    Permanent,
    Temporary,
)
from channels_app.transport import Response
from templates.content import PushContent
from tests.channels_app import key_material, stand_in
from tests.channels_app.provider_cases import Line, ProviderCases
from tests.channels_app.stand_in import Answer, Seen

PUSH = PushContent("Hi", "You have a message", "https://example.com/logo.png", "")


def refusal(status: int, reason: str, **more: object) -> Answer:
    return Answer(status, {"reason": reason, **more})


ANSWERS = {
    "accepted": None,
    "temporary": refusal(503, "ServiceUnavailable"),
    "permanent": refusal(413, "PayloadTooLarge"),
    "dead": refusal(410, "Unregistered", timestamp=1_700_000_000_000),
    "blocked": refusal(403, "InvalidProviderToken"),
    "silent": stand_in.SILENCE,
}
KEY_NUMBERS = iter(range(1_000_000, 9_999_999))
DIGITS = {kind: str(digit) * 64 for digit, kind in enumerate(ANSWERS, start=1)}


class Apple:
    """Answers by the device token; `expired` are provider tokens that it calls too old."""

    def __init__(self) -> None:
        self.expired: set[str] = set()
        self.answers = {digits: ANSWERS[kind] for kind, digits in DIGITS.items() if kind != "accepted"}
        self.answers["0" * 64] = refusal(400, "BadDeviceToken")

    def __call__(self, seen: Seen) -> Answer | None:
        if seen.headers["authorization"].removeprefix("bearer ") in self.expired:
            return refusal(403, "ExpiredProviderToken")
        address = seen.path.removeprefix("/3/device/")
        if address in self.answers:
            return self.answers[address]
        return Answer(200, b"", {"apns-id": seen.headers["apns-id"]})


@pytest.fixture
def apple() -> Apple:
    return Apple()


@pytest.fixture
def server(apple: Apple, settings) -> Iterator[stand_in.StandIn]:
    with stand_in.http2(apple) as server:
        settings.APNS_URL = server.url
        settings.PROVIDER_CA_FILE = ""
        yield server


@pytest.fixture
def line(server: stand_in.StandIn, settings) -> Line:
    credentials = key_material.apns_credentials(key_id=f"KEY{next(KEY_NUMBERS)}")  # a provider token of its own
    connection = Apns().connect(credentials)
    settings.APNS_URL = "http://127.0.0.1:9"
    return Line(connection, server, DIGITS, PUSH, Apns().connect(credentials))


class TestApnsAnswersTheSharedQuestions(ProviderCases):
    pass


def read(answer: Answer):
    return answers.read(Response(5, answer.status, (), answer.bytes(), "", True))


@pytest.mark.parametrize(
    ("answer", "kind", "dead"),
    [
        (refusal(400, "BadDeviceToken"), Permanent, True),
        (refusal(400, "DeviceTokenNotForTopic"), Permanent, True),
        (refusal(410, "Unregistered"), Permanent, True),
        (refusal(410, "ExpiredToken"), Permanent, True),
        (refusal(413, "PayloadTooLarge"), Permanent, False),
        (refusal(400, "BadPriority"), Permanent, False),
        (refusal(400, "SomethingNew"), Permanent, False),
        (refusal(400, "TopicDisallowed"), Blocked, None),
        (refusal(400, "BadTopic"), Blocked, None),
        (refusal(403, "InvalidProviderToken"), Blocked, None),
        (refusal(403, "SomethingNew"), Blocked, None),
        (refusal(429, "TooManyRequests"), Temporary, None),
        (refusal(500, "InternalServerError"), Temporary, None),
        (refusal(503, "Shutdown"), Temporary, None),
        (Answer(502, b"<html>"), Temporary, None),
    ],
)
def test_a_reason_means_what_apple_says(answer: Answer, kind: type, dead: bool | None) -> None:
    outcome = read(answer)
    assert (type(outcome), outcome.key) == (kind, 5)
    assert getattr(outcome, "address_is_dead", None) is dead


@pytest.mark.parametrize("timestamp", [1_700_000_000_000, 1_700_000_000])
def test_a_dead_token_carries_its_time(timestamp: int) -> None:
    outcome = read(refusal(410, "Unregistered", timestamp=timestamp))
    assert outcome.dead_since == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, "soon", -1, 2**62, True, 1.5])
def test_a_time_that_makes_no_sense_is_left_out(timestamp: object) -> None:
    assert read(refusal(410, "Unregistered", timestamp=timestamp)).dead_since is None


def test_too_many_token_updates_wait_for_twenty_minutes() -> None:
    assert read(refusal(429, "TooManyProviderTokenUpdates")).retry_after == 1200.0


def test_the_headers_are_as_apple_wants_them(line: Line) -> None:
    envelope = Envelope(42, DIGITS["accepted"], PUSH, {"push_id": "p1"}, "collapse-1")
    assert line.connection.send([envelope]) == [Handed(42, message_id(42))]
    [seen] = line.stand_in.seen
    assert seen.path == f"/3/device/{DIGITS['accepted']}"
    names = ("apns-topic", "apns-push-type", "apns-priority", "apns-collapse-id", "apns-id")
    assert [seen.headers[name] for name in names] == [
        "com.example.app", "alert", "10", "collapse-1", message_id(42),
    ]  # fmt: skip
    assert int(seen.headers["apns-expiration"]) > 1_700_000_000


def test_the_payload_has_the_alert_beside_the_data() -> None:
    envelope = Envelope(1, "ab", PUSH, {"push_id": "p1", "aps": "not this"})
    assert orjson.loads(write(envelope)) == {
        "aps": {"alert": {"title": "Hi", "body": "You have a message"}, "sound": "default", "mutable-content": 1},
        "push_id": "p1",
        "logo": "https://example.com/logo.png",
    }


def test_a_push_without_a_logo_needs_no_extension() -> None:
    assert orjson.loads(write(Envelope(1, "ab", PushContent("Hi", "You", "", "")))) == {
        "aps": {"alert": {"title": "Hi", "body": "You"}, "sound": "default"}
    }


def test_a_collapse_id_fits_the_header_and_stays_the_same() -> None:
    assert collapse_id("message-17") == "message-17"
    assert len(collapse_id("x" * 65)) == 64
    assert collapse_id("a\r\nb: c") == collapse_id("a\r\nb: c")
    assert collapse_id("a\r\nb: c").isalnum()


def test_a_token_that_is_not_hexadecimal_is_dead_without_being_asked_about(line: Line) -> None:
    bad = Envelope(9, "../../3/device/x", PUSH)
    [outcome] = line.connection.send([bad])
    assert (type(outcome), outcome.address_is_dead) == (Permanent, True)
    assert line.stand_in.seen == []


def test_a_wrong_key_is_told_once_and_blocks_the_batch(line: Line) -> None:
    envelopes = [line.envelope("blocked", 1), *(line.envelope("accepted", key) for key in (2, 3))]
    assert [type(outcome) for outcome in line.connection.send(envelopes)] == [Blocked, Blocked, Blocked]
    assert len(line.stand_in.seen) == 1


def test_an_expired_provider_token_is_renewed_once_and_the_messages_go_out(apple: Apple, line: Line) -> None:
    line.connection.send([line.envelope("accepted")])
    apple.expired = {line.stand_in.seen[0].headers["authorization"].removeprefix("bearer ")}
    outcomes = line.connection.send([line.envelope("accepted", key) for key in (1, 2, 3)])
    assert [type(outcome) for outcome in outcomes] == [Handed, Handed, Handed]
    assert len({seen.headers["authorization"] for seen in line.stand_in.seen}) == 2


def test_check_tells_good_credentials(line: Line) -> None:
    assert line.connection.check() == Check(True, "APNs accepts this key for this topic.")


def test_check_tells_bad_credentials(apple: Apple, line: Line) -> None:
    apple.answers["0" * 64] = refusal(403, "InvalidProviderToken")
    told = "The key, key id and team id don't belong together (InvalidProviderToken)"
    assert line.connection.check() == Check(False, told)


def token(**changes: str) -> provider_token.ProviderToken:
    credentials = key_material.apns_credentials(**changes)
    return provider_token.ProviderToken(**{name: credentials[name] for name in ("key", "key_id", "team_id")})


def test_the_provider_token_names_team_and_key_and_verifies() -> None:
    text = token().get()
    assert jwt.get_unverified_header(text) == {"alg": "ES256", "kid": "ABC123DEFG", "typ": "JWT"}
    claims = jwt.decode(text, key_material.p256_key().public_key(), algorithms=["ES256"])
    assert sorted(claims) == ["iat", "iss"]
    assert claims["iss"] == "TEAM123456"


def test_processes_make_the_same_provider_token_and_renew_it_every_forty_minutes(monkeypatch) -> None:
    start = 1_000_000 * provider_token.WINDOW
    moments = {}
    for seconds in (0, 1, 2399, 2400):
        monkeypatch.setattr(provider_token, "time", lambda now=start + seconds: now)
        moments[seconds] = token().get()
    assert moments[0] == moments[1] == moments[2399]
    assert moments[2400] != moments[0]


def test_a_provider_token_is_used_until_its_window_ends(monkeypatch) -> None:
    start = 1_000_000 * provider_token.WINDOW
    kept = token()
    monkeypatch.setattr(provider_token, "time", lambda: start)
    first = kept.get()
    monkeypatch.setattr(provider_token, "time", lambda: start + 2399)
    assert kept.get() == first
    monkeypatch.setattr(provider_token, "time", lambda: start + 2400)
    assert kept.get() != first


def test_connections_of_a_team_share_the_provider_token() -> None:
    credentials = {name: key_material.apns_credentials()[name] for name in ("key", "key_id", "team_id")}
    assert provider_token.provider_token(**credentials) is provider_token.provider_token(**credentials)
    other = credentials | {"key_id": "ZZZ123DEFG"}
    assert provider_token.provider_token(**credentials) is not provider_token.provider_token(**other)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "key",
            "nonsense",
            "This is not a private key: upload the .p8 file as Apple gave it (-----BEGIN PRIVATE KEY-----).",
        ),
        (
            "key",
            key_material.pem(key_material.rsa_key()),
            "This is a key of another kind: APNs needs the elliptic-curve key (P-256) of a .p8 file.",
        ),
        (
            "key",
            key_material.pem(ec.generate_private_key(ec.SECP384R1())),
            "This is a key of another kind: APNs needs the elliptic-curve key (P-256) of a .p8 file.",
        ),
        ("key_id", "abc", "A key id has ten capital letters and digits."),
        ("team_id", "", "Team id is required."),
        ("topic", "com.example\r\nx: y", "A bundle id has letters, digits, dots and hyphens only."),
        ("environment", "test", "Environment must be one of: production, sandbox."),
    ],
)
def test_a_wrong_field_is_told_in_a_sentence(field: str, value: str, sentence: str) -> None:
    with pytest.raises(CredentialError) as told:
        Apns().clean(key_material.apns_credentials(**{field: value}))
    assert (told.value.field, told.value.sentence) == (field, sentence)


def test_the_environment_chooses_apples_host(settings) -> None:
    settings.APNS_URL = ""
    for environment, host in HOSTS.items():
        connection = Apns().connect(key_material.apns_credentials(environment=environment))
        assert connection._base == host
    assert Apns().clean(key_material.apns_credentials(environment=""))["environment"] == "production"
