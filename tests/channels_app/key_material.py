"""Keys for tests, made when the tests run."""

from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def p256_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(**changes: object) -> str:
    account: dict[str, object] = {
        "type": "service_account",
        "project_id": "demo-project",
        "private_key_id": "1",
        "private_key": pem(rsa_key()),
        "client_email": "sender@demo-project.iam.gserviceaccount.com",
        "token_uri": "http://127.0.0.1:9/token",
    }
    return orjson.dumps({name: value for name, value in (account | changes).items() if value is not None}).decode()


def apns_credentials(**changes: str) -> dict[str, str]:
    return {
        "key": pem(p256_key()),
        "key_id": "ABC123DEFG",
        "team_id": "TEAM123456",
        "topic": "com.example.app",
        "environment": "production",
    } | changes


def write_certificate(folder) -> tuple[str, str]:
    """A self-signed certificate for localhost: the paths of certificate and key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(rsa_key(), hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_text(pem(rsa_key()))
    return str(folder / "cert.pem"), str(folder / "key.pem")
