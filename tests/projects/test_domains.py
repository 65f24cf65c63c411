"""Checks of tracking domains, against a DNS server and our own pages on this machine."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.live_server_helper import LiveServer

from projects import outgoing
from projects.models import TrackingDomain
from projects.models.domains import DomainStatus
from projects.services.domains import Ask, check_domain, check_due
from projects.services.operators import create_operator
from projects.tracking import base_url, tracks
from tests.factories import make_client, make_project
from tests.users.dns_server import running_dns

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "n.tulips.example"
PASSWORD = "a long enough passphrase"


@pytest.fixture(autouse=True)
def target() -> Iterator[None]:
    with override_settings(TRACKING_TARGET="links.sendios.example", OUTGOING_ALLOWED_NETWORKS=["127.0.0.0/8"]):
        yield


@pytest.fixture
def ours(live_server: LiveServer) -> Ask:
    """Brings a request for any domain to our own pages, as a right CNAME does."""

    def ask(url: str) -> outgoing.Answer:
        host, _, path = url.partition("://")[2].partition("/")
        return outgoing.get(f"{live_server.url}/{path}", headers=[f"Host: {host}"])

    return ask


def nobody(_url: str) -> outgoing.Answer:
    return outgoing.Answer(0, error="Connection refused")


def somebody_else(_url: str) -> outgoing.Answer:
    return outgoing.Answer(200, b"<h1>Welcome</h1>")


def domain(**given: Any) -> TrackingDomain:
    return TrackingDomain.objects.create(client=make_client(), **{"host": HOST} | given)


def checked(made: TrackingDomain, ask: Ask, *names: str) -> tuple[str, str]:
    """(status, sentence) after a check while DNS says that the host's CNAME is this; without one: an address only."""
    zone = {(HOST, "CNAME"): list(names)} if names else {(HOST, "A"): ["192.0.2.1"]}
    with running_dns(zone) as (server, _), override_settings(DNS_SERVERS=[server]):
        check_domain(made, ask=ask)
    made.refresh_from_db()
    return made.status, made.check_answer


def test_a_domain_that_leads_here_is_verified(ours: Ask) -> None:
    made = domain()
    assert checked(made, ours, "Links.Sendios.example.") == (
        "verified",
        f"The CNAME names links.sendios.example, and our pages answer at {HOST}.",
    )
    assert made.checked_at is not None


@pytest.mark.parametrize(("names", "found"), [(["other.example."], "it names other.example."), ([], "it has none.")])
def test_a_domain_that_leads_elsewhere_is_not(ours: Ask, names: list[str], found: str) -> None:
    sentence = f"{HOST} must have a CNAME record that names links.sendios.example; {found}"
    assert checked(domain(status="verified"), ours, *names) == ("not_verified", sentence)


def test_a_name_that_dns_does_not_know_is_not_verified(ours: Ask) -> None:
    with running_dns({}) as (server, asked), override_settings(DNS_SERVERS=[server]):
        made = domain(status="verified")
        assert check_domain(made, ask=ours) == DomainStatus.NOT_VERIFIED
    assert asked == [f"{HOST} CNAME"]
    assert made.check_answer.endswith("DNS knows no such name.")


@pytest.mark.parametrize(
    ("ask", "why"),
    [(nobody, "Connection refused"), (somebody_else, "status 200, which is not our answer")],
)
def test_it_is_pending_while_our_pages_do_not_answer_there(ask: Ask, why: str) -> None:
    assert checked(domain(), ask, "links.sendios.example.") == (
        "pending",
        f"The CNAME is right, but our pages don't answer at https://{HOST}/o/-/proof: {why}",
    )


@pytest.mark.parametrize("status", ["verified", "not_verified"])
def test_a_dns_that_does_not_answer_changes_nothing(status: str) -> None:
    made = domain(status=status)
    with override_settings(DNS_SERVERS=["127.0.0.1:9"]):
        check_domain(made, ask=nobody)
    made.refresh_from_db()
    assert (made.status, made.check_answer[:37]) == (status, "DNS didn't answer, so nothing changed")


def test_the_request_that_proves_it_goes_to_public_addresses_only() -> None:
    with override_settings(OUTGOING_ALLOWED_NETWORKS=[]):
        status, sentence = checked(
            domain(host=HOST), lambda _: outgoing.get("http://127.0.0.1:8000/"), "links.sendios.example."
        )
    assert (status, "public" in sentence or "private" in sentence) == ("pending", True)


def test_only_news_goes_into_the_history(ours: Ask) -> None:
    made = domain()
    for _ in range(3):
        checked(made, ours, "links.sendios.example.")
    assert made.history.count() == 2


def test_verified_domains_are_checked_daily_and_the_others_hourly() -> None:
    ages = {"verified": [2, 25], "not_verified": [0, 2], "pending": [0, 2]}
    for status, hours in ages.items():
        for each in hours:
            host = f"{status.replace('_', '-')}-{each}.example"
            domain(host=host, status=status, checked_at=now() - timedelta(hours=each))
    domain(host="new.example")
    with running_dns({}) as (server, asked), override_settings(DNS_SERVERS=[server]):
        assert check_due(ask=nobody) == 4
    names = ["verified-25", "not-verified-2", "pending-2", "new"]
    assert sorted(asked) == sorted(f"{name}.example CNAME" for name in names)


@pytest.mark.parametrize(
    ("given", "base", "is_tracking"),
    [
        ({"status": "verified"}, f"https://{HOST}", True),
        ({"status": "verified", "is_https": False}, f"http://{HOST}", True),
        ({"status": "pending"}, "https://here.example", False),
    ],
)
def test_links_stand_on_a_verified_domain_only(given: dict[str, Any], base: str, is_tracking: bool) -> None:
    project = make_project(tracking_domain=domain(**given))
    with override_settings(PUBLIC_URL="https://here.example"):
        assert (base_url(project), tracks(project)) == (base, is_tracking)


def test_without_a_domain_links_stand_here_unless_tracking_is_off() -> None:
    with override_settings(PUBLIC_URL="https://here.example"):
        assert base_url(make_project()) == "https://here.example"
    assert (tracks(make_project()), tracks(make_project(is_tracking=False))) == (True, False)


def panel() -> Client:
    create_operator("root", password=PASSWORD, roles=["Administrator"])
    client = Client()
    assert client.login(username="root", password=PASSWORD)
    return client


def test_an_operator_checks_a_domain_now() -> None:
    made = domain()
    with running_dns({}) as (server, _), override_settings(DNS_SERVERS=[server]):
        path = reverse("admin:projects_trackingdomain_check_now", args=[made.pk])
        answer = panel().post(path, follow=True)
    assert "DNS knows no such name." in answer.content.decode()


def test_another_host_is_not_verified_any_more() -> None:
    made = domain(status="verified", checked_at=now(), check_answer="Fine.")
    form = {"host": "n.other.example", "is_https": "on"}
    assert panel().post(f"/admin/projects/trackingdomain/{made.pk}/change/", form).status_code == 302
    made.refresh_from_db()
    assert (made.host, made.status, made.checked_at, made.check_answer) == ("n.other.example", "not_verified", None, "")


def test_a_domain_in_use_can_not_be_deleted() -> None:
    used, unused = domain(), domain(host="n.free.example")
    make_project(client=used.client, tracking_domain=used)
    client = panel()
    for made, status in ((used, 403), (unused, 302)):
        answer = client.post(f"/admin/projects/trackingdomain/{made.pk}/delete/", {"post": "yes"})
        assert answer.status_code == status
    assert list(TrackingDomain.objects.all()) == [used]


@pytest.mark.parametrize(("is_own", "status"), [(True, 302), (False, 200)])
def test_a_project_takes_a_domain_of_its_own_client_only(is_own: bool, status: int) -> None:
    project, made = make_project(), domain()
    if is_own:
        TrackingDomain.objects.filter(pk=made.pk).update(client=project.client)
    form = {"name": project.name, "time_zone": "UTC", "tracking_domain": made.pk, "is_tracking": "on"}
    answer = panel().post(f"/admin/projects/project/{project.pk}/change/", form)
    assert answer.status_code == status
    assert is_own or "belongs to another client account" in answer.content.decode()
    project.refresh_from_db()
    assert project.tracking_domain_id == (made.pk if is_own else None)


def test_quiet_hours_need_both_ends() -> None:
    project = make_project()
    form = {"name": project.name, "time_zone": "UTC", "quiet_from": "22:00"}
    answer = panel().post(f"/admin/projects/project/{project.pk}/change/", form)
    assert "Quiet hours need both ends, or none." in answer.content.decode()
