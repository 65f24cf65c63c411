"""The adapters against the sandbox as a process: two readings of the providers' documents that share no code."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest

from channels_app.contract import Blocked, Connection, Envelope, Handed, Permanent, Temporary, Unknown
from channels_app.registry import get_provider
from templates.content import PushContent, TextContent
from tests.channels_app import key_material
from tests.sandbox.process import Sandbox, start_sandbox

PUSH = PushContent("Hi", "Text", "https://example.com/logo.png", "")
CONTENT = {"fcm": PUSH, "apns": PUSH, "vonage": TextContent("Grüße 😀")}
ADDRESS = {"fcm": f"{{:022d}}:{'A' * 130}", "apns": "{:064x}", "vonage": "+49152{:08d}"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> Iterator[Sandbox]:
    sandbox = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield sandbox
    sandbox.stop()


@dataclass
class Wire:
    name: str
    sandbox: Sandbox
    credentials: dict[str, str]

    def connect(self, **changes: str) -> Connection:
        provider = get_provider(self.name)
        return provider.connect(provider.clean(self.credentials | changes), address="Demo")

    def envelopes(self, count: int) -> list[Envelope]:
        addresses = [ADDRESS[self.name].format(key) for key in range(1, count + 1)]
        return [
            Envelope(key, address, CONTENT[self.name], {"push_id": f"p{key}"}, f"c{key}", f"r{key}")
            for key, address in enumerate(addresses, start=1)
        ]

    def kinds(self, connection: Connection, count: int = 10) -> Counter[type]:
        return Counter(type(outcome) for outcome in connection.send(self.envelopes(count)))

    def most_requests_to_one_address(self) -> int:
        return max(Counter(entry["address"] for entry in self.sandbox.log(provider=self.name)).values())


def credentials(name: str, document: dict) -> dict[str, str]:
    if name == "fcm":
        return {"service_account": orjson.dumps(document["fcm"]["service_account"]).decode()}
    if name == "apns":
        return {"key": document["apns"]["private_key"], "environment": "production"} | document["apns"]
    return document["vonage"]


@pytest.fixture(params=["fcm", "apns", "vonage"])
def wire(request, sandbox: Sandbox, settings) -> Wire:
    sandbox.forget()
    settings.FCM_URL, settings.FCM_TOKEN_URL = sandbox.url, f"{sandbox.url}/token"
    settings.APNS_URL, settings.VONAGE_URL = sandbox.tls_url, sandbox.url
    settings.PROVIDER_CA_FILE = sandbox.ca_file
    return Wire(request.param, sandbox, credentials(request.param, sandbox.credentials))


def test_good_credentials_are_told(wire: Wire) -> None:
    assert wire.connect().check().ok is True


def test_a_batch_arrives_once_each(wire: Wire) -> None:
    assert wire.kinds(wire.connect(), 300) == {Handed: 300}
    assert len(wire.sandbox.log(provider=wire.name, accepted="true")) == 300
    assert wire.most_requests_to_one_address() == 1


@pytest.mark.parametrize(
    ("action", "value", "kind"),
    [
        ("status", "503", Temporary),
        ("status", "429", Temporary),
        ("dead", "", Permanent),
        ("reset", "", Unknown),
        ("half", "", Unknown),
    ],
)
def test_a_fault_has_its_outcome_and_nothing_is_sent_twice(wire: Wire, action: str, value: str, kind: type) -> None:
    connection = wire.connect()
    wire.kinds(connection, 1)
    wire.sandbox.forget()
    wire.sandbox.fail(provider=wire.name, action=action, value=value)
    assert wire.kinds(connection) == {kind: 10}
    assert wire.most_requests_to_one_address() == 1
    wire.sandbox.heal()
    assert wire.kinds(connection) == {Handed: 10}


def test_wrong_credentials_block_and_are_told(wire: Wire) -> None:
    wrong = {
        "fcm": {"service_account": orjson.dumps(wrong_account(wire)).decode()},
        "apns": {"team_id": "WRONGTEAM0"},
        "vonage": {"api_secret": "wrong"},
    }
    connection = wire.connect(**wrong[wire.name])
    assert connection.check().ok is False
    assert wire.kinds(connection, 3) == {Blocked: 3}


def wrong_account(wire: Wire) -> dict[str, str]:
    return wire.sandbox.credentials["fcm"]["service_account"] | {
        "private_key": key_material.pem(key_material.rsa_key())
    }
