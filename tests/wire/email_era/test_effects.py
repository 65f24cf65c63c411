"""What the calls of the e-mail era change, and what others then show of it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.utils.timezone import now

from tests.factories import make_user
from tests.wire.email_era.dialects import DIALECTS
from tests.wire.email_era.tables import EMAIL, b64
from users.address_forms import normal_email
from users.models import Address, Goal, OmnichannelUser, Payment, ProductEvent, Unsubscription

FIELDS = {
    "name": "John Dou",
    "gender": "m",
    "age": 21,
    "photo": "http://example.com/face.jpg",
    "ak": "FFZxYfCfGgNDvmZRqnELYqU7",
    "vip": 1,
    "language": "es",
    "country": "esp",
    "city": "Київ",
    "platform_id": 1,
    "list_id": 1,
    "status": 0,
    "partner_id": "7",
    "field1": 542,
    "meta.profile.photo": "x.png",
    "user.email": "a@example.com",
    "email": "kept as a field",
}
DONE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


def whole(user):
    return OmnichannelUser.objects.get(pk=user.pk)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_userfields_are_kept_and_shown_with_their_types(wire, dialect):
    assert wire.call("PUT", "/v1/userfields/project/{p}/emailhash/{b64}", FIELDS, dialect=dialect)[0] == 200
    user = whole(wire.user)
    Address.objects.update(last_sent_at=datetime(2020, 1, 1, tzinfo=UTC))
    by_id = wire.call("GET", "/v1/userfields/user/{u}", dialect=dialect)
    assert by_id == wire.call("GET", "/v1/userfields/project/{p}/email/{email}", dialect=dialect)
    shown = by_id[1]["result"]
    moments = {name: shown["user"].pop(name) for name in ("created_at", "registered_at", "updated_at")}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", moment) for moment in moments.values())
    assert shown["user"] == {
        "id": user.pk,
        "project_id": user.project_id,
        "email": EMAIL,
        "name": "John Dou",
        "gender": "m",
        "language": "es",
        "language_id": "es",
        "country_id": "ES",
        "city_id": None,
        "city": "Київ",
        "platform_id": 1,
        "list_id": 1,
        "vendor_id": 0,
        "valid_id": None,
        "status": 0,
        "vip": 1,
        "confirm": 0,
        "err_response": 0,
        "last_online": 0,
        "last_reaction": 0,
        "last_mailed": 1577836800,
        "meta": "[]",
    }
    custom = ("field1", "meta.profile.photo", "user.email", "email")
    assert shown["custom_fields"] == {name: FIELDS[name] for name in custom}
    assert (user.age, user.photo, user.ak, user.partner_id) == (21, FIELDS["photo"], FIELDS["ak"], 7)


def test_without_custom_fields_there_is_an_empty_list(wire):
    assert wire.call("GET", "/v1/userfields/user/{u}")[1]["result"]["custom_fields"] == []


def test_a_wrong_field_keeps_the_good_ones_from_being_stored(wire):
    before = whole(wire.user)
    status, data = wire.call("PUT", "/v1/userfields/user/{u}", {"name": "New", "vip": "yes", "score": 1})
    assert (status, data["errors"]) == (409, {"vip": "Field vip does not match the required format"})
    assert (whole(wire.user).name, whole(wire.user).fields) == (before.name, before.fields)


def test_a_custom_field_keeps_its_type(wire):
    wire.call("PUT", "/v1/userfields/user/{u}", {"score": 1})
    answer = wire.call("PUT", "/v1/userfields/user/{u}", {"score": "many", "name": "New"})
    errors = {"score": "Field score does not match the required format"}
    assert answer == (409, {"errorCode": 409, "message": "Validation error", "errors": errors})
    assert (whole(wire.user).name, whole(wire.user).fields) == ("Olena", {"score": 1})


@pytest.mark.parametrize(
    "odd", ["a+b@example.com", "???~~~@example.com", "q'o/e%d@example.com", "a?o@бот.example", "mail@бот.example"]
)
def test_base64_with_slashes_pluses_and_equal_signs_finds_its_person(wire, project, odd):
    """Between them these have every digit of base64; a domain in letters of its own finds the punycode that is kept."""
    user = make_user(project)
    Address.objects.create(user=user, project=project, kind="email", value=normal_email(odd))
    for path in (
        f"emailhash/{b64(odd)}",
        f"emailhash/{b64(odd).rstrip('=')}",
        f"emailhash/{b64(odd).replace('/', '%2F')}",
    ):
        assert wire.call("PUT", f"/v1/userfields/project/{project.pk}/{path}", {"a": 1}) == (200, {"result": True})
    for end in ("online", "confirm"):
        answer = wire.call("PUT", f"/v3/users/project/{project.pk}/email/{b64(odd)}/{end}")
        assert answer == (202, {"status": "Accepted"})
    assert wire.call("POST", f"/v1/unsub/admin/{project.pk}/email/{b64(odd)}") == (200, {"unsub": True})
    for written in (odd.replace("?", "%3F"), quote(odd, safe="")):
        shown = wire.call("GET", f"/v1/user/project/{project.pk}/email/{written if written.isascii() else quote(odd)}")
        assert (shown[0], shown[1]["user"]["id"], shown[1]["user"]["email"]) == (200, user.pk, normal_email(odd))
    found = whole(user)
    assert (found.last_online_at is None, found.email_confirmed_at is None) == (False, False)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (1262333730, "2010-01-01T08:15:30+00:00"),
        ("1262333730", "2010-01-01T08:15:30+00:00"),
        (1262333730123, "2010-01-01T08:15:30.123000+00:00"),
        ("2010-01-01T08:15:30-01:00", "2010-01-01T09:15:30+00:00"),
        ("2010-01-01T08:15:30.123456789Z", "2010-01-01T08:15:30.123456+00:00"),
        ("2010-01-01T08:15:30.123456789+02:00", "2010-01-01T06:15:30.123456+00:00"),
        ("2010-01-01 08:15:30", "2010-01-01T08:15:30+00:00"),
        ("Fri, 01 Jan 2010 08:15:30 GMT", "2010-01-01T08:15:30+00:00"),
        ("Fri Jan 01 2010 08:15:30 GMT+0200 (Eastern European Standard Time)", "2010-01-01T06:15:30+00:00"),
        ("1/2/2010, 8:15:30 AM", "2010-01-02T08:15:30+00:00"),
        ("1/2/2010, 8:15:30\u202fPM", "2010-01-02T20:15:30+00:00"),
        ("02.01.2010, 08:15:30", "2010-01-02T08:15:30+00:00"),
        ("31/01/2010, 08:15:30", "2010-01-31T08:15:30+00:00"),
    ],
)
def test_a_moment_is_understood_however_it_is_written(wire, told, expected):
    assert wire.call("PUT", "/v3/users/{u}/online", {"timestamp": told, "user_id": "{u}"}) == (
        202,
        {"status": "Accepted"},
    )
    assert whole(wire.user).last_online_at.isoformat() == expected


def test_the_latest_time_online_counts_and_none_is_in_the_future(wire):
    for told in (1262333730, 1262333720, "2999-01-01T00:00:00Z", 5):
        wire.call("PUT", "/v3/users/{u}/online", {"timestamp": told})
    assert timedelta() <= now() - whole(wire.user).last_online_at < timedelta(minutes=5)


def test_confirming_is_kept_once_and_the_reaction_each_time(wire):
    path = "/v3/users/project/{p}/email/{b64}/confirm"
    for told in (1262333730, "1262333930"):
        wire.call("PUT", path, {"last_reaction": told, "project_id": "{p}", "encoded_email": "{b64}"})
    user = whole(wire.user)
    assert (user.email_confirmed_at.timestamp(), user.last_reaction_at.timestamp()) == (1262333730, 1262333930)
    assert wire.call("GET", "/v1/userfields/user/{u}")[1]["result"]["user"]["confirm"] == 1


@pytest.mark.parametrize(
    ("force", "least", "most"), [(True, 0, 10), ("1", 0, 10), (False, 2870, 2881), (None, 2870, 2881)]
)
def test_an_erasure_waits_two_days_or_ten_minutes(wire, force, least, most):
    told = {"email": "{email}", "project_id": str(wire.names["p"]), "force_delete": force}
    assert wire.call("POST", "/v1/user/erase", told) == (200, {"deleted": True})
    minutes = (whole(wire.user).erase_after - now()).total_seconds() / 60
    assert least < minutes <= most


@pytest.mark.parametrize("client_user_id", [77, "77"])
def test_a_client_user_id_is_tied_to_an_email_and_makes_a_person_who_is_new(wire, client_user_id):
    told = {"email": "New@example.com", "project_id": "{p}", "client_user_id": client_user_id}
    for _ in range(2):
        status, data = wire.call("POST", "/v1/clientuser/create", told)
        assert (status, data["message"], data["status"]) == (200, "done", True)
        assert DONE.fullmatch(data["date"])
    user = OmnichannelUser.objects.get(addresses__value="new@example.com")
    assert user.client_user_id == "77"


def test_a_person_known_by_email_alone_gets_the_clients_id(wire):
    OmnichannelUser.objects.filter(pk=wire.user.pk).update(client_user_id=None)
    told = {"email": EMAIL, "project_id": "{p}", "client_user_id": "me/1"}
    assert wire.call("POST", "/v1/clientuser/create", told)[0] == 200
    assert whole(wire.user).client_user_id == "me/1"


PAYMENT = {
    "user_id": "{u}",
    "start_date": "1509617696",
    "expire_date": "1609617696",
    "total_count": "14",
    "payment_type": "1",
    "amount": "20.5",
    "mail_id": "12244",
}


@pytest.mark.parametrize("told", [PAYMENT, {**PAYMENT, "start_date": 1509617696, "total_count": 14, "amount": 20.5}])
def test_a_payment_is_kept(wire, told):
    status, data = wire.call("POST", "/v1/lastpayment", told)
    assert (status, data["message"], data["status"], bool(DONE.fullmatch(data["date"]))) == (200, "done", True, True)
    row = Payment.objects.get(user=wire.user)
    assert (row.started_at.timestamp(), row.expires_at.timestamp()) == (1509617696, 1609617696)
    assert (row.total_count, row.payment_type, row.amount, row.mail_id) == (14, "1", Decimal("20.5"), 12244)
    assert wire.call("POST", "/v1/buying/email", {"email": EMAIL})[1] == {"email": EMAIL, "decision": True}


def test_a_payment_may_stand_in_the_query(wire):
    query = "user_id={u}&start_date=1509617696&payment_type=monthly"
    assert wire.call("POST", f"/v1/lastpayment?{query}")[0] == 200
    row = Payment.objects.get(user=wire.user)
    assert (row.started_at.timestamp(), row.payment_type, row.amount) == (1509617696, "monthly", None)


def test_empty_texts_and_false_are_left_out_of_a_payment(wire):
    told = {"user_id": "{u}", "start_date": 1, "total_count": "", "payment_type": "", "amount": False, "expire_date": 0}
    assert wire.call("POST", "/v1/lastpayment", told)[0] == 200
    row = Payment.objects.get(user=wire.user)
    assert (row.expires_at, row.total_count, row.payment_type, row.amount) == (None, None, "", None)


def test_a_product_event_is_kept_once(wire):
    told = {"project_id": "{p}", "event_id": "4", "uid": "u1", "receiver_id": 5, "date": "2021-07-05 13:03:39"}
    for _ in range(2):
        assert wire.call("POST", "/v1/product-event/create", [told, told]) == (200, {"result": True})
    row = ProductEvent.objects.get()
    assert (row.event_id, row.uid, row.receiver_id, row.happened_at.isoformat()) == (
        4,
        "u1",
        "5",
        "2021-07-05T13:03:39+00:00",
    )


@pytest.mark.parametrize("path", ["/v1/goals", "/v3/goals/create"])
def test_a_goal_is_kept(wire, path):
    wire.call("POST", path, [{"type": "buy", "email": EMAIL.upper(), "project_id": "{p}", "mail_id": "5"}])
    assert list(Goal.objects.values_list("user", "type", "mail_id")) == [(wire.user.pk, "buy", 5)]


REASONS = [
    (2, "fbl"),
    (8, "client"),
    (9, "settings_all_types"),
    (4, "page"),
    (5, "header"),
    (10, "invalid"),
    (12, "mx_invalid"),
    (15, "distance_bounce"),
    (16, "admin"),
    (19, "page"),
]


@pytest.mark.parametrize(("source", "reason"), REASONS)
def test_an_unsubscription_is_told_with_its_types_until_it_is_taken_back(wire, source, reason):
    assert wire.call("POST", f"/v1/unsub/{{u}}/source/{source}") == (200, {"unsub": True})
    assert wire.call("POST", f"/v1/unsub/{{u}}/source/{source}") == (200, {"unsub": False})
    told = wire.call("GET", "/v1/unsub/isunsub/{u}")[1]["result"]
    moments = [told.pop("created_at"), told.pop("updated_at")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", moment) for moment in moments)
    assert told == {
        "project_id": wire.names["p"],
        "user_id": wire.user.pk,
        "source_id": source,
        "meta": {"message": "api by client"},
    }
    assert wire.call("GET", "/v1/unsub/unsubreason/{u}")[1] == {"result": reason}
    assert wire.call("DELETE", "/v1/unsub/{u}") == (200, {"subscribe": {"rowCount": 1}})
    assert wire.call("DELETE", "/v1/unsub/{u}") == (200, {"subscribe": {"rowCount": 0}})
    assert wire.call("GET", "/v1/unsub/isunsub/{u}")[1] == {"result": False}


def test_an_admins_unsubscription_changes_something_once(wire):
    path = "/v1/unsub/admin/{p}/email/{b64}"
    assert [wire.call("POST", path)[1] for _ in range(2)] == [{"unsub": True}, {"unsub": False}]


def test_a_source_that_nobody_knows_is_an_unknown_reason(wire):
    wire.call("POST", "/v1/unsub/{u}/source/8")
    Unsubscription.objects.update(source_id=77)
    assert wire.call("GET", "/v1/unsub/unsubreason/{u}")[1] == {"result": "Unknown"}


@pytest.fixture
def three(wire, project):
    """Three people who unsubscribed a minute apart, the third without a client user id."""
    people = [wire.user, make_user(project, email="b@example.com"), make_user(project, email="c@example.com")]
    OmnichannelUser.objects.filter(pk=people[2].pk).update(client_user_id=None)
    for minute, person in enumerate(people):
        wire.call("POST", f"/v1/unsub/{person.pk}/source/8")
        at = datetime(2020, 1, 1, 0, minute, tzinfo=UTC)
        Unsubscription.objects.filter(user=person).update(created_at=at)
    return [
        {
            "email": email,
            "project_id": project.pk,
            "client_user_id": client_user_id,
            "source_id": 8,
            "created_at": f"2020-01-01 00:0{minute}:00",
        }
        for minute, (email, client_user_id) in enumerate(
            [(EMAIL, "c-1"), ("b@example.com", people[1].client_user_id), ("c@example.com", None)]
        )
    ]


def test_the_list_shows_who_unsubscribed_since(wire, three):
    assert wire.call("GET", "/v1/unsub/list/0") == (200, three)
    assert wire.call("GET", "/v1/unsub/list/1577836860") == (200, three[1:])
    assert wire.call("GET", "/v1/unsub/list/1577836861") == (200, three[2:])


@pytest.mark.parametrize(("page", "shown"), [(1, slice(0, 2)), (2, slice(2, 3)), (3, slice(0, 0)), (0, slice(0, 2))])
def test_the_list_has_pages(wire, three, page, shown):
    answer = wire.call("GET", f"/v1/unsub/list/0/{page}?page_size=2")
    assert answer == (200, {"pages": 2, "current_page": page or 1, "size": 2, "data": three[shown]})
