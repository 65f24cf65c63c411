"""Segments through their services: what is kept, what is refused, what a CSV leaves."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.errors import Conflict, InvalidInput
from projects.models import Project
from tests.users.audience import make_address, make_dynamic, make_project, make_static, make_user, when
from users.models import Segment, SegmentMember, SegmentUpload
from users.selectors_segments import users_of
from users.services.segment_uploads import upload_csv
from users.services.segments import (
    add_users,
    count_segment,
    create_segment,
    delete_segment,
    remove_users,
    save_rules,
)
from users.vocabulary import SegmentKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(default_country="UA")


def upload(segment: Segment, text: str) -> SegmentUpload:
    return upload_csv(segment, file=io.BytesIO(text.encode()), file_name="people.csv")


def refused(error: type[Exception], call: Any, *given: Any, **named: Any) -> Any:
    with pytest.raises(error) as caught:
        call(*given, **named)
    return caught.value


def test_a_dynamic_segment_keeps_its_rules_in_their_one_form(project: Project) -> None:
    rules = {"items": [when("age", "gte", "18")]}
    segment = create_segment(project, name=" Adults ", kind=SegmentKind.DYNAMIC, rules=rules)
    segment.refresh_from_db()
    assert (segment.name, segment.rules) == ("Adults", {"op": "and", "not": False, "items": [when("age", "gte", 18)]})


@pytest.mark.parametrize("name", ["", "  ", "x" * 129, "a\x00b"])
def test_a_segment_needs_a_name(project: Project, name: str) -> None:
    error = refused(InvalidInput, create_segment, project, name=name, kind=SegmentKind.STATIC)
    assert error.errors == {"name": "Give a name of up to 128 characters."}


def test_a_name_is_taken_once(project: Project) -> None:
    create_segment(project, name="VIP", kind=SegmentKind.STATIC)
    error = refused(InvalidInput, create_segment, project, name="VIP", kind=SegmentKind.STATIC)
    assert error.errors == {"name": "This project has a segment “VIP” already."}


def test_new_rules_forget_the_old_count(project: Project) -> None:
    make_user(project, vip=True)
    make_user(project)
    segment = make_dynamic(project)
    assert count_segment(segment) == 2
    save_rules(segment, rules={"items": [when("vip", "is", True)]})
    segment.refresh_from_db()
    assert segment.counted_users is None
    assert count_segment(segment) == 1


def test_users_are_added_once_and_only_of_the_project(project: Project) -> None:
    ann, bob, stranger = make_user(project), make_user(project), make_user(make_project())
    segment = make_static(project, ann)
    assert add_users(segment, users=[ann, bob, bob, stranger]) == 1
    assert list(users_of(segment).order_by("pk")) == [ann, bob]
    assert remove_users(segment, users=[ann, stranger]) == 1
    assert list(users_of(segment)) == [bob]


def test_users_are_not_added_to_a_dynamic_segment(project: Project) -> None:
    assert refused(Conflict, add_users, make_dynamic(project), users=[make_user(project)]).field == "users"


def test_a_deleted_segment_leaves_its_users(project: Project) -> None:
    user = make_user(project)
    delete_segment(make_static(project, user))
    assert list(project.users.all()) == [user]
    assert SegmentMember.objects.count() == 0


def test_an_upload_finds_people_by_any_identifier(project: Project) -> None:
    ann, bob, cleo = make_user(project, client_user_id="u-1"), make_user(project), make_user(project)
    make_address(bob, "email", "bob@example.com")
    make_address(cleo, "phone", "+380501112233")
    segment = make_static(project)
    found = upload(segment, "client_user_id;email;phone\nu-1;;\n;Bob@Example.com;\n;;050 111 22 33\n")
    assert (found.rows, found.added, found.already_there, found.rejected) == (3, 3, 0, [])
    assert list(users_of(segment).order_by("pk")) == [ann, bob, cleo]
    segment.refresh_from_db()
    assert segment.counted_users == 3


def test_bad_rows_are_reported_and_spoil_no_other(project: Project) -> None:
    ann, bob = make_user(project, client_user_id="ann"), make_user(project, client_user_id="bob")
    make_user(make_project(), client_user_id="foreign")
    segment = make_static(project, bob)
    text = "id,email,phone\nann,,\nbob,,\nann,,\nforeign,,\n,no mail,\n,,12\n,,\n,a@b.example,\nnul\x00l,,\n"
    found = upload(segment, text)
    assert (found.rows, found.added, found.already_there) == (9, 1, 1)
    assert found.rejected == [
        {"row": 4, "value": "ann", "reason": "This user is in the file already."},
        {"row": 5, "value": "foreign", "reason": "No user of this project has this client_user_id."},
        {"row": 6, "value": "no mail", "reason": "This value is not a valid email address."},
        {"row": 7, "value": "12", "reason": "This value is not a valid phone number."},
        {"row": 8, "value": "", "reason": "The row names nobody."},
        {"row": 9, "value": "a@b.example", "reason": "No user of this project has this e-mail."},
        {"row": 10, "value": "nul�l", "reason": "This value is not a valid client_user_id."},
    ]
    assert list(users_of(segment).order_by("pk")) == [ann, bob]


def test_a_user_who_comes_again_in_a_later_batch_is_a_duplicate(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.services.segment_uploads.BATCH", 2)
    for name in ("a1", "a2", "a3"):
        make_user(project, client_user_id=name)
    found = upload(make_static(project), "id\na1\na2\na3\na1\n")
    assert (found.rows, found.added, found.already_there) == (4, 3, 0)
    assert found.rejected == [{"row": 5, "value": "a1", "reason": "This user is in the file already."}]


def test_a_second_upload_starts_with_a_clean_slate(project: Project) -> None:
    make_user(project, client_user_id="a1")
    segment = make_static(project)
    upload(segment, "a1\n")
    found = upload(segment, "a1\n")
    assert (found.added, found.already_there, found.rejected) == (0, 1, [])


def test_more_rows_than_allowed_change_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.services.segment_uploads.MAX_ROWS", 1)
    make_user(project, client_user_id="a1")
    segment = make_static(project)
    error = refused(InvalidInput, upload, segment, "id\na1\na2\n")
    assert error.errors == {"file": "At most 1 rows: divide the file into several."}
    assert SegmentUpload.objects.count() == 0


def test_rejected_rows_beyond_the_limit_are_counted(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.services.segment_uploads.TOLD", 1)
    found = upload(make_static(project), "id\na1\na2\na3\n")
    assert [each["reason"] for each in found.rejected] == [
        "No user of this project has this client_user_id.",
        "And 2 more rows.",
    ]


def test_a_panels_upload_is_read(project: Project) -> None:
    make_user(project, client_user_id="a1")
    file = SimpleUploadedFile("people.csv", b"\xef\xbb\xbfclient_user_id\r\na1\r\n")
    assert upload_csv(make_static(project), file=file, file_name="people.csv").added == 1
