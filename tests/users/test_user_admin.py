"""The pages of users, custom fields and segments."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from projects.models import Project
from tests.factories import make_project, make_user
from tests.panel_people import sign_in
from tests.users.audience import make_dynamic, make_fields, make_static, when
from users.models import CustomField, OmnichannelUser, Segment, SegmentUpload

TOKEN = "a" * 64
LIST = reverse("admin:users_omnichanneluser_changelist")


@pytest.fixture
def project(db: None) -> Project:
    return make_project(default_country="UA")


@pytest.fixture
def anna(project: Project) -> OmnichannelUser:
    return make_user(
        project,
        client_user_id="customer-1",
        name="Anna Kovalenko",
        email="anna@example.com",
        phone="+380441234567",
        app_push_token=TOKEN,
        fields={"city": "Kyiv"},
    )


def page_of(user: OmnichannelUser) -> str:
    return reverse("admin:users_omnichanneluser_change", args=[user.pk])


def form_of(**changes: str) -> dict[str, str]:
    given = {"name": "Anna Kovalenko", "platform_id": "0", "email": "anna@example.com", "phone": "+380441234567"}
    return {**given, "custom_fields": '{"city": "Kyiv"}', **changes}


def errors_of(response: Any) -> dict[str, list[str]]:
    return {name: list(sentences) for name, sentences in response.context["adminform"].form.errors.items()}


@pytest.mark.parametrize(
    "text", ["customer-1", "anna kov", "ANNA@example.com", "+38 (044) 123-45-67", "380441234567", TOKEN, "aaaaaaaaaaaa"]
)
def test_anything_that_is_known_of_a_person_finds_them(
    client: Client, project: Project, anna: OmnichannelUser, text: str
) -> None:
    make_user(project, client_user_id="somebody-else", name="Boris")
    sign_in(client, project, "Support manager")
    found = client.get(LIST, {"q": text}).context["cl"].result_list
    assert [user.pk for user in found] == [anna.pk]


@pytest.mark.parametrize("text", ["ustomer", "%", "_", "\\", "'"])
def test_a_search_takes_no_wildcards_and_breaks_on_nothing(client: Client, project: Project, text: str) -> None:
    make_user(project, client_user_id="customer-1", name="Anna")
    sign_in(client, project, "Support manager")
    assert list(client.get(LIST, {"q": text}).context["cl"].result_list) == []


def test_a_nul_in_the_search_is_told(client: Client, project: Project) -> None:
    sign_in(client, project, "Support manager")
    assert "Null characters are not allowed." in client.get(LIST, {"q": "\0"}).content.decode()


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_nine_queries_however_many_people(
    client: Client, project: Project, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(people):
        make_user(project, app_push_token=None, email=None)
    sign_in(client, project, "Support manager")
    client.get(LIST)  # content types are read once a process
    with django_assert_num_queries(9):
        assert client.get(LIST).status_code == 200


@pytest.mark.parametrize("segments", [1, 3])
def test_the_profile_takes_23_queries_however_much_there_is(
    client: Client,
    project: Project,
    anna: OmnichannelUser,
    segments: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(segments):
        make_static(project, anna)
    sign_in(client, project, "Support manager")
    client.get(page_of(anna))
    with django_assert_num_queries(23):
        assert client.get(page_of(anna)).status_code == 200


def test_what_a_support_manager_types_is_stored(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project, "Support manager")
    form = form_of(name="Anna K.", age="31", country="DE", custom_fields='{"orders": 3}')
    assert client.post(page_of(anna), form).status_code == 302
    anna.refresh_from_db()
    assert (anna.name, anna.age, anna.country, anna.fields) == ("Anna K.", 31, "DE", {"orders": 3})
    assert anna.addresses.filter(kind="push").count() == 1


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"age": "151"}, "age", "This value should be between 0 and 150."),
        ({"phone": "12"}, "phone", "This value is not a valid phone number."),
        ({"email": "anna"}, "email", "This value is not a valid email address."),
        ({"app_push_token": "b" * 63}, "app_push_token", "This value is not a valid app push token."),
        ({"custom_fields": "[1]"}, "custom_fields", 'Give a JSON object, such as {"city": "Kyiv"}.'),
        ({"custom_fields": '{"city": 5}'}, "custom_fields", "city: This field is of type string, number given."),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    client: Client, project: Project, anna: OmnichannelUser, change: dict[str, str], field: str, sentence: str
) -> None:
    sign_in(client, project, "Support manager")
    response = client.post(page_of(anna), form_of(**change))
    assert errors_of(response)[field][-1:] == [sentence]
    anna.refresh_from_db()
    assert anna.fields == {"city": "Kyiv"}


def test_an_address_of_somebody_else_is_refused_beside_its_field(
    client: Client, project: Project, anna: OmnichannelUser
) -> None:
    make_user(project, email="boris@example.com")
    sign_in(client, project, "Support manager")
    response = client.post(page_of(anna), form_of(email="boris@example.com"))
    assert errors_of(response) == {"email": ["This value belongs to another user of the project."]}


def test_a_new_user_can_be_made_and_not_twice(client: Client, project: Project) -> None:
    sign_in(client, project, "Support manager")
    form = {"project": project.pk, "client_user_id": "new-1", "platform_id": "0", "phone": "044 123 45 67"}
    path = reverse("admin:users_omnichanneluser_add")
    assert client.post(path, form).status_code == 302
    made = OmnichannelUser.objects.get(client_user_id="new-1")
    assert made.addresses.get().value == "+380441234567"
    assert errors_of(client.post(path, form)) == {"client_user_id": ["User already exists"]}


def test_an_opt_out_is_taken_down_with_its_reason(client: Client, project: Project, anna: OmnichannelUser) -> None:
    operator = sign_in(client, project, "Support manager")
    address = anna.addresses.get(kind="phone")
    path = reverse("admin:users_omnichanneluser_address", args=[anna.pk, address.pk])
    client.post(path, {"status": "opted_out", "reason": "asked by phone"})
    address.refresh_from_db()
    assert (address.status, address.status_reason) == ("opted_out", f"asked by phone ({operator})")
    client.post(path, {"status": "retired"})
    address.refresh_from_db()
    assert address.status == "opted_out"


def test_a_marketer_may_not_change_an_address(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project, "Marketer")
    path = reverse("admin:users_omnichanneluser_address", args=[anna.pk, anna.addresses.get(kind="phone").pk])
    assert client.post(path, {"status": "opted_out"}).status_code == 403


def test_erasing_asks_first_and_then_forgets(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project, "Support manager")
    path = reverse("admin:users_omnichanneluser_delete", args=[anna.pk])
    assert "for good" in client.get(path).content.decode()
    assert OmnichannelUser.objects.filter(pk=anna.pk).exists()
    client.post(path, {"post": "yes"})
    assert not OmnichannelUser.objects.filter(pk=anna.pk).exists()


def test_the_export_holds_all_that_is_stored(client: Client, project: Project, anna: OmnichannelUser) -> None:
    make_static(project, anna, name="Meet-up")
    sign_in(client, project, "Viewer")
    response = client.get(reverse("admin:users_omnichanneluser_export", args=[anna.pk]))
    document = json.loads(response.content)
    assert (document["email"], document["segments"], document["messages"]) == ("anna@example.com", ["Meet-up"], [])
    assert response["Content-Disposition"] == f'attachment; filename="user-{anna.pk}.json"'


def test_dynamic_segments_are_evaluated_when_asked_for(client: Client, project: Project, anna: OmnichannelUser) -> None:
    mine = make_dynamic(project, when("name", "contains", "Anna"))
    not_mine = make_dynamic(project, when("vip", "is", True))
    sign_in(client, project, "Support manager")
    assert client.get(page_of(anna)).context["dynamic_segments"] is None
    found = client.get(page_of(anna), {"dynamic": "1"}).context["dynamic_segments"]
    assert {each.segment.pk: each.is_in for each in found} == {mine.pk: True, not_mine.pk: False}


def test_a_field_that_is_used_keeps_its_type_and_says_why(
    client: Client, project: Project, anna: OmnichannelUser
) -> None:
    make_fields(project, unused="string")
    sign_in(client, project, "Marketer")
    used, unused = (CustomField.objects.get(project=project, name=name) for name in ("city", "unused"))
    for field in (used, unused):
        client.post(reverse("admin:users_customfield_change", args=[field.pk]), {"type": "number"})
        field.refresh_from_db()
    assert (used.type, unused.type) == ("string", "number")
    page = client.get(reverse("admin:users_customfield_change", args=[used.pk])).content.decode()
    assert "The type is fixed" in page


def test_a_new_segment_asks_for_its_kind_first(client: Client, project: Project) -> None:
    sign_in(client, project)
    path = reverse("admin:users_segment_add")
    page = client.get(path).content.decode()
    assert ("?kind=static" in page, "?kind=dynamic" in page) == (True, True)


def test_a_csv_goes_into_a_static_segment_and_bad_rows_are_listed(
    client: Client, project: Project, anna: OmnichannelUser
) -> None:
    sign_in(client, project)
    file = SimpleUploadedFile("people.csv", "\ufeffclient_user_id;city\ncustomer-1;Kyiv\n=cmd();x\n".encode())
    path = reverse("admin:users_segment_add") + "?kind=static"
    response = client.post(path, {"project": project.pk, "name": "Meet-up", "file": file})
    upload = SegmentUpload.objects.get()
    result = reverse("admin:users_segment_upload", args=[upload.segment_id, upload.pk])
    assert response["Location"] == result
    assert (upload.rows, upload.added, len(upload.rejected)) == (2, 1, 1)
    assert "No user of this project has this client_user_id." in client.get(result).content.decode()
    rejected = client.get(reverse("admin:users_segment_rejected", args=[upload.segment_id, upload.pk])).content.decode()
    assert rejected.splitlines()[1] == '"3","\'=cmd()","No user of this project has this client_user_id."'


def test_a_file_that_is_no_csv_of_people_is_refused_beside_the_field(client: Client, project: Project) -> None:
    sign_in(client, project)
    file = SimpleUploadedFile("book.xlsx", b"PK\x03\x04rest")
    response = client.post(
        reverse("admin:users_segment_add") + "?kind=static", {"project": project.pk, "name": "x", "file": file}
    )
    assert errors_of(response) == {"file": ["This is an Excel workbook: save it as CSV and upload that."]}
    assert not Segment.objects.filter(project=project).exists()


def test_people_can_be_typed_in_and_taken_out(client: Client, project: Project, anna: OmnichannelUser) -> None:
    segment = make_static(project, name="Friends")
    sign_in(client, project)
    form = {"name": "Friends", "people": "ANNA@example.com\nnobody@example.com", "people_are": "email"}
    client.post(reverse("admin:users_segment_change", args=[segment.pk]), form)
    assert [member.user_id for member in segment.members.all()] == [anna.pk]
    client.post(reverse("admin:users_segment_remove", args=[segment.pk, anna.pk]))
    assert segment.members.count() == 0


def test_rules_are_stored_and_counted(client: Client, project: Project, anna: OmnichannelUser) -> None:
    sign_in(client, project)
    rules = {"op": "and", "not": False, "items": [when("fields.city", "is", "Kyiv")]}
    path = reverse("admin:users_segment_add") + "?kind=dynamic"
    response = client.post(path, {"project": project.pk, "name": "Kyiv", "rules": json.dumps(rules)})
    assert response.status_code == 302
    stored = Segment.objects.get(name="Kyiv")
    assert (stored.kind, stored.rules, stored.counted_users) == ("dynamic", rules, 1)


def test_rules_with_a_mistake_are_not_stored(client: Client, project: Project) -> None:
    sign_in(client, project)
    rules = {"op": "and", "items": [when("fields.nothing", "is", "x")]}
    path = reverse("admin:users_segment_add") + "?kind=dynamic"
    response = client.post(path, {"project": project.pk, "name": "Kyiv", "rules": json.dumps(rules)})
    assert errors_of(response) == {"rules": ["There is no field “fields.nothing”."]}


def test_the_builder_gets_count_sample_and_words(client: Client, project: Project, anna: OmnichannelUser) -> None:
    make_user(project, name="Boris")
    sign_in(client, project)
    path = reverse("admin:users_segment_preview")
    rules = {"op": "and", "items": [when("name", "starts_with", "Anna")]}
    found = client.post(path, {"project": project.pk, "rules": json.dumps(rules)}).json()
    assert (found["count"], [each["id"] for each in found["sample"]]) == (1, ["customer-1"])
    assert found["description"] == "Name starts with “Anna”"
    wrong = {"op": "and", "items": [when("age", "lt", "x")]}
    told = client.post(path, {"project": project.pk, "rules": json.dumps(wrong)}).json()
    assert told == {"errors": {"rules.items[0].value": "Give a number."}}


@pytest.mark.parametrize("rules", ["", "[", "[]", "null", '{"items": 5}', '{"items": [[]]}', "{" * 3000])
def test_the_builder_survives_whatever_it_is_sent(client: Client, project: Project, rules: str) -> None:
    sign_in(client, project)
    response = client.post(reverse("admin:users_segment_preview"), {"project": project.pk, "rules": rules})
    assert response.status_code == 200


def test_a_segment_of_a_running_campaign_stays_and_says_why(client: Client, project: Project) -> None:
    from campaigns.services.drafts import Draft, create_campaign
    from templates.models import Channel

    segment = make_static(project, name="Friends")
    create_campaign(project, channel=Channel.APP_PUSH, draft=Draft(name="Sale", segments=[segment]))
    sign_in(client, project)
    path = reverse("admin:users_segment_delete", args=[segment.pk])
    told = client.post(path, {"post": "yes"}, follow=True).content.decode()
    assert "The campaign “Sale” uses this segment" in told
    assert Segment.objects.filter(pk=segment.pk).exists()
