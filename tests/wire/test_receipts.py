"""Receipts as they come over the wire: good, forged, broken and hostile ones."""

from urllib.parse import urlencode

import orjson
import pytest
from django.db import IntegrityError
from django.test import Client

from messaging.models import Message, Receipt
from messaging.services import receipts
from messaging.services.receipts import work_off_receipts
from projects.errors import Conflict
from tests.factories import make_project, make_sender, make_type, make_user
from tests.wire.api import error_of

pytestmark = pytest.mark.django_db

PHONE = "+447700900913"


@pytest.fixture
def sender():
    return make_sender(make_project(), "vonage", credentials={"api_key": "abcdefgh", "api_secret": "x"})


@pytest.fixture
def sent(sender):
    """An SMS that was handed over."""
    made = make_type(sender.project, channel="sms", sender=sender)
    user = make_user(sender.project, phone=PHONE)
    message = Message.objects.create(
        project=sender.project, mailing=made, sender=sender, user=user, address=user.addresses.get(), channel="sms",
        category="system", state="sent", sent_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    message.refresh_from_db()
    return message


def receipt(reference: object, *, status: str = "delivered", name: str = "m1") -> dict[str, str]:
    return {"messageId": name, "status": status, "client-ref": str(reference), "err-code": "0"}


def post(sender, body, **headers):
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Client().post(f"/receipts/vonage/{sender.key}", raw, content_type="application/json", headers=headers)


def results() -> list[str]:
    return list(Receipt.objects.order_by("id").values_list("result", flat=True))


@pytest.mark.parametrize("way", ["json", "form", "get"])
def test_a_receipt_of_each_way_moves_its_message_once(sender, sent, way):
    path, told = f"/receipts/vonage/{sender.key}", receipt(sent.pk)
    for _ in range(2):
        if way == "get":
            answer = Client().get(path, told)
        elif way == "form":
            answer = Client().post(path, urlencode(told), content_type="application/x-www-form-urlencoded")
        else:
            answer = post(sender, told)
        assert (answer.status_code, answer.json()) == (200, {"received": 1})
    work_off_receipts()
    sent.refresh_from_db()
    assert (sent.state, results()) == ("delivered", ["applied"])


@pytest.mark.parametrize("reference", ["²", "٣", "", "0", "-1", "9" * 18, "9" * 19, "1.0"])
def test_a_reference_that_is_no_number_of_ours_is_unknown(sender, reference):
    assert post(sender, receipt(reference)).status_code == 200
    assert work_off_receipts() is False
    assert results() == ["unknown message"]


@pytest.mark.parametrize("error", [ValueError, IntegrityError, Conflict])
def test_a_receipt_that_cannot_be_applied_holds_up_no_other(sender, sent, monkeypatch, error):
    post(sender, receipt(sent.pk, name="bad"))
    post(sender, receipt(sent.pk, name="good"))
    whole = receipts._move

    def move(message, event):
        if event["provider_id"] == "bad":
            raise error("no sense")
        return whole(message, event)

    monkeypatch.setattr(receipts, "_move", move)
    work_off_receipts()
    assert results() == ["error: no sense", "applied"]


def test_delivered_and_then_failed_stays_delivered(sender, sent):
    post(sender, receipt(sent.pk))
    post(sender, receipt(sent.pk, status="failed"))
    work_off_receipts()
    sent.refresh_from_db()
    assert (sent.state, results()) == ("delivered", ["applied", "no change"])


def test_failed_and_then_delivered_stays_failed(sender, sent):
    post(sender, receipt(sent.pk, status="failed"))
    post(sender, receipt(sent.pk))
    work_off_receipts()
    sent.refresh_from_db()
    assert (sent.state, results()) == ("undelivered", ["applied", "no change"])


def test_a_receipt_of_another_sender_changes_nothing(sender, sent):
    other = make_sender(make_project(), "vonage", credentials={"api_key": "abcdefgh", "api_secret": "x"})
    post(other, receipt(sent.pk))
    work_off_receipts()
    sent.refresh_from_db()
    assert (sent.state, results()) == ("sent", ["unknown message"])


@pytest.mark.parametrize("path", ["vonage/nobody", "vonage/a%00b", "von%00age/a", "nobody/a"])
def test_an_unknown_key_or_provider_is_404(path):
    answer = Client().post(f"/receipts/{path}", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"messageId": "a\\u0000"}', b"[" * 9000, b"null", b"{}"])
def test_what_is_no_receipt_is_400_and_not_kept(sender, body):
    answer = post(sender, body)
    assert (answer.status_code, list(answer.json()), Receipt.objects.count()) == (400, ["error"], 0)


@pytest.mark.parametrize("sig", ["", "x", "é"])
def test_a_receipt_with_a_wrong_signature_is_refused(sender, sig):
    for method in ("md5hash", "md5", "sha1", "sha256", "sha512"):
        sender.credentials = {**sender.credentials, "signature_secret": "s", "signature_method": method}
        sender.save()
        assert post(sender, receipt(1) | {"sig": sig}).status_code == 403
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_a_wrong_method_is_405_in_the_envelope(sender, method):
    answer = getattr(Client(), method)(f"/receipts/vonage/{sender.key}")
    assert error_of(answer) == (405, "Method not allowed")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/receipts", "/receipts/", "/receipts/vonage", "/receipts/vonage/a/b"])
def test_no_path_of_receipts_is_404_in_the_envelope(path):
    assert error_of(Client().get(path)) == (404, "Not found")


def test_a_body_that_is_too_large_is_413_in_the_envelope(sender):
    status, text = error_of(post(sender, b"x" * 1_100_000))
    assert (status, text) == (413, "Request body is too large: more than 1048576 bytes")
