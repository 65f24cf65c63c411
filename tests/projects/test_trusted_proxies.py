"""Whose address counts behind reverse proxies, and that nobody can choose it."""

from ipaddress import ip_network

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from messaging.pages.visitors import MANY_MISSES
from projects.api import guesses
from projects.services.operators import create_operator
from projects.shared_counters import _redis
from sendios.panel.login import ATTEMPTS
from sendios.proxies import visitor_address
from tests.factories import make_client, make_key, make_project
from tests.wire.api import Caller

PROXY, OUTER, ANNA, BORIS = "10.0.0.9", "192.0.2.7", "198.51.100.1", "203.0.113.5"
TRUSTED = [ip_network("10.0.0.0/8"), ip_network("192.0.2.7"), ip_network("fd00::/8")]


@pytest.fixture
def behind(settings) -> None:
    settings.TRUSTED_PROXIES = TRUSTED


@pytest.fixture(autouse=True)
def nobody_counted() -> None:
    for name in ("codes", "guesses"):
        for key in _redis().scan_iter(f"sendios:{name}:*"):
            _redis().delete(key)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, ANNA, ANNA),
        (PROXY, f"{BORIS}, {ANNA}", ANNA),
        (PROXY, f"{BORIS},{ANNA},{OUTER}", ANNA),
        (PROXY, f"{ANNA}, 10.1.2.3 , {OUTER}", ANNA),
        (PROXY, f"{ANNA}:50123", ANNA),
        (PROXY, "[2001:db8::7]:443", "2001:db8::7"),
        (PROXY, "2001:db8::7", "2001:db8::7"),
        ("fd00::1", f"::ffff:{ANNA}", ANNA),
        (f"::ffff:{PROXY}", ANNA, ANNA),
        (PROXY, "10.1.2.3", "10.1.2.3"),
        (PROXY, f"{ANNA}, unknown", PROXY),
        (PROXY, f"{ANNA}, ", PROXY),
        (PROXY, f"{ANNA}, <script>, {OUTER}", OUTER),
        (BORIS, ANNA, BORIS),
        (BORIS, PROXY, BORIS),
        ("", ANNA, ""),
    ],
)
def test_the_address_is_the_first_from_the_right_that_is_no_proxys(peer: str, forwarded: str, address: str) -> None:
    assert visitor_address(peer, forwarded, TRUSTED) == address


@given(st.lists(st.one_of(st.text(max_size=20), st.ip_addresses().map(str)), max_size=5))
def test_what_a_visitor_writes_before_the_proxys_word_changes_nothing(forged: list[str]) -> None:
    assert visitor_address(PROXY, ",".join([*forged, ANNA]), TRUSTED) == ANNA
    assert visitor_address(BORIS, ",".join([*forged, ANNA]), TRUSTED) == BORIS


def misses_a_code(address: str, *, times: int = 1) -> None:
    for number in range(times):
        Client(REMOTE_ADDR=PROXY).get(f"/t/Guess{number:04d}", headers={"X-Forwarded-For": f"{BORIS}, {address}"})


def counted(name: str) -> set[str]:
    return {key.decode().removeprefix(f"sendios:{name}:") for key in _redis().scan_iter(f"sendios:{name}:*")}


def test_guesses_of_codes_are_counted_for_each_visitor_behind_a_proxy(db, behind) -> None:
    misses_a_code(ANNA, times=MANY_MISSES + 2)
    misses_a_code("2001:db8:1:2:3::4")
    misses_a_code("2001:db8:1:2:ffff::9")
    assert counted("codes") == {ANNA, "2001:db8:1:2::/64"}
    assert [int(_redis().get(f"sendios:codes:{each}")) for each in (ANNA, "2001:db8:1:2::/64")] == [MANY_MISSES, 2]


def test_without_a_trusted_proxy_nobody_is_believed(db) -> None:
    misses_a_code(ANNA)
    assert counted("codes") == {PROXY}


def test_guesses_of_keys_are_counted_for_each_visitor_behind_a_proxy(db, behind, monkeypatch) -> None:
    monkeypatch.setattr(guesses, "MANY", 3)
    client = make_client()
    project, (_, key) = make_project(client), make_key(client)
    path = f"/v1/omnichannel/user/project/{project.pk}/client-user-id/nobody"
    guesser, friend = Caller(client.pk, "wrong"), Caller(client.pk, key)
    for caller in (guesser, friend):
        caller.http = Client(REMOTE_ADDR=PROXY)
    guessed = [guesser.get(path, X_Forwarded_For=f"192.0.2.{forged}, {BORIS}").status_code for forged in range(5)]
    assert guessed == [401, 401, 401, 429, 429]
    assert guesser.get(path, X_Forwarded_For=ANNA).status_code == 401
    assert friend.get(path, X_Forwarded_For=ANNA).status_code == 404


def test_guesses_of_passwords_are_counted_for_each_visitor_behind_a_proxy(db, behind) -> None:
    create_operator("anna", password="long and secret 1", roles=[])
    client, path = Client(REMOTE_ADDR=PROXY), reverse("admin:login")

    def signs_in(address: str, password: str) -> int:
        form = {"username": "anna", "password": password}
        return client.post(path, form, headers={"X-Forwarded-For": address}).status_code

    assert {signs_in(f"192.0.2.{forged}, {BORIS}", "guess") for forged in range(ATTEMPTS)} == {200}
    assert signs_in(BORIS, "long and secret 1") == 200
    assert signs_in(ANNA, "long and secret 1") == 302
