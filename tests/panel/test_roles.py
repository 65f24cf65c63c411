"""The table of roles is whole, is what the groups have, and is what the pages do."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, reverse

from projects.scope import ADMINISTRATOR
from sendios.panel.roles import ACTIONS, ROLES, TABLE, VIEWER, codenames, sync_roles
from tests.panel.world import World, addresses, operator_of, our_models

LIMITED = [role for role in ROLES if role != ADMINISTRATOR]


def test_every_model_of_ours_has_a_line_in_the_table() -> None:
    assert sorted(TABLE) == sorted(model._meta.label_lower for model in our_models())


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_group_has_what_its_role_has_in_the_table(role: str) -> None:
    wanted = {f"{app}.{name}" for app, names in codenames(role).items() for name in names}
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")
    assert {f"{each.content_type.app_label}.{each.codename}" for each in permissions} == wanted


@pytest.mark.django_db
def test_roles_can_be_brought_in_line_twice() -> None:
    sync_roles()
    before = {group.name: group.permissions.count() for group in Group.objects.all()}
    sync_roles()
    assert {group.name: group.permissions.count() for group in Group.objects.all()} == before
    assert sorted(before) == sorted(ROLES)


def _letters(role: str, label: str) -> str:
    return TABLE[label][LIMITED.index(role)] if label in TABLE else ""


def _registered() -> list[str]:
    return sorted(model._meta.label_lower for model in admin.site._registry)


@pytest.mark.parametrize("role", LIMITED)
@pytest.mark.parametrize("label", _registered())
def test_a_page_opens_for_exactly_the_roles_of_the_table(client: Client, ours: World, role: str, label: str) -> None:
    client.force_login(operator_of(ours, role))
    model = next(each for each in admin.site._registry if each._meta.label_lower == label)
    name = label.replace(".", "_")
    letters = _letters(role, label)
    listed = client.get(reverse(f"admin:{name}_changelist")).status_code
    assert listed == (200 if "v" in letters else 403)
    row = ours.rows.get(model)
    if row is None:
        return
    for action, letter in (("change", "v"), ("delete", "d"), ("history", "v")):
        try:
            path = reverse(f"admin:{name}_{action}", args=[row.pk])
        except NoReverseMatch:
            continue
        status = client.get(path).status_code
        if letter in letters:
            assert status in {200, 403 if action == "delete" else 200}, (path, status)
        else:
            assert status == 403, path
    if "a" not in letters:
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403


def test_a_viewer_changes_nothing_whatever_they_post(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, VIEWER))
    before = ours.snapshot()
    for address in addresses(ours):
        if address.name not in {"login", "password_change"}:
            client.post(address.path, {"post": "yes", "name": "changed", "action": "delete_selected"})
    assert ours.snapshot() == before


def test_actions_have_their_four_words() -> None:
    assert ACTIONS == {"v": "view", "a": "add", "c": "change", "d": "delete"}
