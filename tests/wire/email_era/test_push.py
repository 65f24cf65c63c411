"""`POST /v1/push/system` and `/v1/push/trigger`: facts, section 2B.1, line by line."""

from base64 import b64encode
from typing import Any

import orjson
import pytest

from messaging.message_ids import message_uuid
from messaging.models import Message
from projects.models import Project
from templates.models import Channel
from tests.factories import make_sender, make_template, make_type
from tests.wire.email_era.dialects import ClientSystem
from transactional.models import TransactionalType
from users.models import Address, OmnichannelUser, TypeUnsubscription, Unsubscription
from users.services.consent import unsubscribe
from users.vocabulary import AddressKind

SYSTEM, TRIGGER = "/v1/push/system", "/v1/push/trigger"
PREFIX = "Request validation error:  "


@pytest.fixture(autouse=True)
def types(project: Project) -> dict[str, TransactionalType]:
    sender = make_sender(project, "smtp")
    return {
        "system": make_type(project, Channel.EMAIL, type_id=1, category="system", sender=sender),
        "trigger": make_type(project, Channel.EMAIL, type_id=2, category="trigger", sender=sender),
    }


def encoded(variables: object) -> str:
    return b64encode(orjson.dumps(variables)).decode()


def php_body(project: Project, **changes: Any) -> dict[str, Any]:
    data = {"code": 7, "user": {"name": "Olena"}, "meta": {"order": 5}}
    return {"type_id": 1, "project_id": project.pk, "email": "t@example.com", "data": data,
            "transactional_mail_settings": []} | changes  # fmt: skip


def raw_body(project: Project, **changes: Any) -> dict[str, Any]:
    data = {"user": {"email": "t@example.com", "name": "Olena"}, "code": 7}
    return {"type_id": 1, "category": 1, "client_id": project.client_id, "project_id": project.pk, "data": data,
            "meta": {"order": 5}} | changes  # fmt: skip


def go_body(project: Project, **changes: Any) -> dict[str, Any]:
    return {"type_id": 1, "category": 0, "client_id": project.client_id, "project_id": project.pk,
            "user": {"email": "t@example.com", "name": "Olena"}, "meta": {"order": 5},
            "value_encrypt": {"template_data": encoded({"code": 7})}} | changes  # fmt: skip


BODIES = {"PHP": php_body, "APPSCI": raw_body, "Go": go_body}


@pytest.mark.parametrize("dialect", list(BODIES))
def test_each_dialect_queues_the_same_message_for_the_same_new_user(
    system: ClientSystem, project: Project, dialect: str
) -> None:
    answer = system.data(dialect, "POST", SYSTEM, BODIES[dialect](project))
    message = Message.objects.get(pk=answer["mail_id"])
    assert answer == {"queued": True, "mail_id": message.pk, "message_id": str(message_uuid(message.pk))}
    assert (message.state, message.category, message.meta) == ("queued", "system", {"order": 5})
    assert (message.data["code"], message.data["user"]["name"]) == (7, "Olena")
    user = OmnichannelUser.objects.get(project=project)
    assert (user.name, user.client_user_id, message.user_id) == ("Olena", None, user.pk)
    assert Address.objects.get(user=user).value == "t@example.com"


@pytest.mark.parametrize("dialect", list(BODIES))
def test_the_category_is_the_paths_whatever_the_body_says(system: ClientSystem, project: Project, dialect: str) -> None:
    answer = system.data(dialect, "POST", TRIGGER, BODIES[dialect](project, type_id=2))
    assert Message.objects.get(pk=answer["mail_id"]).category == "trigger"


def test_a_new_user_is_there_at_once_for_the_calls_that_follow(system: ClientSystem, project: Project) -> None:
    """A customer's own client unsubscribes right after sending."""
    system.data("APPSCI", "POST", SYSTEM, raw_body(project))
    shown = system.data("APPSCI", "GET", f"/v1/user/project/{project.pk}/email/t@example.com")["user"]
    path = f"/v1/unsub/admin/{project.pk}/email/{b64encode(b't@example.com').decode()}"
    assert [system.data("APPSCI", "POST", path) for _ in range(2)] == [{"unsub": True}, {"unsub": False}]
    assert system.data("APPSCI", "GET", f"/v1/unsub/isunsub/{shown['id']}")["result"]["user_id"] == shown["id"]


def test_there_is_no_third_category(system: ClientSystem, project: Project) -> None:
    for category in ("campaign", "1", "System"):
        answer = system.error("PHP", "POST", f"/v1/push/{category}", php_body(project))
        assert answer == (404, {"error": "Not found"})


def test_phps_empty_maps_are_lists(system: ClientSystem, project: Project) -> None:
    body = php_body(project, data={"user": [], "meta": [], "code": 1})
    assert system.data("PHP", "POST", SYSTEM, body)["queued"] is True
    assert system.data("PHP", "POST", SYSTEM, php_body(project, data=[]))["queued"] is True


def test_integers_may_be_numeric_strings(system: ClientSystem, project: Project) -> None:
    body = php_body(project, type_id="1", project_id=str(project.pk))
    assert system.data("PHP", "POST", SYSTEM, body)["queued"] is True


def test_raw_http_without_a_user_is_told_the_key_in_backticks(system: ClientSystem, project: Project) -> None:
    body = raw_body(project, data={"code": 7})
    assert system.error("APPSCI", "POST", SYSTEM, body) == (
        400,
        {"error": f"{PREFIX}data - This value should contain key `user`"},
    )


@pytest.mark.parametrize("dialect", list(BODIES))
@pytest.mark.parametrize("email", ["nobody", "a@", "@example.com", "a b@example.com", "a@b@c.example"])
def test_a_bad_email_is_told_in_sendios_words(system: ClientSystem, project: Project, dialect: str, email: str) -> None:
    body = BODIES[dialect](project)
    body["email"] = email
    assert system.error(dialect, "POST", SYSTEM, body) == (
        400,
        {"error": f"{PREFIX}email - This value is not a valid email address."},
    )
    assert not OmnichannelUser.objects.exists()


USER_FIELDS = {
    "name": "Taras", "age": 33, "gender": "m", "language": "uk", "country": "UA", "platform_id": 3, "vip": 1,
    "photo": "https://example.com/t.png", "channel_id": 12, "subchannel_id": "34", "client_user_id": 99,
}  # fmt: skip
STORED = USER_FIELDS | {"vip": True, "subchannel_id": 34, "client_user_id": "99"}


def test_the_users_fields_are_saved_and_a_later_send_updates_them(system: ClientSystem, project: Project) -> None:
    system.data("APPSCI", "POST", SYSTEM, raw_body(project))
    data = {"user": {"email": "T@Example.com", **USER_FIELDS}}
    system.data("APPSCI", "POST", SYSTEM, raw_body(project, data=data))
    user = OmnichannelUser.objects.get(project=project)
    assert {name: getattr(user, name) for name in STORED} == STORED


def test_aliases_of_the_send_endpoints_are_taken(system: ClientSystem, project: Project) -> None:
    user = {"email": "t@example.com", "country_id": "UKR", "language_id": "UK"}
    system.data("Go", "POST", SYSTEM, go_body(project, user=user))
    stored = OmnichannelUser.objects.get(project=project)
    assert (stored.country, stored.language) == ("UA", "uk")


def test_phps_false_for_what_is_unknown_changes_nothing(system: ClientSystem, project: Project) -> None:
    known = {"email": "t@example.com", "country": "UA", "vip": 1}
    system.data("APPSCI", "POST", SYSTEM, raw_body(project, data={"user": known}))
    told = {"email": "t@example.com", "country": False, "age": False, "photo": False, "vip": False}
    assert system.data("APPSCI", "POST", SYSTEM, raw_body(project, data={"user": told}))["queued"] is True
    user = OmnichannelUser.objects.get()
    assert (user.country, user.age, user.photo, user.vip) == ("UA", None, "", False)


def test_a_wrong_user_field_is_named_and_nothing_is_stored(system: ClientSystem, project: Project) -> None:
    data = {"user": {"email": "t@example.com", "gender": "x", "age": 200}}
    status, told = system.error("APPSCI", "POST", SYSTEM, raw_body(project, data=data))
    assert status == 400
    assert told["error"].startswith(f"{PREFIX}gender - ")
    assert "age - " in told["error"]
    assert (OmnichannelUser.objects.count(), Message.objects.count()) == (0, 0)


def test_an_id_of_somebody_else_is_a_conflict(system: ClientSystem, project: Project) -> None:
    for email, number in (("a@example.com", 1), ("b@example.com", 2)):
        system.data("Go", "POST", SYSTEM, go_body(project, user={"email": email, "client_user_id": number}))
    status, told = system.error(
        "Go", "POST", SYSTEM, go_body(project, user={"email": "a@example.com", "client_user_id": 2})
    )
    assert (status, told["error"]) == (
        409,
        f"{PREFIX}client_user_id - This value belongs to another user of the project.",
    )


def test_an_omnichannel_user_without_an_email_gets_the_address_of_their_id(
    system: ClientSystem, project: Project
) -> None:
    known = OmnichannelUser.objects.create(project=project, client_user_id="99")
    body = go_body(project, user={"email": "t@example.com", "client_user_id": 99})
    answer = system.data("Go", "POST", SYSTEM, body)
    assert Message.objects.get(pk=answer["mail_id"]).user_id == known.pk


def test_the_older_php_encryption_is_refused_with_a_reason(system: ClientSystem, project: Project) -> None:
    secret = encoded({"iv": "x", "value": "y", "mac": "z"})
    older = php_body(project, data={"user": [], "meta": [], "value_encrypt": {"template_data": secret}})
    for body in (go_body(project, value_encrypt={"template_data": secret}), older):
        assert system.error("PHP", "POST", SYSTEM, body) == (
            400,
            {
                "error": f"{PREFIX}value_encrypt - This value is encrypted as by the PHP SDK before release 0.8, "
                "which is not supported: use release 0.8."
            },
        )
    assert (Message.objects.count(), OmnichannelUser.objects.count()) == (0, 0)


def test_encoded_variables_are_read_inside_of_data_too(system: ClientSystem, project: Project) -> None:
    inside = {"user": [], "order": 1, "value_encrypt": {"template_data": encoded({"code": 7})}}
    answer = system.data("PHP", "POST", SYSTEM, php_body(project, data=inside))
    assert Message.objects.get(pk=answer["mail_id"]).data == {"user": [], "order": 1, "code": 7}


@pytest.mark.parametrize("told", ["???", encoded([1]), encoded("x"), b64encode(b"{").decode()])
def test_variables_that_are_none_are_refused(system: ClientSystem, project: Project, told: str) -> None:
    body = go_body(project, value_encrypt={"template_data": told})
    assert system.error("Go", "POST", SYSTEM, body)[1]["error"].startswith(f"{PREFIX}value_encrypt - ")


def test_php_may_pin_the_template(system: ClientSystem, project: Project, types: dict[str, TransactionalType]) -> None:
    other = make_template(project, Channel.EMAIL)
    types["system"].mix.create(template=other, weight=1)
    for _ in range(6):
        body = php_body(project, transactional_mail_settings={"subject_id": 3, "template_id": other.pk})
        answer = system.data("PHP", "POST", SYSTEM, body)
        assert Message.objects.get(pk=answer["mail_id"]).version_id == other.current_id
    body = php_body(project, transactional_mail_settings={"template_id": 1_000_000})
    status, told = system.error("PHP", "POST", SYSTEM, body)
    assert (status, told["error"]) == (
        400,
        f"{PREFIX}transactional_mail_settings.template_id - This type has no such template.",
    )


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"type_id": 77}, 404, "Not found  type 77 for project {project}"),
        ({"type_id": 2}, 400, f"{PREFIX}category - The type 2 is of the category trigger, not system."),
        ({"type_id": None}, 400, f"{PREFIX}type_id - This value should not be blank."),
        ({"project_id": 2**31}, 403, "Forbidden"),
    ],
)
def test_mistakes_are_told_at_once(
    system: ClientSystem, project: Project, changes: dict[str, Any], status: int, text: str
) -> None:
    told = system.error("PHP", "POST", SYSTEM, php_body(project, **changes))
    assert told == (status, {"error": text.format(project=project.pk)})


def test_an_empty_body_names_what_is_missing(system: ClientSystem) -> None:
    for dialect in ("PHP", "Go", "APPSCI"):
        status, told = system.error(dialect, "POST", SYSTEM)
        assert (status, told["error"].startswith(f"{PREFIX}project_id - This value should not be blank.")) == (
            400,
            True,
        )


@pytest.mark.parametrize(
    ("source", "queued"),
    [(2, (False, False)), (5, (True, False)), (8, (True, False)), (9, (True, False)), (10, (False, False)),
     (12, (False, False)), (15, (False, False)), (16, (False, False)), (19, (True, False)), (1, (True, True))],
)  # fmt: skip
def test_who_unsubscribed_still_gets_what_the_source_table_says(
    system: ClientSystem, project: Project, source: int, queued: tuple[bool, bool]
) -> None:
    """(system, trigger) by source: facts, section 2B.3."""
    system.data("PHP", "POST", SYSTEM, php_body(project))
    unsubscribe(OmnichannelUser.objects.get(), kind=AddressKind.EMAIL, source=source, actor="test")
    answers = [
        system.data("PHP", "POST", path, php_body(project, type_id=type_id))
        for path, type_id in ((SYSTEM, 1), (TRIGGER, 2))
    ]
    assert tuple(answer["queued"] for answer in answers) == queued
    assert [bool(answer.get("reason")) for answer in answers] == [not each for each in queued]
    assert Unsubscription.objects.count() == 1


def test_a_type_switched_off_is_not_queued_and_system_types_cannot_be(system: ClientSystem, project: Project) -> None:
    system.data("PHP", "POST", SYSTEM, php_body(project))
    user = OmnichannelUser.objects.get()
    for type_id in (1, 2):
        TypeUnsubscription.objects.create(user=user, kind="email", type_id=type_id)
    assert system.data("PHP", "POST", SYSTEM, php_body(project))["queued"] is True
    answer = system.data("PHP", "POST", TRIGGER, php_body(project, type_id=2))
    assert (answer["queued"], answer["reason"]) == (False, "Unsubscribed from this type.")
