"""The transport: what leaves, what comes back, and what is never done."""

import os
import socket
import ssl

import pytest

from channels_app.transport import MAX_BODY, Request, Transport
from tests.channels_app import stand_in
from tests.channels_app.key_material import write_certificate
from tests.channels_app.stand_in import SILENCE, Answer, Seen


def echo(seen: Seen) -> Answer:
    return Answer(200, seen.body, {"x-path": seen.path})


def post(url: str, key: int = 1, body: bytes = b"hello", timeout: float = 5.0) -> Request:
    return Request(key, "POST", url, ["X-One: 1"], body, timeout)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_post_brings_status_headers_and_body() -> None:
    with stand_in.http(echo) as server:
        [response] = Transport().perform([post(f"{server.url}/a")])
    assert (response.key, response.status, response.body, response.error, response.sent) == (1, 200, b"hello", "", True)
    assert response.headers["x-path"] == "/a"
    assert server.seen[0].headers["x-one"] == "1"
    assert "expect" not in server.seen[0].headers


def test_a_get_has_no_body_after_a_post_on_the_same_handle() -> None:
    with stand_in.http(echo) as server:
        transport = Transport(connections=1)
        transport.perform([post(server.url)])
        [response] = transport.perform([Request(2, "GET", f"{server.url}/b")])
    assert (response.status, response.body) == (200, b"")
    assert [seen.method for seen in server.seen] == ["POST", "GET"]


def test_answers_come_in_the_order_of_the_requests() -> None:
    with stand_in.http(echo) as server:
        requests = [post(f"{server.url}/{key}", key, str(key).encode()) for key in range(500)]
        responses = Transport(connections=8).perform(requests)
    assert [(response.key, response.body) for response in responses] == [(k, str(k).encode()) for k in range(500)]


def test_connections_are_kept_between_batches() -> None:
    with stand_in.http(echo) as server:
        transport = Transport(connections=3)
        for _ in range(4):
            transport.perform([post(server.url, key) for key in range(30)])
    assert len(server.connections) == 3


def test_a_post_is_not_repeated_when_a_kept_connection_closes_without_an_answer() -> None:
    with stand_in.http(lambda seen: SILENCE if seen.body == b"bad" else Answer()) as server:
        transport = Transport(connections=1)
        transport.perform([post(server.url)])
        [response] = transport.perform([post(server.url, 2, b"bad")])
    assert (response.status, response.sent) == (0, True)
    assert [seen.body for seen in server.seen] == [b"hello", b"bad"]


def test_a_post_is_not_repeated_when_its_http2_stream_is_reset() -> None:
    with stand_in.http2(lambda seen: SILENCE if seen.body == b"bad" else Answer()) as server:
        transport = Transport(http2=True, connections=1, streams=10)
        transport.perform([post(server.url)])
        bad, good = transport.perform([post(server.url, 2, b"bad"), post(server.url, 3)])
    assert (bad.status, bad.sent) == (0, True)
    assert good.status == 200
    assert sorted(seen.body for seen in server.seen) == [b"bad", b"hello", b"hello"]


@pytest.mark.parametrize("goodbye", [stand_in.REFUSED, stand_in.GOING_AWAY])
def test_a_post_is_not_repeated_by_the_transport_when_http2_refuses_it(goodbye: Answer) -> None:
    with stand_in.http2(lambda seen: goodbye if seen.body == b"bad" else Answer()) as server:
        transport = Transport(http2=True, connections=1, streams=10)
        transport.perform([post(server.url)])
        [bad] = transport.perform([post(server.url, 2, b"bad", timeout=3.0)])
        [good] = transport.perform([post(server.url, 3)])
    assert (bad.status, bad.sent, good.status) == (0, True, 200)
    assert [seen.body for seen in server.seen] == [b"hello", b"bad", b"hello"]


def test_http2_carries_many_requests_on_one_connection() -> None:
    with stand_in.http2(echo) as server:
        requests = [post(server.url, key, str(key).encode()) for key in range(300)]
        responses = Transport(http2=True, connections=1, streams=100).perform(requests)
        assert len(server.connections) == 1
    assert [response.body for response in responses] == [str(key).encode() for key in range(300)]


def test_a_refused_connection_is_told_as_not_sent() -> None:
    [response] = Transport().perform([post(f"http://127.0.0.1:{closed_port()}")])
    assert (response.status, response.sent) == (0, False)
    assert "connect" in response.error


def test_an_unknown_host_is_told_as_not_sent() -> None:
    [response] = Transport().perform([post("http://no-such-host.invalid/")])
    assert (response.status, response.sent) == (0, False)


def test_a_server_that_stays_silent_ends_in_a_time_out_and_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        [response] = Transport().perform([post(url, timeout=0.3)])
    assert (response.status, response.sent) == (0, True)
    assert "timed out" in response.error


def test_an_empty_post_without_an_answer_counts_as_sent() -> None:
    with stand_in.http(lambda seen: SILENCE) as server:
        [response] = Transport().perform([post(server.url, body=b"")])
    assert (response.status, response.sent) == (0, True)


@pytest.mark.parametrize("bad", ["http://127.0.0.1/\ud800", "http://127.0.0.1/é", "http://127.0.0.1/\0"])
def test_a_request_that_cannot_be_made_fails_alone(bad: str) -> None:
    with stand_in.http(echo) as server:
        first, second = Transport().perform([post(bad), post(server.url, 2)])
    assert (first.key, first.status, first.sent) == (1, 0, False)
    assert (second.key, second.status) == (2, 200)


def test_redirects_are_not_followed() -> None:
    with stand_in.http(lambda seen: Answer(302, b"", {"location": "/elsewhere"})) as server:
        [response] = Transport().perform([post(server.url)])
    assert response.status == 302
    assert len(server.seen) == 1


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    with stand_in.http(lambda seen: Answer(200, b"x" * (MAX_BODY + 1))) as server:
        [response] = Transport().perform([post(server.url)])
    assert (response.status, response.sent, response.body) == (0, True, b"")


def test_the_environments_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    with stand_in.http(echo) as server:
        [response] = Transport().perform([post(server.url)])
    assert response.status == 200


def test_only_the_given_authority_is_trusted(tmp_path) -> None:
    certificate, key = write_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with stand_in.http(echo, tls=tls) as server:
        [trusted] = Transport(ca_file=certificate).perform([post(server.url)])
        [strange] = Transport().perform([post(server.url)])
    assert trusted.status == 200
    assert (strange.status, strange.sent) == (0, False)


def test_a_forked_child_opens_its_own_connections() -> None:
    with stand_in.http(echo) as server:
        transport = Transport(connections=1)
        transport.perform([post(server.url)])
        child = os.fork()
        if not child:
            [response] = transport.perform([post(server.url, 2)])
            os._exit(0 if response.status == 200 else 1)
        assert os.waitpid(child, 0)[1] == 0
        transport.perform([post(server.url, 3)])
    assert len(server.connections) == 2


def test_a_closed_transport_opens_anew() -> None:
    with stand_in.http(echo) as server:
        transport = Transport(connections=1)
        transport.perform([post(server.url)])
        transport.close()
        [response] = transport.perform([post(server.url)])
    assert response.status == 200
    assert len(server.connections) == 2


def test_a_batch_that_was_interrupted_does_not_hurt_the_next() -> None:
    def requests(url: str):
        yield post(url)
        raise KeyboardInterrupt

    with stand_in.http(echo) as server:
        transport = Transport()
        with pytest.raises(KeyboardInterrupt):
            transport.perform(requests(server.url))
        [response] = transport.perform([post(server.url, 7, b"next")])
    assert (response.key, response.body) == (7, b"next")
