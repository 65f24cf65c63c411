"""What every page of the panel has in common: its policy, no inline scripts, and a constant number of queries."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels_app.models import Sender
from projects.models import Project
from projects.scope import ADMINISTRATOR
from sendios.panel.roles import CUSTOMER_SUCCESS, MARKETER
from sendios.panel.security import POLICY
from tests.channels_app.key_material import service_account
from tests.panel.world import World, addresses, operator_of

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>", re.IGNORECASE)
HANDLER = re.compile(r"<[a-z]+[^>]*\son[a-z]+\s*=", re.IGNORECASE)


@pytest.fixture
def pages(client: Client, ours: World) -> dict[str, Any]:
    """Each page that an Administrator can open."""
    client.force_login(operator_of(ours, ADMINISTRATOR))
    answers = {each.path: client.get(each.path) for each in addresses(ours) if "/django_rq/" not in each.path}
    return {path: answer for path, answer in answers.items() if answer.status_code == 200}


def test_every_page_carries_the_policy_and_nothing_that_it_would_stop(pages: dict[str, Any]) -> None:
    assert len(pages) > 30
    assert [path for path, page in pages.items() if page.headers.get("Content-Security-Policy") != POLICY] == []
    html = {path: page.content.decode() for path, page in pages.items() if "html" in page["Content-Type"]}
    assert {path: INLINE_SCRIPT.findall(text) for path, text in html.items() if INLINE_SCRIPT.search(text)} == {}
    assert {path: HANDLER.findall(text) for path, text in html.items() if HANDLER.search(text)} == {}


def test_names_with_html_are_shown_as_text(client: Client, ours: World) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    Project.objects.filter(pk=ours.project.pk).update(name=nasty)
    client.force_login(operator_of(ours, ADMINISTRATOR))
    shown = [client.get(each.path) for each in addresses(ours) if "/django_rq/" not in each.path]
    assert [each.request["PATH_INFO"] for each in shown if nasty.encode() in getattr(each, "content", b"")] == []


def test_the_dashboard_asks_as_much_for_three_projects_as_for_one(
    client: Client, ours: World, django_assert_max_num_queries: Any
) -> None:
    client.force_login(operator_of(ours, MARKETER))
    path = reverse("admin:index")
    client.get(path)
    for _ in range(2):
        with django_assert_max_num_queries(14):
            assert client.get(path).status_code == 200
        for number in range(2):
            project = Project.objects.create(client=ours.client, name=f"another {number} {Project.objects.count()}")
            Sender.objects.create(
                project=project,
                channel="sms",
                provider="vonage",
                name="s",
                address="A",
                status="paused",
                key=project.name,
            )


def test_a_service_account_that_is_none_is_told_beside_its_field(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    project = Project.objects.create(client=ours.client, name="second")
    path = reverse("admin:channels_app_fcmidentifier_add")
    form = {"project": project.pk, "name": "FCM", "rate_per_second": 10, "credential_service_account": "{}"}
    errors = client.post(path, form).context["adminform"].form.errors
    assert list(errors) == ["credential_service_account"]
    assert client.post(path, {**form, "credential_service_account": service_account()}).status_code == 302
    assert Sender.objects.get(project=project).provider == "fcm"


def test_a_stored_secret_is_never_shown_again(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    sender = Sender.objects.get(project=ours.project, provider="vonage")
    sender.credentials = {"api_key": "abcd1234", "api_secret": "never-show-this"}
    sender.save()
    path = reverse("admin:channels_app_smssender_change", args=[sender.pk])
    page = client.get(path).content.decode()
    assert ("abcd1234" in page, "never-show-this" in page) == (True, False)
    form = {"name": "renamed", "address": "+380441234567", "rate_per_second": 5, "credential_api_key": "abcd1234"}
    assert client.post(path, {**form, "credential_signature_method": "md5hash"}).status_code == 302
    sender.refresh_from_db()
    assert (sender.name, sender.address, sender.credentials["api_secret"]) == (
        "renamed",
        "+380441234567",
        "never-show-this",
    )


def test_a_sender_is_paused_with_a_reason_and_resumed(client: Client, ours: World) -> None:
    operator = operator_of(ours, CUSTOMER_SUCCESS)
    client.force_login(operator)
    sender = Sender.objects.get(project=ours.project, provider="vonage")
    client.post(reverse("admin:channels_app_smssender_pause", args=[sender.pk]), {"reason": "contract ended"})
    sender.refresh_from_db()
    assert (sender.status, sender.status_reason) == ("paused", f"contract ended ({operator})")
    assert "contract ended" in client.get(reverse("admin:index")).content.decode()
    client.post(reverse("admin:channels_app_smssender_resume", args=[sender.pk]))
    sender.refresh_from_db()
    assert sender.status == "active"


def test_a_template_is_written_and_changed_in_the_panel(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, MARKETER))
    form = {"project": ours.project.pk, "channel": "app_push", "name": "Shipped", "content_subject": "Hi"}
    add = reverse("admin:templates_messagetemplate_add")
    refused = client.post(add, {**form, "content_text": "{{ user.name"})
    assert list(refused.context["adminform"].form.errors) == ["content_text"]
    assert client.post(add, {**form, "content_text": "{{ user.name }}"}).status_code == 302
    template = ours.project.message_templates.get(name="Shipped")
    change = reverse("admin:templates_messagetemplate_change", args=[template.pk])
    client.post(change, {"name": "Shipped", "content_subject": "Hi", "content_text": "It is on its way"})
    assert [each.number for each in template.versions.all()] == [2, 1]
    old = reverse("admin:templates_messagetemplate_version", args=[template.pk, 1])
    assert client.post(old).status_code == 302
    assert template.versions.first().content["text"] == "{{ user.name }}"
    assert [str(each.created_by) for each in template.versions.all()] == ["marketer-ours"] * 3


def test_a_popup_gives_the_new_template_back(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, MARKETER))
    form = {"project": ours.project.pk, "channel": "sms", "name": "Inline", "content_text": "x", "_popup": "1"}
    response = client.post(reverse("admin:templates_messagetemplate_add") + "?_popup=1", form)
    template = ours.project.message_templates.get(name="Inline")
    assert response.status_code == 200
    assert f"&quot;value&quot;: &quot;{template.pk}&quot;" in response.content.decode()


def test_the_audit_names_who_and_what(client: Client, ours: World) -> None:
    operator = operator_of(ours, CUSTOMER_SUCCESS)
    client.force_login(operator)
    path = reverse("admin:projects_project_change", args=[ours.project.pk])
    client.post(path, {"name": "renamed", "time_zone": "Europe/Kyiv", "default_country": "ua"})
    page = client.get(reverse("admin:audit")).content.decode()
    assert str(operator) in page
    assert "time zone: UTC → Europe/Kyiv" in page
