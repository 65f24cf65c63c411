"""FCM: the shared questions, its error table, its message and its access token."""

from collections.abc import Iterator

import orjson
import pytest

from channels_app.app_push.fcm import answers, service_account
from channels_app.app_push.fcm.provider import Fcm, write
from channels_app.contract import Blocked, Check, CredentialError, Envelope, Handed, Permanent, Temporary
from channels_app.transport import Response
from templates.content import PushContent
from tests.channels_app import key_material, stand_in
from tests.channels_app.provider_cases import Line, ProviderCases
from tests.channels_app.stand_in import Answer, Seen

PUSH = PushContent("Hi", "You have a message", "https://example.com/logo.png", "https://example.com/in")
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def error(status: int, word: str, code: str = "", message: str = "said", field: str = "", **headers: str) -> Answer:
    details: list[dict] = [{"@type": FCM_ERROR, "errorCode": code}] if code else []
    if field:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": message}]})
    body = {"error": {"code": status, "message": message, "status": word, "details": details}}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


ANSWERS = {
    "accepted": None,
    "temporary": error(503, "UNAVAILABLE", "UNAVAILABLE"),
    "permanent": error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", field="message.data[0].value"),
    "dead": error(404, "NOT_FOUND", "UNREGISTERED"),
    "blocked": error(403, "PERMISSION_DENIED"),
    "silent": stand_in.SILENCE,
}


class Google:
    """Answers by the token's first word; hands out access tokens; `good_tokens` None accepts every access token."""

    def __init__(self) -> None:
        self.token_answer: Answer | None = None
        self.issued = 0
        self.good_tokens: set[str] | None = None
        self.answers = dict(ANSWERS)

    def __call__(self, seen: Seen) -> Answer | None:
        if seen.path == "/token":
            self.issued += 1
            grant = {"access_token": f"token-{self.issued}", "expires_in": 3600, "token_type": "Bearer"}
            return self.token_answer or Answer(200, grant)
        token = seen.headers["authorization"].removeprefix("Bearer ")
        if self.good_tokens is not None and token not in self.good_tokens:
            return error(401, "UNAUTHENTICATED")
        message = orjson.loads(seen.body)
        kind = message["message"]["token"].split(":")[0]
        if message["validate_only"]:
            return error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "not a valid FCM registration token")
        if kind == "accepted":
            return Answer(200, {"name": f"projects/demo-project/messages/{id(seen)}-{len(seen.body)}-{next(NUMBERS)}"})
        return self.answers[kind]


NUMBERS = iter(range(10**9))


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def server(google: Google, settings) -> Iterator[stand_in.StandIn]:
    with stand_in.http(google) as server:
        settings.FCM_URL = server.url
        settings.FCM_TOKEN_URL = f"{server.url}/token"
        settings.PROVIDER_CA_FILE = ""
        yield server


def connect(**changes: object):
    return Fcm().connect({"service_account": key_material.service_account(**changes)})


@pytest.fixture
def line(server: stand_in.StandIn, settings) -> Line:
    connection = connect()
    settings.FCM_URL = "http://127.0.0.1:9"
    addresses = {kind: f"{kind}:{'x' * 40}" for kind in ANSWERS}
    return Line(connection, server, addresses, PUSH, connect())


class TestFcmAnswersTheSharedQuestions(ProviderCases):
    pass


def read(answer: Answer):
    lines = tuple(f"{name}: {value}".encode() for name, value in answer.headers.items())
    return answers.read(Response(5, answer.status, lines, answer.bytes(), "", True))


@pytest.mark.parametrize(
    ("answer", "kind", "dead"),
    [
        (error(404, "NOT_FOUND", "UNREGISTERED"), Permanent, True),
        (error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", field="message.token"), Permanent, True),
        (
            error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "The registration token is not a valid FCM one"),
            Permanent,
            True,
        ),
        (error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "Message is too big"), Permanent, False),
        (error(400, "INVALID_ARGUMENT", field="message.notification.image"), Permanent, False),
        (error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Permanent, False),
        (error(403, "PERMISSION_DENIED"), Blocked, None),
        (error(401, "UNAUTHENTICATED"), Blocked, None),
        (error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), Blocked, None),
        (error(404, "NOT_FOUND"), Blocked, None),
        (error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), Temporary, None),
        (error(500, "INTERNAL", "INTERNAL"), Temporary, None),
        (Answer(502, b"<html>Bad gateway</html>"), Temporary, None),
        (Answer(302, b""), Blocked, None),
    ],
)
def test_an_error_means_what_google_says(answer: Answer, kind: type, dead: bool | None) -> None:
    outcome = read(answer)
    assert (type(outcome), outcome.key) == (kind, 5)
    assert getattr(outcome, "address_is_dead", None) is dead


def test_the_time_to_wait_is_googles_or_a_minute_for_the_quota() -> None:
    assert read(error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retry_after="17")).retry_after == 17.0
    assert read(error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")).retry_after == 60.0
    assert read(error(503, "UNAVAILABLE", "UNAVAILABLE")).retry_after is None


def test_a_message_is_written_as_fcm_wants_it() -> None:
    envelope = Envelope(1, "t:1", PUSH, {"push_id": "p1", "link": "https://example.com/in"}, "c-1", "r")
    assert orjson.loads(write(envelope)) == {
        "message": {
            "token": "t:1",
            "notification": {"title": "Hi", "body": "You have a message", "image": "https://example.com/logo.png"},
            "data": {"push_id": "p1", "link": "https://example.com/in"},
            "android": {"collapse_key": "c-1", "notification": {"tag": "c-1"}},
        },
        "validate_only": False,
    }


def test_one_access_token_serves_many_messages_and_connections(google: Google, line: Line, settings) -> None:
    line.connection.send([line.envelope("accepted", key) for key in range(50)])
    settings.FCM_URL = line.stand_in.url
    connect().send([line.envelope("accepted")])
    assert google.issued == 1


def test_an_access_token_that_is_refused_is_renewed_once_and_the_messages_go_out(google: Google, line: Line) -> None:
    google.good_tokens = {"token-1"}
    line.connection.send([line.envelope("accepted")])
    google.good_tokens = {"token-2"}
    outcomes = line.connection.send([line.envelope("accepted", key) for key in (1, 2)])
    assert [type(outcome) for outcome in outcomes] == [Handed, Handed]
    google.good_tokens = set()
    assert [type(outcome) for outcome in line.connection.send([line.envelope("accepted")])] == [Blocked]
    assert google.issued == 3


def test_a_refused_service_account_blocks_every_message(google: Google, line: Line) -> None:
    google.token_answer = Answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
    outcomes = line.connection.send([line.envelope("accepted", key) for key in (1, 2)])
    assert [(type(outcome), outcome.key) for outcome in outcomes] == [(Blocked, 1), (Blocked, 2)]
    assert "invalid_grant" in outcomes[0].reason
    assert [seen.path for seen in line.stand_in.seen] == ["/token"]


def test_a_token_endpoint_out_of_reach_makes_messages_wait(line: Line, settings) -> None:
    settings.FCM_TOKEN_URL = "http://127.0.0.1:9/token"
    assert type(connect(private_key_id="other").send([line.envelope("accepted")])[0]) is Temporary


def test_a_dry_run_tells_good_credentials(line: Line) -> None:
    assert line.connection.check() == Check(True, "FCM accepts this service account.")
    sent = orjson.loads(line.stand_in.seen[-1].body)
    assert sent["validate_only"] is True


def test_a_dry_run_tells_bad_credentials(google: Google, line: Line) -> None:
    google.good_tokens = set()
    assert line.connection.check().ok is False


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not json", "This is not JSON: upload the service account's key file as Firebase gave it."),
        ("[]", "This is JSON, but not a service account: it must be an object with fields."),
        ("{}", "This is not a service account's key: it has no type, project_id, client_email, private_key."),
        (
            key_material.service_account(client_email=None),
            "This is not a service account's key: it has no client_email.",
        ),
        (
            key_material.service_account(type="authorized_user"),
            "This is a key of type “authorized_user”; type “service_account” is needed.",
        ),
        (
            key_material.service_account(private_key="secret"),
            "Its private_key can't be read: it must be an RSA key in PEM form.",
        ),
        (
            key_material.service_account(private_key=key_material.pem(key_material.p256_key())),
            "Its private_key is not an RSA key.",
        ),
        (key_material.service_account(project_id="../x"), "Its project_id is not the id of a Firebase project."),
    ],
)
def test_what_is_no_service_account_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(CredentialError) as told:
        Fcm().clean({"service_account": text})
    assert (told.value.field, told.value.sentence) == ("service_account", sentence)


def test_a_service_account_is_kept_as_it_was_given() -> None:
    text = key_material.service_account()
    assert Fcm().clean({"service_account": f"\n{text}\n", "other": "x"}) == {"service_account": text}
    assert service_account.parse(text)["project_id"] == "demo-project"
