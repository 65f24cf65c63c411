"""Checks of e-mail addresses, against a DNS server on this machine."""

import socket
import time

import pytest
from django.core.cache import cache

from tests.users.dns_server import running_dns
from users.email_check import check_email, sanitized
from users.mail_servers import SECONDS

ZONE = {
    ("shop.example.dev", "MX"): ["10 mx.shop.example.dev."],
    ("mx.shop.example.dev", "A"): ["93.184.216.34"],
    ("corp.example.dev", "MX"): ["20 alt.example.dev.", "10 aspmx.l.google.com."],
    ("aspmx.l.google.com", "A"): ["142.250.1.26"],
    ("old.example.dev", "A"): ["93.184.216.34"],
    ("nomail.example.dev", "MX"): ["0 ."],
    ("empty.example.dev", "TXT"): ["x"],
    ("bin.example.dev", "MX"): ["10 mail2.mailinator.com."],
    ("inside.example.dev", "MX"): ["10 mx.inside.example.dev."],
    ("mx.inside.example.dev", "A"): ["10.0.0.1"],
    ("six.example.dev", "MX"): ["10 mx.six.example.dev."],
    ("mx.six.example.dev", "AAAA"): ["2606:2800:220:1::1"],
}


@pytest.fixture
def asked(settings):
    cache.clear()
    with running_dns(ZONE) as (address, asked):
        settings.DNS_SERVERS = [address]
        yield asked
    cache.clear()


@pytest.mark.parametrize(
    ("email", "reason", "vendor", "trusted"),
    [
        ("a@shop.example.dev", "", "Unknown", False),
        ("a@corp.example.dev", "", "Unknown", True),
        ("a@old.example.dev", "", "Unknown", False),
        ("a@six.example.dev", "", "Unknown", False),
        ("a@nomail.example.dev", "mx_record", "Unknown", False),
        ("a@empty.example.dev", "mx_record", "Unknown", False),
        ("a@nowhere.example.dev", "mx_record", "Unknown", False),
        ("a@bin.example.dev", "mx_record_blacklisted", "Unknown", False),
        ("a@inside.example.dev", "mx_ip_blacklisted", "Unknown", False),
        ("a@mailinator.com", "blacklisted", "Unknown", False),
        ("postmaster@shop.example.dev", "system", "Unknown", False),
        ("test@nowhere.example.dev", "mx_record", "Unknown", False),
        ("a@gmail.com", "", "Google", True),
        ("a@yahoo.com", "", "Yahoo!", True),
        ("a@ukr.net", "", "Ukr.net", True),
        ("a@", "invalid", "Unknown", False),
    ],
)
def test_an_address_has_its_reason(asked, email, reason, vendor, trusted):
    found = check_email(email, sanitize=False)
    assert (found.reason, found.vendor, found.trusted) == (reason, vendor, trusted)


def test_an_answer_is_remembered(asked):
    for local in "abc":
        check_email(f"{local}@shop.example.dev")
    assert asked == ["shop.example.dev MX", "mx.shop.example.dev A"]


def test_well_known_domains_are_not_asked_for(asked):
    check_email("a@gmail.com")
    check_email("a@test.com")
    assert asked == []


def test_where_dns_is_silent_the_address_has_the_benefit_of_the_doubt(settings):
    cache.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        settings.DNS_SERVERS = [f"127.0.0.1:{silent.getsockname()[1]}"]
        began = time.monotonic()
        assert check_email("a@shop.example.dev").reason == ""
        assert time.monotonic() - began < 5 * SECONDS
    cache.clear()


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("john@gmial.com", "john@gmail.com"),
        ("JOHN@GMIAL.COM", "JOHN@gmail.com"),
        ("john@gmail.com", "john@gmail.com"),
        ("jоhn@gmаil.cоm", "john@gmail.com"),
        (" jo hn!#@gmail.com;", "john@gmail.com"),
        ("john+x@gmail.com", "john+x@gmail.com"),
        ("john..doe.@ukr.ent", "john.doe@ukr.net"),
        ("john@protonmail.co", "john@protonmail.com"),
        ("a@hotmail.be", "a@hotmail.be"),
        ("a@corp.example.dev", "a@corp.example.dev"),
        ("test.com", "test.com@test.com"),
        ("Test@Example.com", "Test@Example.com"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_an_address_is_sanitised_to_what_was_meant(told, meant):
    assert sanitized(told) == meant
