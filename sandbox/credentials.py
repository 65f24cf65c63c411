"""The demo's provider accounts: made on first start, kept in `sandbox.json`, read by the demo seeder and the tests."""

from __future__ import annotations

import secrets
import string
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.certificates import write_private

PROJECT = "demo-app"
TOPIC = "com.example.demo"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the providers check requests against. `document` is the content of `sandbox.json`."""

    document: dict[str, Any]
    fcm_key: rsa.RSAPublicKey
    apns_key: ec.EllipticCurvePublicKey

    @property
    def fcm(self) -> dict[str, str]:
        account: dict[str, str] = self.document["fcm"]["service_account"]
        return account

    @property
    def apns(self) -> dict[str, str]:
        account: dict[str, str] = self.document["apns"]
        return account

    @property
    def smtp(self) -> dict[str, str]:
        account: dict[str, str] = self.document["smtp"]
        return account

    @property
    def vonage(self) -> dict[str, str]:
        account: dict[str, str] = self.document["vonage"]
        return account


def load_credentials(home: Path, *, url: str, tls_url: str, ca_file: Path) -> Credentials:
    """Read `sandbox.json`, making what it lacks; the keys stay, the addresses are those of this start."""
    path = home / "sandbox.json"
    known: dict[str, Any] = orjson.loads(path.read_bytes()) if path.exists() else {}
    document = _make() | known
    document |= {"url": url, "tls_url": tls_url, "ca_file": str(ca_file)}
    document["fcm"] |= {"url": url, "token_url": f"{url}/token"}
    document["fcm"]["service_account"]["token_uri"] = f"{url}/token"
    document["apns"]["url"] = tls_url
    document["vonage"]["url"] = url
    write_private(path, orjson.dumps(document, option=orjson.OPT_INDENT_2))
    fcm_key = load_pem_private_key(document["fcm"]["service_account"]["private_key"].encode(), None)
    apns_key = load_pem_private_key(document["apns"]["private_key"].encode(), None)
    if not isinstance(fcm_key, rsa.RSAPrivateKey) or not isinstance(apns_key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds keys of the wrong kind; delete it to have new ones made.")
    return Credentials(document, fcm_key.public_key(), apns_key.public_key())


def tell_mail_port(home: Path, credentials: Credentials, port: int) -> None:
    """Write down where the mail server listens: the demo's sender is made of it."""
    credentials.document["smtp"] |= {"host": "127.0.0.1", "port": str(port), "security": "starttls"}
    write_private(home / "sandbox.json", orjson.dumps(credentials.document, option=orjson.OPT_INDENT_2))


def _make() -> dict[str, Any]:
    return {
        "fcm": {"project_id": PROJECT, "service_account": _service_account()},
        "apns": {
            "key_id": _letters(10),
            "team_id": _letters(10),
            "topic": TOPIC,
            "private_key": _pem(ec.generate_private_key(ec.SECP256R1())),
        },
        "vonage": {
            "api_key": secrets.token_hex(4),
            "api_secret": secrets.token_urlsafe(12),
            "signature_secret": secrets.token_urlsafe(24),
            "signature_method": "sha256",
        },
        "smtp": {"username": "sandbox", "password": secrets.token_urlsafe(12)},
    }


def _service_account() -> dict[str, str]:
    """The fields of the file Google's console hands out."""
    email = f"firebase-adminsdk-sandbox@{PROJECT}.iam.gserviceaccount.com"
    certificates = "https://www.googleapis.com"
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": secrets.token_hex(20),
        "private_key": _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "client_email": email,
        "client_id": str(uuid.uuid4().int)[:21],
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "",
        "auth_provider_x509_cert_url": f"{certificates}/oauth2/v1/certs",
        "client_x509_cert_url": f"{certificates}/robot/v1/metadata/x509/{email.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(count))


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
