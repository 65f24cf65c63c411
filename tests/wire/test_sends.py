"""What a send or a report says wrong, all of it at once; and what is read tolerantly."""

import pytest

from messaging.models import Message
from tests.factories import make_sender, make_type
from tests.wire.api import data_of, error_of

pytestmark = pytest.mark.django_db

TOKEN = "a" * 64
SEND = "/v1/app-push/send/system"


@pytest.fixture
def body(project):
    make_sender(project, "apns")
    made = make_type(project)
    return {
        "type_id": made.type_id,
        "project_id": project.pk,
        "client_user_id": "u",
        "app_push_token": TOKEN,
        "data": {"code": 1},
    }


def test_every_offending_field_is_told_those_of_the_user_too(caller, body):
    wrong = {"type_id": "x", "app_push_token": TOKEN[:63], "user": {"age": 151}, "data": {"user": {"gender": "x"}}}
    assert error_of(caller.post(SEND, body | wrong)) == (
        400,
        "Request validation error:  type_id - This value should be of type integer.; "
        "app_push_token - This value is not a valid app push token.; "
        "gender - The value you selected is not a valid choice.; age - This value should be between 0 and 150.",
    )


@pytest.mark.parametrize("user", ["x", 1, True, [1]])
def test_a_user_in_data_that_is_no_object_is_named_with_its_place(caller, body, user):
    answer = error_of(caller.post(SEND, body | {"data": {"user": user}}))
    assert answer == (400, "Request validation error:  data.user - This value should be of type object.")


@pytest.mark.parametrize("empty", [{}, {"push_id": None}, {"push_id": "", "message_id": None}])
def test_a_report_by_payload_may_leave_the_other_names_empty(caller, body, empty):
    push_id = data_of(caller.post(SEND, body))["push_id"]
    Message.objects.update(state="sent", sent_at="2026-01-01T00:00:00Z")
    told = {"project_id": body["project_id"], "payload": {"push_id": str(push_id)}} | empty
    assert data_of(caller.post("/v1/app-push/track/delivery", told)) == {"result": True}
    assert Message.objects.get().state == "delivered"
