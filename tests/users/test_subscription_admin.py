"""The section "Subscriptions" of a user's page: what is still sent and why, and the buttons that change it."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from projects.models import Project
from templates.models import Channel
from tests.factories import make_project, make_type, make_user
from tests.panel_people import sign_in
from users.consent_sources import Reach, Source
from users.models import Address, Goal, OmnichannelUser, Payment, ProductEvent
from users.selectors_consent import consent_history, subscriptions_of, types_off, unsubscription_of
from users.services import consent
from users.services.erasure import request_erasure
from users.vocabulary import AddressKind

EMAIL, PHONE, PUSH = AddressKind.EMAIL, AddressKind.PHONE, AddressKind.PUSH


@pytest.fixture
def project(db: None) -> Project:
    return make_project()


@pytest.fixture
def anna(project: Project) -> OmnichannelUser:
    return make_user(project, client_user_id="anna", email="anna@example.com", phone="+380441234567")


def at(user: OmnichannelUser, name: str) -> str:
    return reverse(f"admin:users_omnichanneluser_{name}", args=[user.pk])


def shown(user: OmnichannelUser) -> dict[str, tuple[Reach, Reach]]:
    return {each.label: (each.own_reach, each.reach) for each in subscriptions_of(user)}


@pytest.mark.parametrize(
    ("what", "source", "reach"),
    [("unsubscribe", Source.PREFERENCES, Reach.SYSTEM), ("stop", Source.ADMIN, Reach.NOTHING)],
)
def test_a_support_manager_unsubscribes_a_channel_and_subscribes_it_again(
    client: Client, project: Project, anna: OmnichannelUser, what: str, source: Source, reach: Reach
) -> None:
    operator = sign_in(client, project, "Support manager")
    form = {"kind": "email", "what": what, "reason": "asked by phone"}
    assert client.post(at(anna, "subscription"), form)["Location"] == f"{at(anna, 'change')}#subscriptions"
    row = unsubscription_of(anna, EMAIL)
    assert row
    assert (row.source_id, row.reach, row.message) == (source, reach, "asked by phone")
    assert [each.actor for each in consent_history(anna)] == [str(operator)]
    page = client.get(at(anna, "change")).content.decode()
    assert f"{source.label}, by {operator}" in page
    client.post(at(anna, "subscription"), {**form, "what": "subscribe"})
    assert unsubscription_of(anna, EMAIL) is None
    assert Address.objects.get(kind="email").reach == Reach.ALL


def test_a_change_without_a_reason_is_refused(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project, "Support manager")
    form = {"kind": "email", "what": "stop", "reason": " "}
    page = client.post(at(anna, "subscription"), form, follow=True).content.decode()
    assert "Say why: the reason is kept with the consent." in page
    assert consent_history(anna) == []


@pytest.mark.parametrize("form", [{"kind": "fax", "what": "stop"}, {"kind": "email", "what": "sing"}])
def test_what_no_button_says_is_not_found(
    client: Client, project: Project, anna: OmnichannelUser, form: dict[str, str]
) -> None:
    sign_in(client, project, "Support manager")
    assert client.post(at(anna, "subscription"), {**form, "reason": "x"}).status_code == 404


def test_types_are_named_and_switched(client: Client, project: Project, anna: OmnichannelUser) -> None:
    for number, category in ((7, "trigger"), (8, "trigger"), (9, "system")):
        make_type(project, Channel.SMS, type_id=number, name=f"Type no. {number}", category=category)
    consent.add_types_off(anna, kind=PHONE, type_ids=[8, 99], actor="API")
    sms = next(each for each in subscriptions_of(anna) if each.kind == PHONE)
    told = [(each.type_id, each.name, each.is_off) for each in sms.types]
    assert told == [(7, "Type no. 7", False), (8, "Type no. 8", True), (99, "", True)]
    sign_in(client, project, "Support manager")
    assert client.get(at(anna, "change")).status_code == 200
    client.post(at(anna, "types"), {"kind": "phone", "shown": ["7", "8"], "wanted": ["8"]})
    assert [row.type_id for row in types_off(anna, PHONE)] == [7, 99]


def test_others_look_and_change_nothing(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project, "Marketer")
    assert "Stop everything</button>" not in client.get(at(anna, "change")).content.decode()
    form = {"kind": "email", "what": "stop", "reason": "x"}
    assert [client.post(at(anna, name), form).status_code for name in ("subscription", "types", "erasure")] == [403] * 3
    assert client.get(at(anna, "subscription")).status_code == 405
    assert consent_history(anna) == []


def test_the_suppression_list_and_an_erasure_show_in_what_is_still_sent(
    project: Project, anna: OmnichannelUser
) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    consent.suppress(project, kind=PHONE, value="+380441234567")
    everything = (Reach.ALL, Reach.ALL)
    assert shown(anna) == {
        "E-mail": (Reach.SYSTEM, Reach.SYSTEM),
        "SMS": (Reach.ALL, Reach.NOTHING),
        "App push": everything,
    }
    request_erasure(anna, force=False)
    assert {reach for _, reach in shown(anna).values()} == {Reach.NOTHING}


def test_an_erasure_is_asked_for_and_taken_back(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project, "Support manager")
    client.post(at(anna, "erasure"), {"what": "later"})
    anna.refresh_from_db()
    assert anna.erase_after
    assert "Keep them after all" in client.get(at(anna, "change")).content.decode()
    client.post(at(anna, "erasure"), {"what": "keep"})
    anna.refresh_from_db()
    assert anna.erase_after is None


def test_somebody_without_a_client_user_id_can_be_erased(client: Client, project: Project) -> None:
    user = OmnichannelUser.objects.create(project=project)
    sign_in(client, project, "Support manager")
    client.post(at(user, "delete"), {"post": "yes"})
    assert not OmnichannelUser.objects.filter(pk=user.pk).exists()


def test_the_export_holds_consent_payments_goals_and_events(
    client: Client, project: Project, anna: OmnichannelUser
) -> None:
    consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person", message="too many")
    consent.add_types_off(anna, kind=PUSH, type_ids=[3], actor="API")
    consent.suppress(project, kind=PHONE, value="+380441234567", reason="STOP", source=Source.SMS_STOP)
    Payment.objects.create(user=anna, started_at=now(), amount="9.99")
    Goal.objects.create(user=anna, type="paid")
    ProductEvent.objects.create(project=project, event_id=5, uid="u", receiver_id="anna", happened_at=now())
    sign_in(client, project, "Viewer")
    found = json.loads(client.get(at(anna, "export")).content)
    assert [(row["channel"], row["source"], row["message"]) for row in found["unsubscriptions"]] == [
        ("email", "Link", "too many")
    ]
    assert [(row["channel"], row["type_id"]) for row in found["unsubscribed_types"]] == [("push", 3)]
    assert [(row["value"], row["reason"]) for row in found["suppressions"]] == [("+380441234567", "STOP")]
    assert [row["act"] for row in found["consent_history"]] == ["suppressed", "type_off", "unsubscribed"]
    assert [row["amount"] for row in found["payments"]] == ["9.9900"]
    assert [row["type"] for row in found["goals"]] == ["paid"]
    assert [row["event_id"] for row in found["product_events"]] == [5]


def test_people_are_found_by_what_they_unsubscribed_from_and_by_what_reaches_them(
    client: Client, project: Project, anna: OmnichannelUser
) -> None:
    boris = make_user(project, email="boris@example.com")
    consent.unsubscribe(anna, kind=EMAIL, source=Source.LINK, actor="person")
    consent.unsubscribe(boris, kind=EMAIL, source=Source.FBL, actor="mailbox")
    sign_in(client, project, "Support manager")

    def found(**given: str) -> list[OmnichannelUser]:
        return list(client.get(reverse("admin:users_omnichanneluser_changelist"), given).context["cl"].result_list)

    assert found(unsubscribed="email") == [boris, anna]
    assert found(unsubscribed="phone") == []
    assert found(reach="email") == [anna]
    assert found(reach="nothing") == [boris]
