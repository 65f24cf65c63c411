"""The bare transport and each adapter: messages a second and CPU µs of this process for each.

    python benchmarks/transport.py [--quick]

Against nginx as the fastest stand-in if there is one, else against Python's http.server (HTTP/1.1 only; then the rate
is the stand-in's, but the CPU is still ours); e-mail against Postfix's smtp-sink, and left out where there is none.
Median of five rounds; the stand-in is another process.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.conf import settings

from benchmarks.campaign_email import SINK, sink
from benchmarks.standin import ANSWER, NGINX, TOKEN, free_port, stand_in, wait_for
from channels_app.contract import Envelope, Handed
from channels_app.registry import get_provider
from channels_app.transport import Request, Transport
from templates.content import Content, EmailContent, PushContent, TextContent

BATCH = 2000
ROUNDS = 5


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@contextmanager
def nginx() -> Iterator[tuple[str, str, str]]:
    """(plain address, TLS address, CA file)."""
    with stand_in() as server:
        yield server.url, server.tls_url, server.ca_file


@contextmanager
def slow_server() -> Iterator[tuple[str, str, str]]:
    port = free_port()
    child = os.fork()
    if not child:
        ThreadingHTTPServer.request_queue_size = 256
        ThreadingHTTPServer(("127.0.0.1", port), SlowDoor).serve_forever()
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", "", ""
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)


class SlowDoor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = (TOKEN if self.path == "/token" else ANSWER).encode()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    def log_message(self, format: str, *args: object) -> None:
        """Silence is fast."""


def bare(transport: Transport, url: str) -> Callable[[int], None]:
    headers = ["Content-Type: application/json", "Authorization: Bearer " + "x" * 200]
    requests = [Request(key, "POST", f"{url}/send", headers, b"x" * 450) for key in range(BATCH)]

    def run(batches: int) -> None:
        for _ in range(batches):
            statuses = {response.status for response in transport.perform(requests)}
            assert statuses == {200}, statuses

    return run


def adapter(name: str, credentials: dict[str, str], address: str) -> Callable[[int], None]:
    provider = get_provider(name)
    connection = provider.connect(credentials, address="demo@shop.example" if provider.channel == "email" else "Demo")
    data = {"push_id": "1", "message_id": "1", "template_id": "2", "type_id": "3", "link": "https://e.example/"}
    envelopes = [
        Envelope(key, address, content_of(provider.channel, key), data, f"m{key}", f"{key}") for key in range(BATCH)
    ]

    def run(batches: int) -> None:
        for _ in range(batches):
            kinds = {type(outcome) for outcome in connection.send(envelopes)}
            assert kinds == {Handed}, connection.send(envelopes[:1])

    return run


def content_of(channel: str, number: int) -> Content:
    """A usual message; an e-mail has 10 kB of HTML with ten links of its own."""
    if channel == "sms":
        return TextContent("Your code is 123456. Don't give it away.")
    if channel == "app_push":
        return PushContent("Hi Ann", "You have 3 new messages, the last one from Bob.", "https://e.example/l.png", "")
    links = [
        f'<p>Three times as deep as they are tall. <a href="https://e.example/t/{number:040x}{place}">See</a></p>'
        for place in range(10)
    ]
    filler = '<p style="color: #333333">Plant them before the first frost, and forget them until April.</p>'
    html = "\n".join([*links, *[filler] * ((10_000 - sum(map(len, links))) // len(filler))])
    return EmailContent(f"The bulbs are here, Name {number}", "", html, f"Plant them before the first frost, {number}.")


def measure(title: str, run: Callable[[int], None], batches: int) -> None:
    run(1)
    rates, costs = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        run(batches)
        rates.append(batches * BATCH / (time.perf_counter() - wall))
        costs.append((time.process_time() - cpu) / (batches * BATCH) * 1e6)
    print(f"{title:44} {statistics.median(rates):>8,.0f}/s {statistics.median(costs):>7.1f} µs CPU", flush=True)


def cases(plain: str, tls: str, ca_file: str) -> Iterator[tuple[str, Callable[[int], None]]]:
    account = {"type": "service_account", "project_id": "demo", "client_email": "a@b.example"}
    account |= {"private_key": pem(rsa.generate_private_key(65537, 2048)), "token_uri": f"{plain}/token"}
    fcm = {"service_account": orjson.dumps(account).decode()}
    apns = {"key": pem(ec.generate_private_key(ec.SECP256R1())), "key_id": "A" * 10, "team_id": "B" * 10}
    apns |= {"topic": "com.example.app", "environment": "production"}
    settings.FCM_TOKEN_URL, settings.VONAGE_URL, settings.APNS_URL = f"{plain}/token", plain, tls
    yield "transport, HTTP/1.1, 64 connections", bare(Transport(connections=64), plain)
    settings.FCM_URL = plain
    yield "FCM, HTTP/1.1, 64 connections", adapter("fcm", fcm, "a" * 22 + ":" + "b" * 130)
    yield "Vonage, HTTP/1.1, 16 connections", adapter("vonage", {"api_key": "abcd", "api_secret": "x"}, "+4915200000")
    if not tls:
        return
    one = Transport(http2=True, connections=1, streams=100, ca_file=ca_file)
    yield "transport, HTTP/2 + TLS, 1 × 100 streams", bare(one, tls)
    many = Transport(http2=True, connections=2, streams=500, ca_file=ca_file)
    yield "transport, HTTP/2 + TLS, 2 × 500 streams", bare(many, tls)
    settings.FCM_URL = tls
    yield "FCM, HTTP/2 + TLS, 8 × 100 streams", adapter("fcm", fcm, "a" * 22 + ":" + "b" * 130)
    yield "APNs, HTTP/2 + TLS, 2 × 500 streams", adapter("apns", apns, "ab" * 32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages, for CI")
    batches = 1 if parser.parse_args().quick else 10
    stand_in = nginx if Path(NGINX).exists() else slow_server
    with stand_in() as (plain, tls, ca_file):
        settings.configure(FCM_URL="", FCM_TOKEN_URL="", APNS_URL="", VONAGE_URL="", PROVIDER_CA_FILE=ca_file)
        settings.SECRET_KEY = "benchmark" * 6
        for title, run in cases(plain, tls, ca_file):
            measure(title, run, batches)
    if Path(SINK).exists():
        with sink() as server:
            smtp = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "connections": "8"}
            measure("SMTP, 8 connections, 10 kB", adapter("smtp", smtp, "anna@example.com"), batches)


if __name__ == "__main__":
    main()
