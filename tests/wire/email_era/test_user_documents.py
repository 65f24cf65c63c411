"""`GET user/…` with the shape and the types of facts 2B.2; `unsubtypes/…` (2B.4); clicks by API (2B.7)."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import pytest

from messaging.models import Message
from projects.models import Project
from templates.models import Channel
from tests.factories import make_client, make_key, make_project, make_sender, make_type
from tests.wire.api import basic
from tests.wire.email_era.dialects import ClientSystem
from users.models import Address, OmnichannelUser, Payment, TypeUnsubscription
from users.services.consent import unsubscribe
from users.vocabulary import AddressKind

DIALECTS = ("PHP", "Go", "APPSCI")
EMAIL = "Test+x@example.com"


@pytest.fixture
def user(project: Project) -> OmnichannelUser:
    made = OmnichannelUser.objects.create(project=project, name="Olena", country="UA", fields={"orders": 3}, vip=True)
    Address.objects.create(user=made, project=project, kind="email", value=EMAIL.lower())
    return made


@pytest.fixture
def mail(project: Project, user: OmnichannelUser) -> Message:
    kind = make_type(project, Channel.EMAIL, type_id=7, category="trigger", name="email_confirm",
                     sender=make_sender(project, "smtp"))  # fmt: skip
    version = kind.mix.get().template.current
    address = Address.objects.get(user=user)
    return Message.objects.create(project=project, mailing=kind, sender=kind.sender, version=version, user=user,
                                  address=address, channel="email", category="trigger", state="sent",
                                  sent_at=datetime.now(UTC))  # fmt: skip


SHAPE: dict[str, tuple[type, ...]] = {
    "id": (int,), "project_id": (int,), "project_title": (str,), "email": (str,), "name": (str, type(None)),
    "gender": (str, type(None)), "country": (str, type(None), bool), "language": (str, type(None)),
    "err_response": (int,), "confirm": (int,), "last_online": (str, type(None)), "last_reaction": (str, type(None)),
    "last_request": (str, type(None)), "activation": (str, type(None)), "last_mailed": (str, type(None)),
    "meta": (dict,), "clicks": (int,), "sends": (int,), "created_at": (str,), "sent_mails": (list,),
    "unsubscribe": (list, dict), "unsubscribe_types": (list,), "unsub_promo": (list,), "webpush": (list, dict),
    "last_payment": (list, dict), "channel_id": (int, type(None)), "subchannel_id": (int, type(None)),
    "custom_fields": (dict,), "vip": (int,),
}  # fmt: skip
MAIL_SHAPE: dict[str, type] = {
    "id": int, "category_id": int, "type_id": int, "subject_id": int, "template_id": int, "split_group": int,
    "source_id": int, "server_id": int, "created_at": str, "mail_group_id": int, "pre_header_id": int,
    "category_sig": str, "server_name": str, "server_ip": str, "source_name": str, "type_sig": str,
}  # fmt: skip


def paths_of(project: Project, user: OmnichannelUser) -> list[str]:
    return [f"/v1/user/project/{project.pk}/email/{EMAIL}", f"/v1/user/id/{user.pk}"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_user_has_every_member_with_its_type(
    system: ClientSystem, project: Project, user: OmnichannelUser, mail: Message, dialect: str
) -> None:
    for path in paths_of(project, user):
        shown = system.data(dialect, "GET", path)["user"]
        assert {name: type(shown[name]) for name in SHAPE if not isinstance(shown[name], SHAPE[name])} == {}
        assert type(shown["vip"]) is type(shown["confirm"]) is int
        [sent] = shown["sent_mails"]
        assert {name: type(value) for name, value in sent.items()} == MAIL_SHAPE
        assert (sent["id"], sent["category_id"], sent["category_sig"], sent["type_sig"]) == (
            mail.pk, 2, "Trigger", "email_confirm",
        )  # fmt: skip
        assert set(shown["meta"]["profile"]) == {"age", "ak", "photo", "partner_id"}
        assert (shown["email"], shown["name"], shown["vip"]) == (EMAIL.lower(), "Olena", 1)
        assert shown["custom_fields"] == {"orders": 3}


def test_a_new_user_is_shown_whole_and_empty_containers_are_lists(system: ClientSystem, project: Project) -> None:
    """All but `custom_fields`: a customer's Go client decodes it into a map and fails at a list."""
    bare = OmnichannelUser.objects.create(project=project)
    Address.objects.create(user=bare, project=project, kind="email", value="bare@example.com")
    shown = system.data("APPSCI", "GET", f"/v1/user/id/{bare.pk}")["user"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", shown.pop("created_at"))
    assert shown.pop("custom_fields") == {}
    lists = ("sent_mails", "unsubscribe", "unsubscribe_types", "unsub_promo", "webpush", "last_payment")
    nulls = ("client_user_id", "name", "gender", "country", "city", "language", "last_online", "last_reaction",
             "last_mailed", "last_request", "activation", "channel_id", "subchannel_id")  # fmt: skip
    assert shown == {
        "id": bare.pk,
        "project_id": project.pk,
        "project_title": project.name,
        "email": "bare@example.com",
        "platform_id": 0,
        "err_response": 0,
        "confirm": 0,
        "clicks": 0,
        "sends": 0,
        "vip": 0,
        "meta": {"profile": dict.fromkeys(("age", "ak", "photo", "partner_id"))},
        **{name: [] for name in lists},
        **dict.fromkeys(nulls),
    }


def test_an_unsubscribed_payer_is_shown_in_full(system: ClientSystem, user: OmnichannelUser, mail: Message) -> None:
    unsubscribe(user, kind=AddressKind.EMAIL, source=8, actor="API", message="api by client")
    TypeUnsubscription.objects.create(user=user, kind="email", type_id=7)
    Payment.objects.create(user=user, started_at=datetime(2026, 1, 2, tzinfo=UTC), amount="9.90", payment_type="card")
    shown = system.data("APPSCI", "GET", f"/v1/user/id/{user.pk}")["user"]
    assert (shown["unsubscribe"]["source_id"], shown["unsubscribe"]["meta"]) == (8, {"message": "api by client"})
    assert len(shown["unsubscribe"]["created_at"]) == len("2026-01-01 00:00:00")
    [kind] = shown["unsubscribe_types"]
    assert (kind["type_id"], kind["type_sig"], set(kind)) == (
        7, "email_confirm", {"type_id", "type_sig", "created_at", "sharded"},
    )  # fmt: skip
    assert shown["last_payment"] == {
        "id": Payment.objects.get().pk,
        "user_id": user.pk,
        "project_id": user.project_id,
        "started_at": 1767312000,
        "expires_at": 0,
        "active": 1,
        "amount": 9.9,
        "payment_count": 1,
        "payment_type": "card",
    }


def test_a_plus_in_a_path_stays_a_plus_and_base64_is_understood(
    system: ClientSystem, project: Project, user: OmnichannelUser
) -> None:
    encoded = b64encode(EMAIL.encode()).decode()
    for written in (EMAIL, EMAIL.replace("+", "%2B").replace("@", "%40"), encoded):
        path = f"/v1/user/project/{project.pk}/email/{written}"
        assert system.data("PHP", "GET", path)["user"]["id"] == user.pk


def test_a_person_is_found_however_their_domain_is_written_and_not_by_a_look_alike(
    system: ClientSystem, project: Project
) -> None:
    body = {"project_id": project.pk, "client_user_id": 5}
    system.data("PHP", "POST", "/v1/clientuser/create", body | {"email": "kate@bücher.example"})
    for written in ("kate@bücher.example", "Kate@BU\u0308CHER.example", "kate@xn--bcher-kva.example"):
        for spelt in (quote(written, safe="@"), b64encode(written.encode()).decode()):
            found = system.data("PHP", "GET", f"/v1/user/project/{project.pk}/email/{spelt}")["user"]
            assert (found["client_user_id"], found["email"]) == ("5", "kate@xn--bcher-kva.example")
    kelvin = quote("\u212aate@bücher.example", safe="@")
    assert system.error("PHP", "GET", f"/v1/user/project/{project.pk}/email/{kelvin}")[0] == 404
    assert system.error("PHP", "POST", "/v1/clientuser/create", body | {"email": "\u212aate@bücher.example"})[0] == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_is_told_with_the_projects_number_and_two_blanks(
    system: ClientSystem, project: Project, dialect: str
) -> None:
    path = f"/v1/user/project/{project.pk}/email/nobody@example.com"
    text = f"Not found  user for project {project.pk} and email nobody@example.com"
    assert system.error(dialect, "GET", path) == (404, {"error": text})
    assert system.error(dialect, "GET", "/v1/user/id/999999999") == (404, {"error": "User not found"})


@pytest.mark.parametrize("told", ["a", "nobody", "testgmail.com", "dGVzdA==", "a%20b", "%D1%8E@example.com"])
def test_what_was_asked_for_is_told_as_it_was_written(system: ClientSystem, project: Project, told: str) -> None:
    """Letters and digits alone may be base64 of something, but only of an e-mail are they taken for it."""
    answer = system.error("PHP", "GET", f"/v1/user/project/{project.pk}/email/{told}")
    assert answer == (404, {"error": f"Not found  user for project {project.pk} and email {unquote(told)}"})


def test_anothers_user_is_unknown_and_anothers_project_forbidden(
    server: tuple[str, int], project: Project, user: OmnichannelUser
) -> None:
    stranger = make_project(make_client())
    system = ClientSystem(server, basic(*make_key(stranger.client)))
    by_email, by_id = paths_of(project, user)
    assert system.error("Go", "GET", by_email) == (403, {"error": "Forbidden"})
    assert system.error("Go", "GET", by_id) == (404, {"error": "User not found"})
    assert system.error("Go", "GET", f"/v1/unsubtypes/{user.pk}") == (404, {"error": "User not found"})


@pytest.fixture
def types(project: Project) -> None:
    sender = make_sender(project, "smtp")
    for type_id, category in ((11, "trigger"), (12, "trigger"), (13, "system")):
        make_type(project, Channel.EMAIL, type_id=type_id, category=category, sender=sender, name=f"type {type_id}")


def off(user: OmnichannelUser) -> set[int]:
    return set(TypeUnsubscription.objects.filter(user=user).values_list("type_id", flat=True))


STEPS: list[tuple[str, str, Any, set[int]]] = [
    ("POST", "", {"type_ids": [11]}, {11}),
    ("POST", "nodiff/", {"type_ids": ["12"]}, {11, 12}),
    ("DELETE", "nodiff/", {"type_ids": [11]}, {12}),
    ("POST", "", {"type_ids": [11]}, {11}),
    ("POST", "", {"type_ids": []}, set()),
    ("POST", "nodiff/", {"type_ids": [11, 12, 11]}, {11, 12}),
    ("DELETE", "all/", None, set()),
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_types_are_replaced_added_removed_and_cleared(
    system: ClientSystem, user: OmnichannelUser, types: None, dialect: str
) -> None:
    for method, way, body, expected in STEPS:
        sent = () if body is None else (body,)
        status, document = system.call(dialect, method, f"/v1/unsubtypes/{way}{user.pk}", *sent)
        assert (status, document["data"], document["_meta"]["count"]) == (200, None, 1)
        assert off(user) == expected


def test_the_list_has_both_public_shapes_of_a_row(system: ClientSystem, user: OmnichannelUser, types: None) -> None:
    system.data("PHP", "POST", f"/v1/unsubtypes/{user.pk}", {"type_ids": [12]})
    first, second = system.data("Go", "GET", f"/v1/unsubtypes/{user.pk}")
    assert first == {"type_id": 11, "name": "type 11", "unsubscribed": False, "created_at": None}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", second.pop("created_at"))
    assert second == {"type_id": 12, "name": "type 12", "unsubscribed": True}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"type_ids": [13]}, "type_ids - The type 13 is a system type: nobody can unsubscribe from it."),
        ({"type_ids": [99]}, "type_ids - There is no type 99."),
        ({"type_ids": "x"}, "type_ids - This value should be an array of at most 1000 integers."),
        ({"type_ids": [{}]}, "type_ids - This value should be of type integer."),
        ({}, "type_ids - This value should not be blank."),
    ],
)
def test_wrong_types_change_nothing(
    system: ClientSystem, user: OmnichannelUser, types: None, body: Any, text: str
) -> None:
    system.data("PHP", "POST", f"/v1/unsubtypes/{user.pk}", {"type_ids": [11]})
    answer = system.error("PHP", "POST", f"/v1/unsubtypes/{user.pk}", body)
    assert answer == (400, {"error": f"Request validation error:  {text}"})
    assert off(user) == {11}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_types_of_nobody_are_told_in_sendios_words(system: ClientSystem, dialect: str) -> None:
    for method, path in (
        ("GET", "1"),
        ("POST", "1"),
        ("DELETE", "all/1"),
        ("POST", "nodiff/1"),
        ("DELETE", "nodiff/1"),
    ):
        body = ({"type_ids": [1]},) if method == "POST" or path == "nodiff/1" else ()
        assert system.error(dialect, method, f"/v1/unsubtypes/{path}", *body) == (404, {"error": "User not found"})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_click_is_reported_by_the_mails_number(system: ClientSystem, mail: Message, dialect: str) -> None:
    for _ in range(2):
        assert system.data(dialect, "POST", f"/v1/trackemail/click/{mail.pk}") == {"result": True}
    mail.refresh_from_db()
    assert (mail.state, mail.clicked_at is not None) == ("clicked", True)
    assert system.error(dialect, "POST", "/v1/trackemail/click/999999") == (404, {"error": "Not found"})


def test_a_click_is_reported_by_query_parameters(system: ClientSystem, mail: Message) -> None:
    path = f"/v3/track/mail/click/client?u={mail.user_id}&m={mail.pk}&p={mail.project_id}&t=7&s=1&tp=2"
    assert system.call("PHP", "GET", path) == (202, {"status": "Accepted"})
    mail.refresh_from_db()
    assert mail.state == "clicked"


def test_empty_parameters_are_left_out_and_wrong_ones_are_told(system: ClientSystem, mail: Message) -> None:
    assert system.call("PHP", "GET", f"/v3/track/mail/click/client?m={mail.pk}") == (202, {"status": "Accepted"})
    wrong = "Request validation error:  m - This value should"
    for query, told in (
        ("", (400, {"error": f"{wrong} not be blank."})),
        ("?m=x", (400, {"error": f"{wrong} be of type integer."})),
        (f"?m={mail.pk}&u=1", (404, {"error": "Not found"})),
        (f"?m={mail.pk}&p=999999", (404, {"error": "Not found"})),
    ):
        assert system.error("PHP", "GET", f"/v3/track/mail/click/client{query}") == told
