"""Nobody meets another account's rows: every address of the panel, every role, GET and POST."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import FieldListFilter, RelatedFieldListFilter
from django.db.models import ForeignKey, ManyToManyField
from django.test import Client, RequestFactory
from django.urls import reverse

from projects.admin.scoped import ScopedAdmin, ScopedChoices
from projects.models import Membership
from projects.scope import ADMINISTRATOR
from sendios.panel.queues import QueuesAdmin
from sendios.panel.roles import CUSTOMER_SUCCESS, MARKETER, ROLES
from tests.panel.world import World, addresses, operator_of

LIMITED = [role for role in ROLES if role != ADMINISTRATOR]
CLOSED = {403, 404, 405}


def _is_refused(response: Any) -> bool:
    """Django sends people who ask for what isn't there to the front page; not signed in, to the login."""
    if response.status_code != 302:
        return response.status_code in CLOSED
    # Django's own shortcut from a row's bare address to its page, which is asked for itself.
    return response["Location"] in {"/admin/", f"{response.request['PATH_INFO']}change/"}


@pytest.mark.parametrize("role", LIMITED)
def test_no_page_shows_another_accounts_rows(client: Client, ours: World, theirs: World, role: str) -> None:
    client.force_login(operator_of(ours, role))
    shown = {
        address.path: b"".join(response).decode(errors="replace")
        for world in (ours, theirs)
        for address in addresses(world)
        if (response := client.get(address.path)).status_code == 200 and address.name != "password_change"
    }
    assert len(shown) > 10
    assert [path for path, text in shown.items() if theirs.marker in text.lower()] == []


@pytest.mark.parametrize("role", LIMITED)
def test_every_address_of_anothers_row_is_closed(client: Client, ours: World, theirs: World, role: str) -> None:
    client.force_login(operator_of(ours, role))
    asked = [each for each in addresses(theirs) if each.takes_object and each.model is not None]
    assert len(asked) > 20
    before = theirs.snapshot()
    open_to_get = [each.path for each in asked if not _is_refused(client.get(each.path))]
    form = {"post": "yes", "name": "stolen", "project": theirs.project.pk, "reason": "x"}
    open_to_post = [each.path for each in asked if not _is_refused(client.post(each.path, form))]
    assert (open_to_get, open_to_post) == ([], [])
    assert theirs.snapshot() == before


@pytest.mark.parametrize("role", LIMITED)
def test_actions_on_a_list_do_not_reach_anothers_rows(client: Client, ours: World, theirs: World, role: str) -> None:
    client.force_login(operator_of(ours, role))
    before = theirs.snapshot()
    for model, page in admin.site._registry.items():
        row = theirs.rows.get(model)
        if row is None:
            continue
        request = RequestFactory().get("/")
        request.user = operator_of(ours, role)
        for name in page.get_actions(request):
            path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            client.post(path, {"action": name, "_selected_action": [row.pk], "post": "yes"})
    assert theirs.snapshot() == before


@pytest.mark.parametrize("role", LIMITED)
def test_autocompletes_and_search_find_only_ones_own(client: Client, ours: World, theirs: World, role: str) -> None:
    client.force_login(operator_of(ours, role))
    found = []
    for model in admin.site._registry:
        for field in [*model._meta.get_fields(), *model._meta.many_to_many]:
            if isinstance(field, ForeignKey | ManyToManyField):
                names = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
                found.append(client.get("/admin/autocomplete/", {**names, "field_name": field.name, "term": ""}))
    found.append(client.get("/admin/search/", {"s": theirs.marker, "extended": "1"}))
    mark = theirs.marker.encode()
    shown = {each.request["QUERY_STRING"]: each.content.lower().replace(b"s=" + mark, b"") for each in found}
    assert [query for query, text in shown.items() if mark in text] == []


def test_a_form_refuses_anothers_project(client: Client, ours: World, theirs: World) -> None:
    client.force_login(operator_of(ours, MARKETER))
    form = {"project": theirs.project.pk, "channel": "sms", "name": "sneaked in", "content_text": "x"}
    response = client.post(reverse("admin:templates_messagetemplate_add"), form)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["project"]
    assert not theirs.project.message_templates.filter(name="sneaked in").exists()


def test_a_preview_of_anothers_project_is_not_found(client: Client, ours: World, theirs: World) -> None:
    client.force_login(operator_of(ours, MARKETER))
    path = reverse("admin:templates_messagetemplate_preview")
    asked = {"channel": "sms", "content_text": "{{ user.name }}", "client_user_id": f"{theirs.marker}-1"}
    assert client.post(path, {**asked, "project": theirs.project.pk}).status_code == 404
    mine = client.post(path, {**asked, "project": ours.project.pk}).json()
    assert mine["problems"] == {"client_user_id": f"There is no user “{theirs.marker}-1” in this project."}


def test_one_project_is_chosen_beforehand_and_two_are_asked_for(client: Client, ours: World, theirs: World) -> None:
    operator = operator_of(ours, CUSTOMER_SUCCESS)
    client.force_login(operator)
    path = reverse("admin:channels_app_smssender_add")

    def chosen() -> Any:
        return (
            client.get(path)
            .context["adminform"]
            .form.get_initial_for_field(client.get(path).context["adminform"].form.fields["project"], "project")
        )

    assert chosen() == ours.project.pk
    Membership.objects.create(operator=operator, client=theirs.client)
    assert chosen() is None


def test_an_administrator_sees_all_accounts(client: Client, ours: World, theirs: World) -> None:
    client.force_login(operator_of(ours, ADMINISTRATOR))
    page = client.get(reverse("admin:projects_project_changelist")).content.decode()
    assert ("ours project" in page, f"{theirs.marker} project" in page) == (True, True)


@pytest.mark.parametrize("role", LIMITED)
def test_the_queues_are_for_administrators(client: Client, ours: World, role: str) -> None:
    client.force_login(operator_of(ours, role))
    queues = [each.path for each in addresses(ours) if "/django_rq/" in each.path]
    assert len(queues) > 10
    assert [path for path in queues if client.get(path).status_code != 403] == []


def test_nobody_gets_in_without_signing_in(client: Client, ours: World) -> None:
    open_pages = [
        each.path
        for each in addresses(ours)
        if each.name not in {"login", "jsi18n"} and client.get(each.path).status_code == 200
    ]
    assert open_pages == []


def test_every_page_and_inline_is_scoped() -> None:
    loose = [page for page in admin.site._registry.values() if not isinstance(page, ScopedAdmin | QueuesAdmin)]
    inlines = [inline for page in admin.site._registry.values() for inline in page.inlines]
    assert loose == []
    assert [inline for inline in inlines if not issubclass(inline, ScopedChoices)] == []


def test_every_filter_by_a_related_row_is_scoped(ours: World) -> None:
    request = RequestFactory().get("/")
    request.user = operator_of(ours, MARKETER)
    filters = [
        each
        for page in admin.site._registry.values()
        if isinstance(page, ScopedAdmin)
        for each in page.get_list_filter(request)
        if isinstance(each, tuple) and issubclass(each[1], FieldListFilter)
    ]
    related = [each for each in filters if issubclass(each[1], RelatedFieldListFilter)]
    assert [each for each in related if not re.match(r"(Scoped|Project)", each[1].__name__)] == []
