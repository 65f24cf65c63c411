"""QUALITY A4: URLs that customers give never lead inside, however they are written."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pycurl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from projects import outgoing
from projects.outgoing import REFUSED, Call, get, may_call, perform, post, url_error
from tests.projects.receiver import Receiver, receiver

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:0a00:0001::1", "2002:7f00:1::",
    "2002:808:808::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
WAYS_TO_WRITE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "0.0.0.0", "0", "[::]",
    "localhost", "LOCALHOST", "localhost.", "app.localhost", "169.254.169.254", "[fe80::1]", "10.0.0.1",
]  # fmt: skip


@pytest.fixture
def inside() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


@pytest.fixture
def allowed(settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_may_not_be_called(address: str) -> None:
    assert not may_call(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_call(address)


def test_allowed_networks_may_be_called_in_their_ipv6_form_too(settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["10.1.2.0/24", "fd00::/8"]
    found = [may_call(each) for each in ("10.1.2.3", "::ffff:10.1.2.3", "10.1.3.3", "fd00::1", "fe80::1")]
    assert found == [True, True, False, True, False]


@pytest.mark.parametrize("host", WAYS_TO_WRITE)
def test_no_way_to_write_this_machine_leads_to_a_connection(host: str, inside: Receiver) -> None:
    assert url_error(f"http://{host}:{inside.port}/") != ""
    assert post(f"http://{host}:{inside.port}/", body=b"{}").status == 0
    assert inside.connections == 0


@pytest.mark.parametrize("host", [*WAYS_TO_WRITE, "①②⑦.0.0.1", "127。0。0。1"])
def test_the_connection_itself_refuses_where_the_look_at_the_url_saw_nothing(
    host: str, inside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "url_error", lambda _url: "")
    answer = post(f"http://{host}:{inside.port}/", body=b"{}")
    assert (answer.status, inside.connections) == (0, 0)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://example.com/hook?a=b#c", ""),
        ("http://example.com:8080", ""),
        ("https://пошта.укр/", ""),
        ("ftp://example.com/", "The URL must begin with https:// or http:// and a host."),
        ("file:///etc/passwd", "The URL must begin with https:// or http:// and a host."),
        ("gopher://example.com/", "The URL must begin with https:// or http:// and a host."),
        ("https://", "The URL must begin with https:// or http:// and a host."),
        ("example.com", "The URL must begin with https:// or http:// and a host."),
        ("https://me:secret@example.com/", "The URL must not hold a user or a password."),
        ("https://example.com@127.0.0.1/", "The URL must not hold a user or a password."),
        ("http://example.com:22/", "The port must be 80, 443 or 1024 and above."),
        ("http://example.com:0/", "The port must be 80, 443 or 1024 and above."),
        ("http://example.com:99999/", "This is not a valid URL."),
        ("http://[::1/", "This is not a valid URL."),
        ("http://exa mple.com/", "A URL has up to 2048 characters, none of them a space."),
        ("http://example.com/\r\nX: y", "A URL has up to 2048 characters, none of them a space."),
        ("http://example.com/\0", "A URL has up to 2048 characters, none of them a space."),
        ("http://example.com/" + "x" * 2048, "A URL has up to 2048 characters, none of them a space."),
    ],
)
def test_what_can_never_be_called_is_told_in_a_sentence(url: str, wrong: str) -> None:
    assert url_error(url) == wrong


def test_a_name_that_leads_inside_is_refused_at_the_socket(inside: Receiver) -> None:
    call = Call(f"http://hooks.example.com:{inside.port}/", body=b"{}")
    call.curl.setopt(pycurl.RESOLVE, [f"hooks.example.com:{inside.port}:127.0.0.1"])
    answer = perform(call)
    assert (answer.status, answer.error, inside.connections) == (0, REFUSED, 0)


def test_a_name_that_changes_its_mind_is_refused_at_the_socket(inside: Receiver) -> None:
    """The name was public when it was saved (and by the first of its addresses); the second one is this machine."""
    assert url_error(f"http://hooks.example.com:{inside.port}/") == ""
    for addresses in ("192.0.2.1,127.0.0.1", "127.0.0.1,[::1]", "[::ffff:127.0.0.1]"):
        call = Call(f"http://hooks.example.com:{inside.port}/", body=b"{}")
        call.curl.setopt(pycurl.RESOLVE, [f"hooks.example.com:{inside.port}:{addresses}"])
        assert perform(call).error == REFUSED
    assert inside.connections == 0


def test_a_redirect_is_an_answer_and_not_followed(inside: Receiver, settings: Any) -> None:
    """The receiver is allowed, what it points to is not."""
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    with receiver() as outside:
        outside.answers, outside.headers = [(307, b"")], {"Location": inside.url}
        assert post(outside.url, body=b"{}").status == 307
        assert (len(outside.requests), inside.connections) == (1, 0)


@pytest.mark.usefixtures("allowed")
def test_a_proxy_of_the_environment_is_not_asked(inside: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (get(inside.url).status, proxy.connections) == (200, 0)


@pytest.mark.usefixtures("allowed")
def test_a_post_carries_body_and_headers_and_brings_the_answer(inside: Receiver) -> None:
    inside.answers = [(202, b"taken")]
    answer = post(inside.url, body=b"\0{}", headers=["X-One: 1"])
    assert (answer.status, answer.body, answer.error) == (202, b"taken", "")
    assert [(each.path, each.body, each.headers["x-one"]) for each in inside.requests] == [("/hook", b"\0{}", "1")]


@pytest.mark.usefixtures("allowed")
def test_a_long_answer_is_cut(inside: Receiver) -> None:
    inside.answers = [(200, b"x" * 5_000_000)]
    answer = get(inside.url)
    assert (answer.status, answer.body) == (200, b"x" * 65_536)


@pytest.mark.usefixtures("allowed")
def test_endless_headers_end_the_call(inside: Receiver) -> None:
    inside.headers = {f"X-{number}": "x" * 5000 for number in range(50)}
    answer = get(inside.url)
    assert (answer.status, answer.error) == (0, "The answer's headers are too long.")


@pytest.mark.usefixtures("allowed")
def test_a_certificate_that_nobody_signed_is_not_trusted(tmp_path: Path, settings: Any) -> None:
    file = self_signed(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with receiver(tls) as here:
        url = here.url.replace("http:", "https:")
        untrusted = post(url, body=b"{}")
        settings.OUTGOING_CA_FILE = str(file)
        trusted = post(url, body=b"{}")
    assert (untrusted.status, trusted.status, len(here.requests)) == (0, 200, 1)


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    today = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    file = folder / "certificate.pem"
    file.write_bytes(text)
    return file
