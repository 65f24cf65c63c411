"""The suppression list in the panel: found, added to, imported, exported, and taken off with a trace."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from projects.models import Project
from tests.factories import make_project, make_user
from tests.panel_people import sign_in
from users.consent_sources import Reach, Source
from users.models import Address, Suppression
from users.selectors_consent import consent_history
from users.services.consent import suppress
from users.vocabulary import AddressKind

LIST = reverse("admin:users_suppression_changelist")
ADD = reverse("admin:users_suppression_add")
IMPORT = reverse("admin:users_suppression_import")
EXPORT = reverse("admin:users_suppression_export")
EMAIL, PHONE, PUSH = AddressKind.EMAIL, AddressKind.PHONE, AddressKind.PUSH


@pytest.fixture
def project(db: None) -> Project:
    return make_project(default_country="UA")


def listed() -> list[tuple[str, str, int]]:
    return sorted(Suppression.objects.values_list("kind", "value", "source_id"))


def errors_of(response: Any) -> dict[str, list[str]]:
    context = response.context
    form = context["adminform"].form if "adminform" in context else context["form"]
    return {name: list(sentences) for name, sentences in form.errors.items()}


@pytest.mark.parametrize("text", ["anna@", "ANNA@example.com", " anna@example.com "])
def test_an_address_is_found_by_its_beginning(client: Client, project: Project, text: str) -> None:
    found = suppress(project, kind=EMAIL, value="anna@example.com")
    suppress(project, kind=EMAIL, value="boris@example.com")
    suppress(make_project(), kind=EMAIL, value="anna@example.com")
    sign_in(client, project, "Support manager")
    assert list(client.get(LIST, {"q": text}).context["cl"].result_list) == [found]


def test_a_phone_is_found_however_it_is_written(client: Client, project: Project) -> None:
    found = suppress(project, kind=PHONE, value="+380441234567")
    sign_in(client, project, "Support manager")
    assert list(client.get(LIST, {"q": "38 044 123"}).context["cl"].result_list) == [found]
    assert list(client.get(LIST, {"q": "nobody here"}).context["cl"].result_list) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_eight_queries_however_long_it_is(
    client: Client, project: Project, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        suppress(project, kind=EMAIL, value=f"{number}@example.com")
    sign_in(client, project, "Support manager")
    client.get(LIST)
    with django_assert_num_queries(8):
        assert client.get(LIST).status_code == 200


def test_one_is_added_in_any_form_and_settles_who_has_it(client: Client, project: Project) -> None:
    user = make_user(project, phone="+380441234567")
    operator = sign_in(client, project, "Support manager")
    form = {"project": project.pk, "kind": "phone", "value": "044 123 45 67", "reason": "court order"}
    assert client.post(ADD, form).status_code == 302
    assert listed() == [("phone", "+380441234567", Source.SUPPRESSION_LIST)]
    assert Address.objects.get().reach == Reach.NOTHING
    told = [(each.act, each.actor, each.note) for each in consent_history(user)]
    assert told == [("suppressed", str(operator), "court order")]


def test_what_is_no_address_is_told_beside_its_field(client: Client, project: Project) -> None:
    sign_in(client, project, "Support manager")
    form = {"project": project.pk, "kind": "email", "value": "anna", "reason": ""}
    assert errors_of(client.post(ADD, form)) == {"value": ["This value is not a valid email address."]}


def test_one_that_is_there_is_told_and_a_stop_is_made_firmer(client: Client, project: Project) -> None:
    suppress(project, kind=EMAIL, value="anna@example.com", source=Source.FBL)
    suppress(project, kind=PHONE, value="+380441234567", source=Source.SMS_STOP)
    sign_in(client, project, "Support manager")
    form = {"project": project.pk, "kind": "email", "value": "Anna@example.com", "reason": ""}
    sentence = "This address is on the list already: Spam complaint."
    assert errors_of(client.post(ADD, form)) == {"value": [sentence]}
    client.post(ADD, {**form, "kind": "phone", "value": "+380441234567"})
    assert listed() == [("email", "anna@example.com", 2), ("phone", "+380441234567", 103)]


def test_an_entry_is_taken_off_after_asking_and_leaves_a_trace(client: Client, project: Project) -> None:
    user = make_user(project, email="anna@example.com")
    row = suppress(project, kind=EMAIL, value="anna@example.com", source=Source.FBL)
    operator = sign_in(client, project, "Support manager")
    path = reverse("admin:users_suppression_delete", args=[row.pk])
    assert "may write to <strong>anna@example.com</strong> again" in client.get(path).content.decode()
    assert len(listed()) == 1
    client.post(path, {"post": "yes"})
    assert (listed(), Address.objects.get().reach) == ([], Reach.ALL)
    newest = consent_history(user)[0]
    assert (newest.act, newest.source_id, newest.actor) == ("unsuppressed", Source.FBL, str(operator))


def test_several_chosen_ones_are_taken_off_the_same_way(client: Client, project: Project) -> None:
    user = make_user(project, email="anna@example.com")
    rows = [suppress(project, kind=EMAIL, value=f"{name}@example.com") for name in ("anna", "boris")]
    sign_in(client, project, "Support manager")
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    client.post(LIST, chosen)
    assert len(listed()) == 2
    client.post(LIST, {**chosen, "post": "yes"})
    assert listed() == []
    assert consent_history(user)[0].act == "unsuppressed"


def test_a_pasted_list_is_taken_and_each_bad_line_told(client: Client, project: Project) -> None:
    suppress(project, kind=EMAIL, value="here@example.com")
    sign_in(client, project, "Customer success")
    lines = "anna@example.com\n\nnobody\nANNA@example.com\nhere@example.com\n+380441234567"
    form = {"project": project.pk, "kind": "email", "lines": lines, "reason": "moved over"}
    result = client.post(IMPORT, form).context["result"]
    assert (result.rows, result.added, result.already_there, result.refused) == (5, 1, 2, 2)
    sentence = "This value is not a valid email address."
    assert result.rejected == [
        {"row": 3, "value": "nobody", "reason": sentence},
        {"row": 6, "value": "+380441234567", "reason": sentence},
    ]
    assert Suppression.objects.get(value="anna@example.com").reason == "moved over"


@pytest.mark.parametrize(
    "text",
    [
        "value,source\nanna@example.com,x\n",
        "source;E-mail\nx;anna@example.com\n",
        "anna@example.com\n",
        "\ufeffvalue\r\n'anna@example.com\r\n",
    ],
)
def test_a_file_with_or_without_a_heading_is_read(client: Client, project: Project, text: str) -> None:
    sign_in(client, project, "Customer success")
    file = SimpleUploadedFile("list.csv", text.encode())
    client.post(IMPORT, {"project": project.pk, "kind": "email", "file": file, "reason": ""})
    assert listed() == [("email", "anna@example.com", Source.SUPPRESSION_LIST)]


def test_more_than_a_batch_is_taken(client: Client, project: Project) -> None:
    sign_in(client, project, "Customer success")
    lines = "\n".join(f"{number}@example.com" for number in range(1_201))
    client.post(IMPORT, {"project": project.pk, "kind": "email", "lines": lines, "reason": ""})
    assert Suppression.objects.count() == 1_201


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({}, "file", "Choose a file, or paste addresses below: one of the two."),
        ({"lines": "value"}, "lines", "There is no line in it."),
        ({"lines": "a@b.co", "kind": "x"}, "kind", "Select a valid choice. x is not one of the available choices."),
    ],
)
def test_a_mistake_in_an_import_is_told(
    client: Client, project: Project, given: dict[str, str], field: str, sentence: str
) -> None:
    sign_in(client, project, "Customer success")
    response = client.post(IMPORT, {"project": project.pk, "kind": "email", "reason": "", **given})
    assert errors_of(response) == {field: [sentence]}
    assert listed() == []


def test_an_export_has_what_the_list_shows_and_comes_back_in(client: Client, project: Project) -> None:
    suppress(project, kind=PHONE, value="+380441234567", source=Source.SMS_STOP, reason="=1+1")
    suppress(project, kind=EMAIL, value="anna@example.com")
    sign_in(client, project, "Viewer")
    answer = client.get(EXPORT, {"kind__exact": "phone"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # a streaming answer
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[:5] for row in rows[1:]] == [["'+380441234567", "SMS", "STOP by SMS", "Nothing", "'=1+1"]]
    other = make_project(project.client)
    client.logout()
    sign_in(client, other, "Customer success")
    file = SimpleUploadedFile("export.csv", text.encode())
    client.post(IMPORT, {"project": other.pk, "kind": "phone", "file": file, "reason": ""})
    assert list(Suppression.objects.filter(project=other).values_list("value", flat=True)) == ["+380441234567"]


def test_another_accounts_project_can_not_be_imported_into(client: Client, project: Project) -> None:
    theirs = make_project()
    sign_in(client, project, "Customer success")
    response = client.post(IMPORT, {"project": theirs.pk, "kind": "email", "lines": "a@example.com", "reason": ""})
    assert list(errors_of(response)) == ["project"]
    assert listed() == []


def test_a_marketer_looks_and_changes_nothing(client: Client, project: Project) -> None:
    row = suppress(project, kind=EMAIL, value="anna@example.com")
    sign_in(client, project, "Marketer")
    assert client.get(LIST).status_code == 200
    paths = [ADD, IMPORT, reverse("admin:users_suppression_delete", args=[row.pk])]
    assert [client.post(path, {"post": "yes"}).status_code for path in paths] == [403, 403, 403]
    assert len(listed()) == 1
