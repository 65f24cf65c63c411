"""The omnichannel users' endpoints: design/API.md, section 2.2."""

from urllib.parse import quote

import pytest

from tests.at_once import at_once
from tests.factories import make_client, make_key, make_project, make_user
from tests.wire.api import Caller, data_of, error_of
from users.models import Address, CustomField, OmnichannelUser

APNS = "0123456789abcdef" * 4
FCM = "a" * 22 + ":APA91b-_x"
EVERYTHING = {
    "client_user_id": "42",
    "name": "Олена 🌷",
    "phone": "050 123 45 67",
    "email": "Olena+x@Example.com",
    "app_push_token": APNS,
    "language": "UK",
    "country": "UKR",
    "platform_id": "4",
    "gender": "f",
    "vip": 1,
    "age": "33",
    "photo": "https://example.com/o.png",
    "ak": "secret",
    "registered_at": "2020-02-29",
    "time_zone": "Europe/Kyiv",
    "fields": {"city": "Київ", "score": 1.5, "paid": True, "born": "1990-01-31", "tags": ["a", 2]},
    "unknown": {"is": "ignored"},
}


@pytest.fixture
def users(project):
    return f"/v1/omnichannel/user/project/{project.pk}"


def one(users: str, client_user_id: str) -> str:
    return f"{users}/client-user-id/{quote(client_user_id, safe='')}"


def test_a_user_is_created_with_everything_and_shown_again(caller, users, project):
    created = data_of(caller.post(users, EVERYTHING))
    shown = data_of(caller.get(one(users, "42")))
    assert shown == created
    user = shown["user"]
    channels = user.pop("channels")
    moments = {name: user.pop(name) for name in ("created_at", "updated_at")}
    assert all(moment.endswith("Z") for moment in moments.values())
    assert user == {
        "id": OmnichannelUser.objects.get().pk,
        "project_id": project.pk,
        "client_user_id": "42",
        "name": "Олена 🌷",
        "phone": "+380501234567",
        "email": "olena+x@example.com",
        "app_push_token": APNS,
        "language": "uk",
        "country": "UA",
        "platform_id": 4,
        "gender": "f",
        "vip": True,
        "age": 33,
        "photo": "https://example.com/o.png",
        "ak": "secret",
        "registered_at": "2020-02-29T00:00:00Z",
        "last_online_at": None,
        "time_zone": "Europe/Kyiv",
        "fields": {"city": "Київ", "score": 1.5, "paid": True, "born": "1990-01-31", "tags": ["a", 2]},
    }
    never = dict.fromkeys(["last_sent_at", "last_delivered_at", "last_opened_at", "last_clicked_at"])
    for channel in (channels["email"], channels["sms"], *channels["app_push"]):
        assert channel.pop("confirmed_at") == channel.pop("created_at")
    assert channels == {
        "email": {"email": "olena+x@example.com", "status": "active", "status_reason": None, **never},
        "sms": {"phone": "+380501234567", "status": "active", "status_reason": None, **never},
        "app_push": [{"token": APNS, "provider": "apns", "status": "active", "status_reason": None, **never}],
    }


def test_a_user_with_nothing_but_an_id_is_all_nulls(caller, users):
    user = data_of(caller.post(users, {"client_user_id": 7}))["user"]
    assert {name for name, value in user.items() if value is None} == {
        "name", "email", "phone", "app_push_token", "language", "country", "gender", "age", "photo", "ak",
        "last_online_at", "time_zone",
    }  # fmt: skip
    assert (user["client_user_id"], user["platform_id"], user["vip"], user["fields"]) == ("7", 0, False, {})
    assert user["channels"] == {"email": None, "sms": None, "app_push": []}


@pytest.mark.parametrize(
    "client_user_id",
    ["a/b", "/a", "a//b", "100%", "a b", "+380", "ключ/日本", "a\nb", "batch", "..", "?q=1#x", "x" * 255],
)
def test_an_id_may_hold_any_characters(caller, users, client_user_id):
    data_of(caller.post(users, {"client_user_id": client_user_id}))
    assert data_of(caller.get(one(users, client_user_id)))["user"]["client_user_id"] == client_user_id
    data_of(caller.put(one(users, client_user_id), {"name": "n"}))
    assert data_of(caller.delete(one(users, client_user_id))) == {"result": True}


@pytest.mark.parametrize("client_user_id", ["nobody", "a\0b", "x" * 300])
def test_an_unknown_user_is_404(caller, users, client_user_id):
    path = one(users, client_user_id)
    answers = [caller.get(path), caller.put(path, {"name": "x"}), caller.put(path), caller.delete(path)]
    assert [error_of(answer) for answer in answers] == [(404, "User not found")] * 4


def test_an_existing_user_is_not_created_again(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "name": "first"}))
    assert error_of(caller.post(users, {"client_user_id": "a", "name": "second"})) == (409, "User already exists")
    assert data_of(caller.get(one(users, "a")))["user"]["name"] == "first"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_changes_what_is_sent_and_nothing_else(caller, users, method):
    before = data_of(caller.post(users, EVERYTHING))["user"]
    change = {"age": 34, "registered_at": "2000-01-01", "client_user_id": "ignored", "fields": {"score": 2, "new": "x"}}
    after = data_of(caller.call(method, one(users, "42"), change))["user"]
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"age": 34, "fields": before["fields"] | {"score": 2, "new": "x"}}


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_clear(caller, users, nothing):
    data_of(caller.post(users, EVERYTHING))
    fresh = data_of(caller.post(users, {"client_user_id": "fresh"}))["user"]
    names = set(EVERYTHING) - {"client_user_id", "unknown", "fields"}
    cleared = data_of(caller.put(one(users, "42"), dict.fromkeys(names, nothing)))["user"]
    assert {name: cleared[name] for name in names - {"registered_at"}} == {
        name: fresh[name] for name in names - {"registered_at"}
    }
    assert cleared["registered_at"] == "2020-02-29T00:00:00Z"
    assert cleared["channels"] == {"email": None, "sms": None, "app_push": []}


def test_custom_fields_are_merged_key_by_key_and_null_removes_one(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "fields": {"x": 1, "y": 2, "z": 3}}))
    shown = data_of(caller.put(one(users, "a"), {"fields": {"x": None, "y": 5, "w": [], "never": None}}))
    assert shown["user"]["fields"] == {"y": 5, "z": 3, "w": []}
    assert data_of(caller.put(one(users, "a"), {"fields": []}))["user"]["fields"] == {"y": 5, "z": 3, "w": []}
    assert data_of(caller.put(one(users, "a"), {"fields": None}))["user"]["fields"] == {}


def test_a_custom_field_keeps_its_type(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "fields": {"score": 1, "born": "1990-01-31"}}))
    refused = caller.put(one(users, "a"), {"name": "new", "fields": {"fresh": 1, "score": "many"}})
    assert error_of(refused) == (
        409,
        "Request validation error:  fields.score - This field is of type number, string given.",
    )
    refused = caller.post(users, {"client_user_id": "b", "fields": {"born": "long ago"}})
    assert error_of(refused) == (
        409,
        "Request validation error:  fields.born - This field is of type date (YYYY-MM-DD or ISO 8601), string given.",
    )
    assert data_of(caller.get(one(users, "a")))["user"]["name"] is None
    assert sorted(CustomField.objects.values_list("name", "type")) == [("born", "date"), ("score", "number")]


def test_the_fields_of_a_user_are_limited_together(caller, users):
    many = {f"f{number}": 1 for number in range(500)}
    data_of(caller.post(users, {"client_user_id": "a", "fields": many}))
    assert error_of(caller.put(one(users, "a"), {"fields": {"one_more": 1}})) == (
        400,
        "Request validation error:  fields - This collection should contain 500 elements or less.",
    )
    data_of(caller.put(one(users, "a"), {"fields": {"one_more": 1, "f0": None}}))


def test_a_push_token_moves_to_the_new_user_with_a_clean_slate(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "app_push_token": FCM}))
    Address.objects.update(sent_count=3, last_sent_at="2026-01-01T00:00Z", status="opted_out")
    moved = data_of(caller.post(users, {"client_user_id": "b", "app_push_token": FCM}))["user"]
    assert (moved["app_push_token"], moved["channels"]["app_push"][0]["last_sent_at"]) == (FCM, None)
    assert data_of(caller.get(one(users, "a")))["user"]["channels"]["app_push"] == []
    assert Address.objects.get().sent_count == 0


def test_a_user_may_have_several_devices_and_the_one_told_last_is_first(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "app_push_token": FCM}))
    data_of(caller.put(one(users, "a"), {"app_push_token": APNS}))
    devices = data_of(caller.put(one(users, "a"), {"app_push_token": FCM}))["user"]["channels"]["app_push"]
    assert [(device["token"], device["provider"]) for device in devices] == [(FCM, "fcm"), (APNS, "apns")]


@pytest.mark.parametrize(("name", "value"), [("email", "A@example.com"), ("phone", "+380501234567")])
def test_an_email_or_phone_stays_where_it_is(caller, users, name, value):
    data_of(caller.post(users, {"client_user_id": "a", name: value}))
    data_of(caller.post(users, {"client_user_id": "b"}))
    conflict = (409, f"Request validation error:  {name} - This value belongs to another user of the project.")
    assert error_of(caller.put(one(users, "b"), {"name": "lost", name: value})) == conflict
    assert error_of(caller.post(users, {"client_user_id": "c", name: value})) == conflict
    assert data_of(caller.get(one(users, "b")))["user"]["name"] is None
    assert OmnichannelUser.objects.count() == 2


def test_the_same_address_may_be_in_two_projects(caller, users, project):
    other = f"/v1/omnichannel/user/project/{make_project(project.client).pk}"
    for path in (users, other):
        data_of(caller.post(path, {"client_user_id": "a", "email": "a@example.com", "app_push_token": FCM}))
    assert Address.objects.count() == 4


def test_a_new_phone_takes_the_old_ones_place(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "phone": "+380501234567"}))
    assert data_of(caller.put(one(users, "a"), {"phone": "+380671234567"}))["user"]["phone"] == "+380671234567"
    data_of(caller.post(users, {"client_user_id": "b", "phone": "+380501234567"}))


def test_a_retired_token_that_is_told_again_is_alive_again(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "app_push_token": FCM}))
    Address.objects.update(status="retired", status_reason="UNREGISTERED")
    shown = data_of(caller.put(one(users, "a"), {"app_push_token": FCM}))["user"]
    device = shown["channels"]["app_push"][0]
    assert (shown["app_push_token"], device["status"], device["status_reason"]) == (FCM, "active", None)


def test_an_erased_user_leaves_nothing_and_may_be_created_anew(caller, users):
    data_of(caller.post(users, EVERYTHING))
    assert data_of(caller.delete(one(users, "42"))) == {"result": True}
    assert (OmnichannelUser.objects.count(), Address.objects.count()) == (0, 0)
    data_of(caller.post(users, EVERYTHING))


def test_a_batch_creates_and_updates_and_tells_of_each_row(caller, users):
    data_of(caller.post(users, {"client_user_id": "a", "name": "old", "email": "a@example.com"}))
    rows = [
        {"client_user_id": "a", "age": 5},
        {"client_user_id": "b", "fields": {"x": 1}},
        {"client_user_id": "c", "age": 151, "gender": "x"},
        {"client_user_id": "d", "email": "a@example.com"},
        {"name": "nameless"},
        "text",
        {"client_user_id": "e", "fields": {"x": "one"}},
        {"client_user_id": "b", "name": "again"},
    ]
    answer = data_of(caller.post(f"{users}/batch", rows))
    ids = dict(OmnichannelUser.objects.values_list("client_user_id", "pk"))
    invalid = "Request validation error:  "

    def failed(client_user_id, text):
        return {"client_user_id": client_user_id, "status": "failed", "id": None, "error": invalid + text}

    assert answer == {
        "created": 1,
        "updated": 2,
        "failed": 5,
        "results": [
            {"client_user_id": "a", "status": "updated", "id": ids["a"], "error": None},
            {"client_user_id": "b", "status": "created", "id": ids["b"], "error": None},
            failed(
                "c",
                "age - This value should be between 0 and 150.; gender - The value you selected is not a valid choice.",
            ),
            failed("d", "email - This value belongs to another user of the project."),
            failed(None, "client_user_id - This value should not be blank."),
            failed(None, "user - This value should be of type object."),
            failed("e", "fields.x - This field is of type number, string given."),
            {"client_user_id": "b", "status": "updated", "id": ids["b"], "error": None},
        ],
    }
    assert set(ids) == {"a", "b"}
    assert data_of(caller.post(f"{users}/batch", {"users": rows[:1]}))["updated"] == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"users": []}, "This collection should contain 1 to 1000 elements."),
        ([{}] * 1001, "This collection should contain 1 to 1000 elements."),
        ({}, "This value should be of type array."),
        ({"users": "x"}, "This value should be of type array."),
    ],
)
def test_a_batch_has_1_to_1000_rows(caller, users, body, text):
    assert error_of(caller.post(f"{users}/batch", body)) == (400, f"Request validation error:  users - {text}")


@pytest.fixture
def committed(transactional_db):
    project = make_project(make_client())
    return project, f"/v1/omnichannel/user/project/{project.pk}", make_key(project.client)


def test_of_two_creates_at_once_one_is_409(committed):
    _project, users, key = committed
    for number in range(5):
        body = {"client_user_id": f"u{number}", "fields": {f"n{number}": 1}}
        answers = at_once([lambda: Caller(*key).post(users, body)] * 4)  # noqa: B023  (done before the next turn)
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_two_updates_may_bring_the_same_new_field_at_once(committed):
    project, users, key = committed
    names = [make_user(project).client_user_id for _ in range(4)]
    for number in range(5):
        fields = {f"a{number}": 1, f"b{number}": "x"}
        bodies = [{"fields": dict(items)} for items in (list(fields.items()), list(fields.items())[::-1]) * 2]
        calls = [
            lambda name=name, body=body: Caller(*key).put(one(users, name), body)
            for name, body in zip(names, bodies, strict=True)
        ]
        assert [answer.status_code for answer in at_once(calls)] == [200] * 4


def test_of_two_types_for_the_same_new_field_at_once_one_is_409(committed):
    project, users, key = committed
    first, second = (make_user(project).client_user_id for _ in range(2))
    for number in range(5):
        calls = [
            lambda number=number: Caller(*key).put(one(users, first), {"fields": {f"f{number}": 1}}),
            lambda number=number: Caller(*key).put(one(users, second), {"fields": {f"f{number}": "x"}}),
        ]
        assert sorted(answer.status_code for answer in at_once(calls)) == [200, 409]


def test_updates_of_one_user_at_once_lose_nothing(committed):
    project, users, key = committed
    name = make_user(project).client_user_id
    calls = [
        lambda number=number: Caller(*key).put(one(users, name), {"fields": {f"f{number}": 1}}) for number in range(8)
    ]
    assert [answer.status_code for answer in at_once(calls)] == [200] * 8
    assert OmnichannelUser.objects.get().fields == {f"f{number}": 1 for number in range(8)}


def test_a_token_told_by_many_at_once_ends_with_one(committed):
    project, users, key = committed
    names = [make_user(project).client_user_id for _ in range(4)]
    calls = [lambda name=name: Caller(*key).put(one(users, name), {"app_push_token": FCM}) for name in names]
    assert [answer.status_code for answer in at_once(calls)] == [200] * 4
    assert Address.objects.count() == 1


def test_an_id_that_ends_in_a_slash_is_its_own_and_never_erases_another(caller, users):
    for name in ("a", "a/"):
        data_of(caller.post(users, {"client_user_id": name}))
    assert data_of(caller.get(f"{users}/client-user-id/a%2F"))["user"]["client_user_id"] == "a/"
    data_of(caller.put(f"{users}/client-user-id/a%2F", {"name": "slash"}))
    assert data_of(caller.get(f"{users}/client-user-id/a"))["user"]["name"] is None
    assert data_of(caller.delete(f"{users}/client-user-id/a%2F")) == {"result": True}
    assert error_of(caller.delete(f"{users}/client-user-id/a%2F")) == (404, "User not found")
    assert data_of(caller.get(f"{users}/client-user-id/a/"))["user"]["client_user_id"] == "a"
