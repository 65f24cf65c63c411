"""People made by e-mail endpoints and by omnichannel endpoints are the same people (design/API.md, section 2.2)."""

import pytest

from tests.factories import make_sender, make_type
from users.models import Address, OmnichannelUser

USERS = "/v1/omnichannel/user/project/{p}"
ONE = USERS + "/client-user-id/meet-1"
NEW = "New+y@example.com"
TIED = {"email": NEW, "project_id": "{p}", "client_user_id": "meet-1"}
TAKEN = (
    409,
    {"error": "Request validation error:  client_user_id - This value belongs to another user of the project."},
)


def shown(wire):
    status, data = wire.call("GET", f"/v1/user/project/{{p}}/email/{NEW}")
    assert status == 200
    return data["user"]


def test_an_email_user_with_the_clients_id_exists_and_is_updated_for_every_channel(wire):
    assert wire.call("POST", "/v1/clientuser/create", TIED)[0] == 200
    told = {"client_user_id": "meet-1", "phone": "+380501234567"}
    assert wire.call("POST", USERS, told) == (409, {"error": "User already exists"})
    status, data = wire.call("PUT", ONE, {"phone": "+380501234567", "app_push_token": "ab" * 32, "fields": {"a": 1}})
    assert status == 200
    user = data["user"]
    assert (user["email"], user["phone"], user["channels"]["email"]["status"]) == (
        "new+y@example.com",
        "+380501234567",
        "active",
    )
    told = shown(wire)
    assert (told["id"], told["client_user_id"], told["custom_fields"]) == (user["id"], "meet-1", {"a": 1})


def test_an_omnichannel_users_email_is_known_to_the_email_endpoints(wire):
    status, data = wire.call("POST", USERS, {"client_user_id": "meet-1", "email": NEW, "vip": True, "name": "Iryna"})
    assert status == 200
    told = shown(wire)
    assert (told["id"], told["client_user_id"], told["name"], told["vip"]) == (
        data["user"]["id"],
        "meet-1",
        "Iryna",
        1,
    )
    assert wire.call("PUT", f"/v1/userfields/user/{told['id']}", {"name": "Olha", "b": 2})[0] == 200
    user = wire.call("GET", ONE)[1]["user"]
    assert (user["name"], user["fields"]) == ("Olha", {"b": 2})


@pytest.mark.parametrize("client_user_id", ["501", 501])
def test_an_omnichannel_user_without_an_email_gets_it_by_clientuser_create(wire, project, client_user_id):
    made = wire.call("POST", USERS, {"client_user_id": 501, "phone": "+380501234567"})[1]["user"]
    assert wire.call("POST", "/v1/clientuser/create", TIED | {"client_user_id": client_user_id})[0] == 200
    assert (shown(wire)["id"], shown(wire)["client_user_id"]) == (made["id"], "501")
    assert OmnichannelUser.objects.filter(project=project, client_user_id="501").count() == 1


def test_a_push_with_the_clients_id_and_an_sms_reach_one_person(wire, project):
    make_type(project, "email", type_id=1, category="system", sender=make_sender(project, "smtp"))
    make_type(project, "sms", type_id=1, category="system", sender=make_sender(project))
    told = {"type_id": 1, "project_id": "{p}", "data": {"user": {"email": NEW, "client_user_id": "meet-1"}}}
    assert wire.call("POST", "/v1/push/system", told)[1]["queued"] is True
    told = {"type_id": 1, "project_id": "{p}", "client_user_id": "meet-1", "phone": "+380501234567"}
    assert wire.call("POST", "/v1/sms/send/system", told)[1]["queued"] is True
    [user] = OmnichannelUser.objects.filter(project=project, client_user_id="meet-1")
    kinds = Address.objects.filter(user=user).values_list("kind", flat=True)
    assert (sorted(kinds), shown(wire)["id"]) == (["email", "phone"], user.pk)


def test_one_id_told_for_every_email_never_makes_all_of_them_one_person(wire):
    """A customer's Go client sends its own client id as everybody's: whoever was first keeps e-mail and consent."""
    assert wire.call("POST", "/v1/clientuser/create", TIED, dialect="APPSCI")[0] == 200
    first = shown(wire)["id"]
    wire.call("POST", f"/v1/unsub/{first}/source/8")
    for email in ("second@example.com", "third@example.com"):
        assert wire.call("POST", "/v1/clientuser/create", TIED | {"email": email}, dialect="APPSCI") == TAKEN
        assert not Address.objects.filter(value=email).exists()
    assert (shown(wire)["id"], shown(wire)["unsubscribe"]["source_id"]) == (first, 8)
    assert wire.call("POST", "/v1/clientuser/create", TIED, dialect="APPSCI")[0] == 200


def test_two_people_are_never_silently_made_one(wire):
    """One is known by e-mail alone, another by the client's id with an e-mail of their own."""
    wire.call("POST", USERS, {"client_user_id": "meet-1", "email": NEW})
    OmnichannelUser.objects.filter(pk=wire.user.pk).update(client_user_id=None)
    assert wire.call("POST", "/v1/clientuser/create", TIED | {"email": "{email}"}) == TAKEN
    assert OmnichannelUser.objects.get(pk=wire.user.pk).client_user_id is None
    assert shown(wire)["client_user_id"] == "meet-1"
