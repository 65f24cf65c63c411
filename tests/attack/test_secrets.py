"""A6: no credential, key or token in clear: not in the database, not in Redis, and on no page of the panel."""

import base64
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from channels_app.services.senders import create_sender, replace_credentials
from projects.models import Project
from projects.scope import ADMINISTRATOR
from projects.services.accounts import issue_api_key
from projects.services.webhooks import create_webhook
from projects.shared_counters import _redis
from tests.channels_app.key_material import apns_credentials, service_account
from tests.panel.world import World, addresses, operator_of
from tests.wire.api import Caller

SMTP = {"host": "127.0.0.1", "username": "letters", "password": "smtp-password-marker"}
VONAGE = {"api_key": "abcd1234", "api_secret": "vonage-secret-marker", "signature_secret": "vonage-signature-marker"}


@pytest.fixture
def found_secrets(ours: World) -> dict[str, str]:
    """Every kind of secret there is, stored the way the product stores it: name → what must be nowhere."""
    project = Project.objects.create(client=ours.client, name="ours with secrets")
    account, apns = json.loads(service_account()), apns_credentials()
    make = {
        "fcm": {"service_account": json.dumps(account)},
        "apns": apns,
        "vonage": VONAGE,
        "smtp": SMTP,
    }
    senders = {
        name: create_sender(project, provider=name, name=name, address=where, values=values)
        for (name, values), where in zip(make.items(), ("", "", "Tulips", "letters@example.com"), strict=True)
    }
    replace_credentials(senders["vonage"], values=VONAGE | {"api_secret": "vonage-secret-after-marker"})
    key = issue_api_key(ours.client, name="secrets")
    return {
        "FCM private key": account["private_key"].splitlines()[3],
        "APNs private key": apns["key"].splitlines()[1],
        "Vonage secret": "vonage-secret-marker",
        "Vonage's next secret": "vonage-secret-after-marker",
        "Vonage signature secret": "vonage-signature-marker",
        "SMTP password": "smtp-password-marker",
        "SDK key": key.sdk_key,
        "API key": key.api_key,
        "webhook secret": create_webhook(project, url="https://hooks.example.com/x")[1],
        **{f"receipts' key of {name}": sender.key for name, sender in senders.items()},
    }


def leaks(text: str, wanted: dict[str, str]) -> list[str]:
    """The names of those that `text` holds, as they are or in base64 or hex."""
    return [
        name
        for name, secret in wanted.items()
        if secret in text
        or base64.b64encode(secret.encode()).decode().rstrip("=")[:-2] in text
        or secret.encode().hex() in text
    ]


def whole_database() -> dict[str, str]:
    """Each table's rows as text, tables of history included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found[table] = "\n".join(row[0] for row in cursor.fetchall())
    return found


def test_a_dump_of_the_database_holds_no_secret(found_secrets: dict[str, str]) -> None:
    tables = whole_database()
    assert "vonage" in tables["channels_app_sender"]
    assert {table: names for table, text in tables.items() if (names := leaks(text, found_secrets))} == {}


def test_redis_holds_no_secret(found_secrets: dict[str, str], ours: World, caller: Caller) -> None:
    caller.authorization = Caller(ours.client.pk, found_secrets["API key"]).authorization
    caller.get(f"/v1/omnichannel/user/project/{ours.project.pk}/client-user-id/nobody")
    store = _redis()
    texts = {key: _value(store, key) for key in store.scan_iter("*", count=1000)}
    assert {key: names for key, text in texts.items() if (names := leaks(key.decode() + text, found_secrets))} == {}


def _value(store: Any, key: bytes) -> str:
    kind = store.type(key).decode()
    read = {"string": store.get, "hash": store.hgetall, "set": store.smembers}
    if kind == "list":
        return repr(store.lrange(key, 0, -1))
    return repr(read[kind](key)) if kind in read else ""


def test_no_page_of_the_panel_shows_a_secret(client: Client, ours: World, found_secrets: dict[str, str]) -> None:
    client.force_login(operator_of(ours, ADMINISTRATOR))
    shown = {name: value for name, value in found_secrets.items() if not name.startswith("receipts' key")}
    paths = [each.path for each in addresses(ours) if "/django_rq/" not in each.path]
    pages = {path: b"".join(client.get(path)).decode(errors="replace") for path in paths}
    assert len(pages) > 30
    assert {path: names for path, page in pages.items() if (names := leaks(page, shown))} == {}


def test_the_search_finds_what_is_there() -> None:
    assert leaks("x smtp-password-marker y", {"a": "smtp-password-marker"}) == ["a"]
    assert leaks(base64.b64encode(b"smtp-password-marker").decode(), {"a": "smtp-password-marker"}) == ["a"]
    assert leaks(b"smtp-password-marker".hex(), {"a": "smtp-password-marker"}) == ["a"]
    assert leaks("nothing", {"a": "smtp-password-marker"}) == []
