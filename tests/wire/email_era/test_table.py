"""The lines of facts 1.3 to 1.5 and 2B on people, consent and payments: every client's bytes, the exact answer."""

from dataclasses import replace
from itertools import product

import pytest

from tests.wire.api import basic
from tests.wire.email_era.dialects import DIALECTS

RESULT = {"result": True}
ACCEPTED = {"status": "Accepted"}
NOT_FOUND = {"error": "User not found"}
NOT_FOUND_BY_EMAIL = {"error": "User not found."}
FORBIDDEN = {"error": "Forbidden"}
BY_PROJECT = "Not found  user for project {p} and email nobody@example.com"
WRONG = {
    "language": "Field language is not valid language code: ua",
    "gender": "Field gender must be a part of list: m, f",
    "vip": "Field vip does not match the required format",
}
PAYMENT = {"user_id": "{u}", "start_date": 1509617696}


def refused(errors):
    return {"errorCode": 409, "message": "Validation error", "errors": errors}


def wrong(text):
    return {"error": f"Request validation error:  {text}"}


# method, path, body, status, data
LINES = [
    # userfields
    ("PUT", "/v1/userfields/project/{p}/emailhash/{b64}", {"name": "Olena", "field1": 542}, 200, RESULT),
    ("PUT", "/v1/userfields/project/{p}/email/{email}", {"name": "Olena"}, 200, RESULT),
    ("PUT", "/v1/userfields/project/{p}/email/Olena%2BX@Example.com", {"name": "Olena"}, 200, RESULT),
    ("PUT", "/v1/userfields/user/{u}", {"test": "test"}, 200, RESULT),
    ("PUT", "/v1/userfields/user/{u}", None, 200, RESULT),
    ("PUT", "/v1/userfields/user/{u}", {}, 200, RESULT),
    ("PUT", "/v1/userfields/user/{u}", [], 200, RESULT),
    ("PUT", "/v1/userfields/user/{u}", b"null", 200, RESULT),
    (
        "PUT",
        "/v1/userfields/user/{u}",
        {"vip": "1", "age": "33", "platform_id": "4", "gender": "f", "language": "UK", "country": "UKR"},
        200,
        RESULT,
    ),
    ("PUT", "/v1/userfields/user/{u}", {"meta.profile.photo": "x.png", "user.email": "a@b.c"}, 200, RESULT),
    ("PUT", "/v1/userfields/user/{u}", {"language": "ua", "gender": "male", "vip": "yes"}, 409, refused(WRONG)),
    (
        "PUT",
        "/v1/userfields/user/{u}",
        {"age": "old", "country": "xx", "platform_id": 5, "photo": "x", "list_id": "a", "a": {"b": 1}},
        409,
        refused(
            {
                "age": "Field age does not match the required format",
                "country": "Field country is not valid country code: xx",
                "platform_id": "Field platform_id must be a part of list: 0, 1, 2, 3, 4",
                "photo": "Field photo does not match the required format",
                "list_id": "Field list_id does not match the required format",
                "a": "Field a does not match the required format",
            }
        ),
    ),
    ("PUT", "/v1/userfields/user/{none}", {"a": 1}, 404, NOT_FOUND),
    ("PUT", "/v1/userfields/user/{U}", {"a": 1}, 404, NOT_FOUND),
    ("PUT", "/v1/userfields/project/{p}/emailhash/{nobody64}", {"a": 1}, 404, NOT_FOUND_BY_EMAIL),
    ("PUT", "/v1/userfields/project/{P}/emailhash/{b64}", {"a": 1}, 403, FORBIDDEN),
    ("PUT", "/v1/userfields/project/{none}/emailhash/{b64}", {"a": 1}, 403, FORBIDDEN),
    ("GET", "/v1/userfields/user/{none}", None, 404, NOT_FOUND),
    ("GET", "/v1/userfields/user/{U}", None, 404, NOT_FOUND),
    ("GET", "/v1/userfields/project/{p}/email/example@gmail.com", None, 404, NOT_FOUND_BY_EMAIL),
    ("GET", "/v1/userfields/project/{P}/email/{email}", None, 403, FORBIDDEN),
    # user/erase
    ("POST", "/v1/user/erase", {"email": "{email}", "project_id": "{p}", "force_delete": True}, 200, {"deleted": True}),
    ("POST", "/v1/user/erase", {"email": "{email}", "project_id": "{p}"}, 200, {"deleted": True}),
    ("POST", "/v1/user/erase", {"email": "nobody@example.com", "project_id": "{p}"}, 404, {"error": BY_PROJECT}),
    ("POST", "/v1/user/erase", {"email": "{email}", "project_id": "{P}"}, 403, FORBIDDEN),
    (
        "POST",
        "/v1/user/erase",
        None,
        400,
        wrong("email - This value should not be blank.; project_id - This value should not be blank."),
    ),
    # online and confirm
    ("PUT", "/v3/users/{u}/online", {"timestamp": "1262333730", "user_id": "{u}"}, 202, ACCEPTED),
    ("PUT", "/v3/users/{u}/online", {"timestamp": "2010-01-01T08:15:30.123456789Z", "user_id": 1}, 202, ACCEPTED),
    ("PUT", "/v3/users/{u}/online", None, 202, ACCEPTED),
    ("PUT", "/v3/users/{none}/online", {"timestamp": "1262333730"}, 404, NOT_FOUND),
    ("PUT", "/v3/users/{U}/online", {"timestamp": "1262333730"}, 404, NOT_FOUND),
    (
        "PUT",
        "/v3/users/{u}/online",
        {"timestamp": "soon"},
        400,
        wrong("timestamp - This value is not a valid datetime."),
    ),
    ("PUT", "/v3/users/project/{p}/email/{b64}/online", {"timestamp": 1262333730, "project_id": "{p}"}, 202, ACCEPTED),
    ("PUT", "/v3/users/project/{p}/email/{nobody64}/online", {"timestamp": 1262333730}, 202, ACCEPTED),
    ("PUT", "/v3/users/project/{P}/email/{b64}/online", {"timestamp": 1262333730}, 403, FORBIDDEN),
    ("PUT", "/v3/users/project/{p}/email/{b64}/confirm", {"last_reaction": 1262333730}, 202, ACCEPTED),
    ("PUT", "/v3/users/project/{p}/email/dGVzdGdtYWlsLmNvbQ==/confirm", {"last_reaction": 1}, 202, ACCEPTED),
    ("PUT", "/v3/users/project/{P}/email/{b64}/confirm", {"last_reaction": 1}, 403, FORBIDDEN),
    # clientuser/create
    (
        "POST",
        "/v1/clientuser/create",
        {"email": "{email}", "project_id": "{P}", "client_user_id": 1},
        403,
        FORBIDDEN,
    ),
    (
        "POST",
        "/v1/clientuser/create",
        {"email": "{email}", "project_id": "{p}", "client_user_id": 77},
        409,
        wrong("client_user_id - This value belongs to another user of the project."),
    ),
    (
        "POST",
        "/v1/clientuser/create",
        {"email": "no", "project_id": "{p}", "client_user_id": 77},
        400,
        wrong("email - This value is not a valid email address."),
    ),
    # lastpayment, buying, product events, goals
    ("POST", "/v1/lastpayment", PAYMENT | {"user_id": "{none}"}, 404, NOT_FOUND),
    ("POST", "/v1/lastpayment", PAYMENT | {"user_id": "{U}"}, 404, NOT_FOUND),
    ("POST", "/v1/lastpayment", None, 400, wrong("user_id - This value should not be blank.")),
    ("POST", "/v1/buying/email", {"email": "{email}"}, 200, {"email": "olena+x@example.com", "decision": False}),
    (
        "POST",
        "/v1/buying/email",
        {"email": "testgmail.com"},
        400,
        wrong("email - This value is not a valid email address."),
    ),
    (
        "POST",
        "/v1/product-event/create",
        [{"project_id": "{p}", "event_id": 1, "uid": 2, "receiver_id": 3, "date": "2021-07-05 13:03:39"}],
        200,
        RESULT,
    ),
    (
        "POST",
        "/v1/product-event/create",
        [{"project_id": "{P}", "event_id": 1, "uid": 2, "receiver_id": 3}],
        403,
        FORBIDDEN,
    ),
    (
        "POST",
        "/v1/product-event/create",
        [{"project_id": "{p}", "event_id": 1, "uid": 2}],
        400,
        wrong("0.receiver_id - This value should not be blank."),
    ),
    ("POST", "/v1/goals", {"type": "buy", "email": "{email}", "project_id": "{p}"}, 200, {"goals_added": 1}),
    ("POST", "/v1/goals", {"type": "buy", "email": "{email}", "project_id": "{P}"}, 403, FORBIDDEN),
    (
        "POST",
        "/v3/goals/create",
        [{"type": "buy", "email": "{email}", "project_id": "{p}"}],
        202,
        {"status": "Accepted", "goals_added": 1},
    ),
    (
        "POST",
        "/v3/goals/create",
        [{"type": "buy", "email": "{email}", "project_id": "{p}"}, {"type": "b", "email": "no", "project_id": "{p}"}],
        202,
        {
            "status": "Accepted",
            "goals_added": 1,
            "1": {
                "error_messages": ["email - This value is not a valid email address."],
                "errorCode": 409,
                "message": "Validation error",
                "goal_data": "b;no;{p};",
            },
        },
    ),
    (
        "POST",
        "/v3/goals/create",
        [{"type": "", "email": "{email}", "project_id": "{p}"}, {"type": "b", "email": "no", "project_id": "{p}"}],
        400,
        wrong("0.type - This value should not be blank."),
    ),
    ("POST", "/v3/goals/create", [{"type": "buy", "email": "{email}", "project_id": "{P}"}], 403, FORBIDDEN),
    (
        "POST",
        "/v1/goals",
        [
            {"type": "buy", "email": "{email}", "project_id": "{p}", "mail_id": "5"},
            {"type": "buy", "email": "no", "project_id": "{p}", "mail_id": 5},
            {"type": "buy", "email": "{email}", "project_id": "{P}"},
            {"type": "buy", "email": "nobody@example.com", "project_id": "{p}"},
        ],
        200,
        {
            "goals_added": 1,
            "1": {
                "error_messages": ["email - This value is not a valid email address."],
                "errorCode": 409,
                "message": "Validation error",
                "goal_data": "buy;no;{p};5",
            },
            "2": {
                "error_messages": ["Forbidden"],
                "errorCode": 409,
                "message": "Validation error",
                "goal_data": "buy;olena+x@example.com;{P};",
            },
            "3": {
                "error_messages": [BY_PROJECT],
                "errorCode": 409,
                "message": "Validation error",
                "goal_data": "buy;nobody@example.com;{p};",
            },
        },
    ),
    # unsub
    ("POST", "/v1/unsub/{u}/source/8", None, 200, {"unsub": True}),
    ("POST", "/v1/unsub/{u}/source/9", None, 200, {"unsub": True}),
    ("POST", "/v1/unsub/{u}/source/2", None, 200, {"unsub": True}),
    ("POST", "/v1/unsub/{u}/source/4", None, 200, {"unsub": True}),
    ("POST", "/v1/unsub/{u}/source/77", None, 400, wrong("source_id - The value you selected is not a valid choice.")),
    ("POST", "/v1/unsub/{none}/source/8", None, 404, NOT_FOUND),
    ("POST", "/v1/unsub/{U}/source/8", None, 404, NOT_FOUND),
    ("DELETE", "/v1/unsub/{u}", None, 200, {"subscribe": {"rowCount": 0}}),
    ("DELETE", "/v1/unsub/{u}", {"why": "a body"}, 200, {"subscribe": {"rowCount": 0}}),
    ("DELETE", "/v1/unsub/{none}", None, 404, NOT_FOUND),
    ("DELETE", "/v1/unsub/{U}", None, 404, NOT_FOUND),
    ("POST", "/v1/unsub/admin/{p}/email/{b64}", None, 200, {"unsub": True}),
    ("POST", "/v1/unsub/admin/{p}/email/{email}", None, 200, {"unsub": True}),
    ("POST", "/v1/unsub/admin/{p}/email/{nobody64}", None, 404, NOT_FOUND),
    ("POST", "/v1/unsub/admin/{P}/email/{b64}", None, 403, FORBIDDEN),
    ("GET", "/v1/unsub/isunsub/{u}", None, 200, {"result": False}),
    ("GET", "/v1/unsub/isunsub/0", None, 404, NOT_FOUND),
    ("GET", "/v1/unsub/isunsub/{U}", None, 404, NOT_FOUND),
    ("GET", "/v1/unsub/unsubreason/{u}", None, 200, {"result": False}),
    ("GET", "/v1/unsub/unsubreason/0", None, 404, NOT_FOUND),
    ("GET", "/v1/unsub/unsubreason/{U}", None, 404, NOT_FOUND),
    ("GET", "/v1/unsub/list/1262307661", None, 200, []),
    ("GET", "/v1/unsub/list/99999999999999999999", None, 200, []),
    (
        "GET",
        "/v1/unsub/list/1262307661/1?page_size=1000",
        None,
        200,
        {"pages": 0, "current_page": 1, "size": 1000, "data": []},
    ),
    (
        "GET",
        "/v1/unsub/list/1/36893488147419103233",
        None,
        200,
        {"pages": 0, "current_page": 2**31 - 1, "size": 100, "data": []},
    ),
    (
        "GET",
        "/v1/unsub/list/1262307661/1?page_size=x",
        None,
        400,
        wrong("page_size - This value should be a positive number."),
    ),
    # email/check
    (
        "POST",
        "/v1/email/check",
        {"email": "test@gmail.com", "sanitize": True},
        200,
        {
            "orig": "test@gmail.com",
            "email": "test@gmail.com",
            "valid": False,
            "domain": "gmail.com",
            "vendor": "Google",
            "trusted": True,
            "reason": "system",
        },
    ),
    (
        "POST",
        "/v1/email/check",
        {"email": "test.com", "sanitize": False},
        200,
        {
            "orig": "test.com",
            "email": "test.com",
            "valid": False,
            "domain": "test.com",
            "vendor": "Unknown",
            "trusted": False,
            "reason": "invalid",
        },
    ),
    (
        "POST",
        "/v1/email/check",
        {"email": "test.com"},
        200,
        {
            "orig": "test.com",
            "email": "test.com@test.com",
            "valid": False,
            "domain": "test.com",
            "vendor": "Unknown",
            "trusted": False,
            "reason": "mx_record",
        },
    ),
    (
        "POST",
        "/v1/email/check",
        {"email": "olena@gmial.com"},
        200,
        {
            "orig": "olena@gmial.com",
            "email": "olena@gmail.com",
            "valid": True,
            "domain": "gmail.com",
            "vendor": "Google",
            "trusted": True,
        },
    ),
    ("POST", "/v1/email/check", None, 400, wrong("email - This value should not be blank.")),
    *[
        (
            "POST",
            "/v1/email/check/send",
            {"email": "test@gmail.com", name: "{p}"},
            200,
            {
                "orig": "test@gmail.com",
                "email": "test@gmail.com",
                "valid": False,
                "domain": "gmail.com",
                "vendor": "Google",
                "trusted": True,
                "reason": "system",
                "is_send": True,
            },
        )
        for name in ("project", "project_id")
    ],
    ("POST", "/v1/email/check/send", {"email": "a@gmail.com", "project": "{P}"}, 403, FORBIDDEN),
]


NOT_ALLOWED = [
    ("GET", "/v1/push/system"),
    ("PUT", "/v1/push/trigger"),
    ("POST", "/v1/user/id/{u}"),
    ("PUT", "/v1/user/project/{p}/email/{email}"),
    ("DELETE", "/v1/userfields/user/{u}"),
    ("GET", "/v1/userfields/project/{p}/emailhash/{b64}"),
    ("GET", "/v1/user/erase"),
    ("POST", "/v3/users/{u}/online"),
    ("GET", "/v3/users/project/{p}/email/{b64}/confirm"),
    ("GET", "/v1/clientuser/create"),
    ("GET", "/v1/unsub/{u}/source/8"),
    ("GET", "/v1/unsub/{u}"),
    ("DELETE", "/v1/unsub/admin/{p}/email/{b64}"),
    ("POST", "/v1/unsub/isunsub/{u}"),
    ("POST", "/v1/unsub/unsubreason/{u}"),
    ("POST", "/v1/unsub/list/1262307661"),
    ("PUT", "/v1/unsubtypes/{u}"),
    ("GET", "/v1/unsubtypes/nodiff/{u}"),
    ("POST", "/v1/unsubtypes/all/{u}"),
    ("GET", "/v1/email/check"),
    ("GET", "/v1/email/check/send"),
    ("GET", "/v1/lastpayment"),
    ("GET", "/v1/buying/email"),
    ("GET", "/v1/product-event/create"),
    ("GET", "/v1/trackemail/click/1"),
    ("POST", "/v3/track/mail/click/client"),
]


@pytest.mark.parametrize(("method", "path"), NOT_ALLOWED)
def test_another_method_is_405_in_the_envelope_to_every_client(wire, method, path):
    for dialect in DIALECTS:
        answer = wire.call(method, path, dialect=dialect)
        assert (dialect, *answer) == (dialect, 405, {"error": "Method not allowed"})


@pytest.mark.parametrize("path", sorted({path for _, path in NOT_ALLOWED}))
def test_a_wrong_key_is_told_in_sendios_words_whatever_the_path(wire, path):
    """All that is unknown of Sendios here is the status: 401."""
    calls = product(DIALECTS, ("GET", "POST", "PUT", "DELETE"))
    for number, (dialect, method) in enumerate(calls, start=1_000_000):
        # One guess for each client: more would have to wait.
        stranger = replace(wire, system=replace(wire.system, authorization=basic(number, "wrong")))
        answer = stranger.call(method, path, dialect=dialect)
        assert (dialect, *answer) == (dialect, 401, {"error": "Authorization base64 data wrong or invalid"})
    assert wire.call("GET", "/v1/unsub/isunsub/{u}") == (200, {"result": False})


@pytest.mark.parametrize(
    ("method", "path", "status", "data"),
    [
        ("GET", "/v1/unsub/isunsub/{u}/", 200, {"result": False}),
        ("POST", "/v1/unsub/{u}/source/8/", 200, {"unsub": True}),
        ("POST", "/v1/unsub/admin/{p}/email/{b64}/", 200, {"unsub": True}),
        ("PUT", "/v1/userfields/project/{p}/emailhash/{b64}/", 200, RESULT),
        ("PUT", "/v1/userfields/project/{p}/email/{email}/", 200, RESULT),
        ("PUT", "/v3/users/{u}/online/", 202, ACCEPTED),
        ("PUT", "/v3/users/project/{p}/email/{b64}/online/", 202, ACCEPTED),
        ("GET", "/v1/unsub/list/1262307661/", 200, []),
        ("GET", "/v1/unsub/isunsub/0/", 404, NOT_FOUND),
        ("POST", "/v1/push/system/", 400, None),
    ],
)
def test_a_trailing_slash_changes_no_answer(wire, method, path, status, data):
    for dialect in DIALECTS:
        answer = wire.call(method, path, dialect=dialect)
        wire.undo()
        assert answer == wire.call(method, path.removesuffix("/"), dialect=dialect)
        wire.undo()
        assert (answer[0], data or answer[1]) == (status, answer[1])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "data"),
    LINES,
    ids=[f"{method} {path} {str(body)[:40]}" for method, path, body, _, _ in LINES],
)
def test_every_client_gets_the_answer_of_the_table(wire, method, path, body, status, data):
    """The clients come one after another; what a call changed of consent is undone between them."""
    for dialect in DIALECTS:
        answer = wire.call(method, path, body, dialect=dialect)
        assert (dialect, *answer) == (dialect, status, wire.fill(data))
        wire.undo()
