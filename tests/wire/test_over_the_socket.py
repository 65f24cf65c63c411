"""What Django's test client can't send: requests as bytes, to the server that the product runs on."""

import orjson
import pytest

from sendios.api.middleware import LARGEST_BODY
from tests.factories import make_client, make_key, make_project
from tests.wire.api import basic
from tests.wire.granian import ask


@pytest.fixture
def post(server, transactional_db):
    """Post to the path of new users; `rest` is all after the authorization header."""
    project = make_project(make_client())
    authorization = basic(*make_key(project.client))
    start = (
        f"POST /v1/omnichannel/user/project/{project.pk} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: {authorization}\r\n"
    ).encode()

    def send(rest: bytes):
        status, headers, body = ask(server, start + rest)
        assert headers["content-type"] == "application/json"
        return status, orjson.loads(body)["data"]

    return send


BODY = b'{"client_user_id":"a+b","name":"x=1&y=2"}'
BLANK = {"error": "Request validation error:  client_user_id - This value should not be blank."}


def sized(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Type: application/x-www-form-urlencoded\r\nAccept: */*\r\n" + sized(BODY),
        sized(BODY),
        b"Content-Type: nonsense; ;=\r\nAccept: text/html\r\n" + sized(BODY),
        b"Transfer-Encoding: chunked\r\n\r\n4\r\n"
        + BODY[:4]
        + b"\r\n%x\r\n" % len(BODY[4:])
        + BODY[4:]
        + b"\r\n0\r\n\r\n",
        b"Expect: 100-continue\r\n" + sized(BODY),
    ],
    ids=["PHP", "Go", "odd labels", "chunked", "expects 100"],
)
def test_a_body_is_read_however_it_comes(post, rest):
    status, data = post(rest)
    assert (status, data["user"]["client_user_id"], data["user"]["name"]) == (200, "a+b", "x=1&y=2")


@pytest.mark.parametrize(
    "rest",
    [
        b"\r\n",
        b"Content-Length: 0\r\n\r\n",
        sized(b"null"),
        sized(b"[]"),
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["PHP without Content-Length", "Content-Length 0", "Go's null", "PHP's empty map", "labelled", "chunked"],
)
def test_no_body_is_an_empty_object(post, rest):
    assert post(rest) == (400, BLANK)


@pytest.mark.parametrize("how", ["sized", "chunked"])
def test_a_body_too_large_is_413(post, how):
    body = b" " * (LARGEST_BODY + 1)
    rest = sized(body)
    if how == "chunked":
        rest = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    assert post(rest) == (413, {"error": "Request body is too large: more than 1048576 bytes"})


@pytest.mark.parametrize(
    ("line", "status", "error"),
    [
        (b"GET /v1/nothing", 404, "Not found"),
        (b"GET /v1/%ff%fe/%00", 404, "Not found"),
        ("GET /v1/ключ".encode(), 404, "Not found"),
        (b"FOO /v1/openapi.json", 405, "Method not allowed"),
        (
            b"GET /v1/omnichannel/user/project/1/client-user-id/a%2Fb%0Ac",
            401,
            "Authorization base64 data wrong or invalid",
        ),
        (b"GET /v1/omnichannel/user/project/" + b"9" * 5000, 404, "Not found"),
        # A base URL that ends in a slash, and a path that begins with one.
        (b"GET //v1/nothing", 404, "Not found"),
        (b"GET //v1/user/id/1", 401, "Authorization base64 data wrong or invalid"),
        (b"GET /v1//user/id/1", 401, "Authorization base64 data wrong or invalid"),
        (b"GET //v3//track/mail/click/client", 401, "Authorization base64 data wrong or invalid"),
    ],
)
def test_every_error_is_the_envelope(server, line, status, error):
    answer = ask(server, line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    document = orjson.loads(answer[2])
    assert (answer[0], document["_meta"]["status"], document["data"]) == (status, "ERROR", {"error": error})


def test_a_host_that_is_not_ours_is_told_in_the_envelope(server):
    status, _headers, body = ask(server, b"GET /v1/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert (status, orjson.loads(body)["data"]) == (400, {"error": "Bad request"})
