from base64 import b64encode

import pytest

from projects.api import authentication, guesses
from projects.services.accounts import issue_api_key, revoke_api_key
from tests.factories import VECTOR_API_KEY, VECTOR_CLIENT_ID, make_client, make_key, make_project, make_vector_client
from tests.wire.api import Caller, basic, data_of, error_of

REFUSED = (401, "Authorization base64 data wrong or invalid")


def user_path(project, client_user_id="nobody"):
    return f"/v1/omnichannel/user/project/{project.pk}/client-user-id/{client_user_id}"


def test_the_published_test_vector_is_let_in(db):
    project = make_project(make_vector_client())
    caller = Caller(VECTOR_CLIENT_ID, VECTOR_API_KEY)
    assert caller.authorization == "Basic MTIzOjk1NzA4MTc0NmI1NDk3N2Q1MWJlZjlmYzc0ZjRkNGZkMDIzYmFiMTM="
    assert error_of(caller.get(user_path(project))) == (404, "User not found")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"123").decode(),
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Bearer " + b64encode(b"123:x").decode(),
        basic("abc", VECTOR_API_KEY),
        basic("-123", VECTOR_API_KEY),
        basic("²", VECTOR_API_KEY),
        basic("9" * 40, VECTOR_API_KEY),
        basic(VECTOR_CLIENT_ID, ""),
        basic(VECTOR_CLIENT_ID, "a1s2d3f4g5h6j7k8l"),
        basic(VECTOR_CLIENT_ID, VECTOR_API_KEY.upper()),
        basic(124, VECTOR_API_KEY),
        basic(VECTOR_CLIENT_ID, "\0" * 40),
    ],
)
def test_wrong_credentials_get_the_envelope(db, header):
    project = make_project(make_vector_client())
    caller = Caller(VECTOR_CLIENT_ID, VECTOR_API_KEY)
    caller.authorization = header
    response = caller.get(user_path(project))
    assert error_of(response) == REFUSED
    assert response.headers["WWW-Authenticate"] == 'Basic realm="API", charset="UTF-8"'


def test_a_client_may_have_several_keys_and_a_revoked_one_is_refused(project):
    old, new = issue_api_key(project.client), issue_api_key(project.client)
    callers = [Caller(project.client_id, key.api_key) for key in (old, new)]
    assert [caller.get(user_path(project)).status_code for caller in callers] == [404, 404]
    revoke_api_key(old.key)
    authentication.forget_verified_keys()
    assert [caller.get(user_path(project)).status_code for caller in callers] == [401, 404]


def test_a_client_who_is_switched_off_is_refused(caller, project):
    project.client.is_active = False
    project.client.save()
    assert error_of(caller.get(user_path(project))) == REFUSED


def test_a_verified_key_and_its_project_are_remembered_and_the_next_call_asks_for_the_user_only(
    caller, project, django_assert_num_queries
):
    with django_assert_num_queries(3):
        caller.get(user_path(project))
    with django_assert_num_queries(1):
        caller.get(user_path(project))


def test_foreign_and_unknown_projects_are_told_alike(caller):
    foreign = make_project()
    paths = [user_path(foreign), f"/v1/omnichannel/user/project/{2**70}/client-user-id/x"]
    answers = [error_of(caller.get(path)) for path in paths]
    assert answers == [(403, "Forbidden"), (403, "Forbidden")]
    assert error_of(caller.post(f"/v1/omnichannel/user/project/{foreign.pk}", {})) == (403, "Forbidden")


def test_another_clients_key_does_not_open_a_project(project):
    stranger = Caller(*make_key(make_client()))
    assert error_of(stranger.get(user_path(project))) == (403, "Forbidden")


def test_a_guesser_must_wait_and_a_key_in_use_goes_on(caller, project):
    guesser = Caller(project.client_id, "0" * 40)
    caller.get(user_path(project))
    answers = [guesser.get(user_path(project)).status_code for _ in range(guesses.MANY + 1)]
    assert answers == [401] * guesses.MANY + [429]
    response = guesser.get(user_path(project))
    assert error_of(response) == (429, "Too many requests")
    assert 1 <= int(response.headers["Retry-After"]) <= guesses.SECONDS
    authentication._verified.clear()
    assert caller.get(user_path(project)).status_code == 404
    other = Caller(*make_key(project.client))
    assert other.get(user_path(project)).status_code == 429


def test_many_wrong_keys_for_one_client_do_not_shut_out_another(caller, project):
    guesser = Caller(make_client().pk, "0" * 40)
    for _ in range(guesses.MANY + 1):
        guesser.get(user_path(project))
    assert data_of(caller.post(f"/v1/omnichannel/user/project/{project.pk}", {"client_user_id": "a"}))["user"]
