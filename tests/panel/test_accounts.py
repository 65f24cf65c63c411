"""API keys, operators and signing in."""

import hashlib
import re

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser
from django.test import Client
from django.urls import reverse

from projects.errors import Conflict, InvalidInput
from projects.models import ApiKey, Membership, Operator
from projects.scope import ADMINISTRATOR
from projects.services.accounts import issue_api_key, revoke_api_key
from projects.services.operators import create_operator
from sendios.panel.login import ATTEMPTS
from sendios.panel.roles import CUSTOMER_SUCCESS, MARKETER, VIEWER
from tests.panel.world import PASSWORD, World, operator_of


def test_an_api_key_is_the_sha1_of_the_sdk_key_and_only_a_fingerprint_is_kept(ours: World) -> None:
    issued = issue_api_key(ours.client, name="shop")
    assert len(bytes.fromhex(issued.sdk_key)) * 8 >= 160
    assert issued.api_key == hashlib.sha1(issued.sdk_key.encode(), usedforsecurity=False).hexdigest()
    stored = ApiKey.objects.get(pk=issued.key.pk)
    assert stored.key_hash == hashlib.sha256(issued.api_key.encode()).hexdigest()
    assert stored.hint == issued.api_key[:6]


def test_a_revoked_key_cannot_be_revoked_again(ours: World) -> None:
    key = issue_api_key(ours.client).key
    revoke_api_key(key)
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None
    with pytest.raises(Conflict):
        revoke_api_key(key)


def test_a_new_key_is_shown_once(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    path = reverse("admin:projects_clientaccount_new_key", args=[ours.client.pk])
    response = client.post(path, {"name": "billing"})
    api_key = re.findall(r"data-secret>([0-9a-f]{40})<", response.content.decode())[0]
    assert ApiKey.objects.get(name="billing").key_hash == hashlib.sha256(api_key.encode()).hexdigest()
    assert "no-store" in response["Cache-Control"]
    pages = [reverse("admin:projects_clientaccount_change", args=[ours.client.pk]), reverse("admin:audit"), path]
    assert [page for page in pages if api_key in client.get(page).content.decode()] == []


def test_a_marketer_issues_no_keys(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, MARKETER))
    path = reverse("admin:projects_clientaccount_new_key", args=[ours.client.pk])
    before = ApiKey.objects.count()
    assert client.post(path, {"name": "billing"}).status_code == 403
    assert ApiKey.objects.count() == before


def test_whoever_makes_a_client_account_goes_on_seeing_it(client: Client, ours: World) -> None:
    operator = operator_of(ours, CUSTOMER_SUCCESS)
    client.force_login(operator)
    form = {"name": "Fresh", "is_active": "on", "requests_per_second": 5, "request_burst": 5}
    inlines = {f"{name}-{each}": 0 for name in ("projects", "api_keys") for each in ("TOTAL_FORMS", "INITIAL_FORMS")}
    client.post(reverse("admin:projects_clientaccount_add"), {**form, **inlines})
    assert Membership.objects.filter(operator=operator, client__name="Fresh").exists()


def _operator_form(**changes: object) -> dict[str, object]:
    inlines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return {
        "username": "new",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "usable_password": "true",
        **inlines,
        **changes,
    }


def test_an_administrator_makes_operators_who_can_sign_in(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, ADMINISTRATOR))
    role = Group.objects.get(name=VIEWER)
    response = client.post(reverse("admin:projects_operator_add"), _operator_form(groups=[role.pk], is_superuser="on"))
    assert response.status_code == 302
    made = Operator.objects.get(username="new")
    assert (made.is_staff, made.is_superuser, list(made.groups.all())) == (True, False, [role])
    assert Client().login(username="new", password=PASSWORD)


def test_an_administrator_cannot_touch_a_superuser(client: Client, ours: World) -> None:
    root = Operator.objects.create_superuser("root", password=PASSWORD)
    client.force_login(operator_of(ours, ADMINISTRATOR))
    for page in ("change", "delete"):
        path = reverse(f"admin:projects_operator_{page}", args=[root.pk])
        assert client.post(path, _operator_form(username="mine", post="yes")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    assert client.post(password, {"password1": "taken over 1", "password2": "taken over 1"}).status_code == 403
    listed = reverse("admin:projects_operator_changelist")
    client.post(listed, {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"})
    root.refresh_from_db()
    assert (root.username, root.check_password(PASSWORD)) == ("root", True)


def test_nobody_makes_themselves_a_superuser(client: Client, ours: World) -> None:
    administrator = operator_of(ours, ADMINISTRATOR)
    client.force_login(administrator)
    path = reverse("admin:projects_operator_change", args=[administrator.pk])
    client.post(path, _operator_form(username="me", is_superuser="on", is_active="on"))
    administrator.refresh_from_db()
    assert administrator.is_superuser is False


def test_a_role_that_does_not_exist_is_refused(db: None) -> None:
    with pytest.raises(InvalidInput):
        create_operator("x", password=PASSWORD, roles=["Emperor"])
    assert not Operator.objects.filter(username="x").exists()


def test_guessing_passwords_is_slowed_even_for_the_right_one(client: Client, ours: World) -> None:
    operator = operator_of(ours, VIEWER)
    path = reverse("admin:login")
    for attempt in range(ATTEMPTS):
        client.post(path, {"username": operator.username, "password": f"guess {attempt}"})
    right = {"username": operator.username, "password": PASSWORD}
    told = "Too many attempts. Wait a quarter of an hour and try again."
    assert list(client.post(path, right).context["form"].non_field_errors()) == [told]
    another = client.post(path, {**right, "username": "somebody else"}).context["form"]
    assert [told in sentence for sentence in another.non_field_errors()] == [False]
    assert client.post(path, right, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_strangers_file_is_not_read_before_signing_in(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "parse", lambda parser: pytest.fail("it is read"))
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("admin:login"))  # with the cookie, the form is looked into
    for path in (reverse("admin:login"), reverse("admin:users_suppression_import")):
        assert client.post(path, {"file": SimpleUploadedFile("x", b"x" * 100_000)}).status_code == 413
