"""The table of design/API.md, section 1, rule by rule."""

import logging
import re

import orjson
import pytest
from django.db import connection

from projects.models import Project
from sendios.api.middleware import LARGEST_BODY
from tests.factories import make_client, make_key, make_project
from tests.wire.api import Caller, data_of, error_of


def users_path(project: Project) -> str:
    return f"/v1/omnichannel/user/project/{project.pk}"


UNKNOWN = ["/v1", "/v3", "/v1/", "/v1/nothing", "/v1/nothing/", "/v3/nothing", "/v1/../admin/", "/v1/%00"]


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "FOO"])
def test_an_unknown_path_is_404_in_the_envelope(caller, method, path):
    assert error_of(caller.call(method, path)) == (404, "Not found")


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_a_wrong_method_is_405_in_the_envelope_and_says_what_is_allowed(caller, project, method):
    response = caller.call(method, users_path(project))
    assert error_of(response) == (405, "Method not allowed")
    assert "POST" in response.headers["Allow"]


def test_a_head_request_is_answered_like_a_get(caller, project):
    assert caller.call("HEAD", f"{users_path(project)}/client-user-id/x").status_code == 404


@pytest.mark.parametrize("end", ["", "/"])
def test_a_trailing_slash_makes_no_difference(caller, project, end):
    data_of(caller.post(users_path(project) + end, {"client_user_id": "a"}))
    shown = data_of(caller.get(f"{users_path(project)}/client-user-id/a{end}"))
    assert shown["user"]["client_user_id"] == "a"


@pytest.mark.parametrize("told", ["a", "abc-1 {}", "x" * 64])
def test_a_request_id_is_echoed(caller, told):
    assert caller.get("/v1/nothing", X_Request_Id=told).headers["X-Request-Id"] == told


@pytest.mark.parametrize("told", ["", "x" * 65, "caf\xe9", "a\tb"])
def test_a_request_id_is_made_where_there_is_none_that_can_be_kept(caller, told):
    made = caller.get("/v1/nothing", X_Request_Id=told).headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_the_request_id_is_in_the_log(caller):
    handler = logging.getLogger().handlers[0]
    seen: list[str] = []
    handler.addFilter(lambda record: seen.append(handler.format(record)) or True)
    try:
        caller.get("/v1/nothing", X_Request_Id="trace-me")
    finally:
        handler.filters.clear()
    assert [orjson.loads(line)["request_id"] for line in seen] == ["trace-me"]


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "", "text/plain", "multipart/form-data", "application/json; charset=cp1251"],
)
def test_the_body_is_json_whatever_its_label_says(caller, project, content_type):
    body = orjson.dumps({"client_user_id": "ключ", "name": "a=b&c"})
    shown = data_of(caller.post(users_path(project), raw=body, content_type=content_type))
    assert (shown["user"]["client_user_id"], shown["user"]["name"]) == ("ключ", "a=b&c")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json", ""])
@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b" \n", b"\xef\xbb\xbf{}"])
def test_empty_bodies_are_an_empty_object(caller, project, raw, content_type):
    answer = error_of(caller.post(users_path(project), raw=raw, content_type=content_type))
    assert answer == (400, "Request validation error:  client_user_id - This value should not be blank.")


def test_a_delete_may_carry_a_body(caller, project):
    data_of(caller.post(users_path(project), {"client_user_id": "a"}))
    assert data_of(caller.delete(f"{users_path(project)}/client-user-id/a", {"why": "GDPR"})) == {"result": True}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"a=1&b=2",
        b"<x/>",
        b"5",
        b'"text"',
        b"true",
        b"[1]",
        b'{"client_user_id": NaN}',
        b'{"client_user_id": "\xff"}',
        b'{"client_user_id": "\\ud800"}',
        b'{"client_user_id": "\\u0000"}',
        b'{"client_user_id": "a", "x": {"y": ["\\u0000"]}}',
        b'{"\\u0000": 1}',
        b'{"client_user_id": 1e400}',
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 100_000,
        b"\x1f\x8b\x08\x00" + bytes(100),
    ],
)
def test_a_body_that_is_no_object_is_a_clear_400(caller, project, raw):
    status, text = error_of(caller.post(users_path(project), raw=raw))
    assert (status, text[:40]) == (400, "Request validation error:  body - This v")


def test_a_literal_backslash_u0000_is_text(caller, project):
    shown = data_of(caller.post(users_path(project), raw=b'{"client_user_id": "\\\\u0000"}'))
    assert shown["user"]["client_user_id"] == "\\u0000"


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 200), (LARGEST_BODY + 1, 413)])
def test_a_body_may_have_one_mebibyte(caller, project, size, status):
    body = b'{"client_user_id":"a"}'.ljust(size)
    assert caller.post(users_path(project), raw=body).status_code == status


def test_a_body_too_large_says_so(caller):
    answer = error_of(caller.post("/v1/nothing", raw=b" " * (LARGEST_BODY + 1)))
    assert answer == (413, "Request body is too large: more than 1048576 bytes")


def test_all_offending_fields_are_told_in_their_order(caller, project):
    answer = error_of(caller.post(users_path(project), {"client_user_id": "a", "age": 151, "name": "x" * 129}))
    assert answer == (
        400,
        "Request validation error:  age - This value should be between 0 and 150.; "
        "name - This value is too long. It should have 128 characters or less.",
    )


def test_a_wrong_host_is_told_in_the_envelope(caller):
    assert error_of(caller.get("/v1/nothing", Host="evil.example")) == (400, "Bad request")


def test_a_fault_of_ours_is_told_in_the_envelope(caller, project, monkeypatch):
    monkeypatch.setattr("users.api.views.create_user", lambda *_, **__: 1 / 0)
    caller.http.raise_request_exception = False
    answer = error_of(caller.post(users_path(project), {"client_user_id": "a"}))
    assert answer == (500, "Internal server error")


def test_without_the_database_it_is_503(transactional_db):
    project = make_project(make_client())
    caller = Caller(*make_key(project.client))
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        response = caller.post(users_path(project), {"client_user_id": "a"})
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert error_of(response) == (503, "Service is temporarily unavailable")
    assert response.headers["Retry-After"] == "1"
    data_of(caller.post(users_path(project), {"client_user_id": "a"}))


def test_the_panel_is_left_alone(client):
    response = client.get("/admin/login/", headers={"X-Request-Id": "abc"})
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "X-Request-Id" not in response.headers


def test_the_docs_need_no_credentials_and_no_foreign_server(client, db):
    page = client.get("/v1/docs")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [address for address in addresses if not re.match(r"/static/|/v1/docs\?script=", address)] == []
    script = client.get("/v1/docs?script=")
    assert script.headers["Content-Type"] == "application/javascript"
