"""Receipts are worked off and removed in slices, and one that has to wait ends neither."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import DataError
from django.db.models.functions import Now

from messaging.models import Message, Receipt
from messaging.services import receipts, repair
from messaging.services.acceptance import active_mix
from messaging.services.reports import Report, apply_reports
from messaging.vocabulary import RETENTION_DAYS
from tests.messaging.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    made = Scene(people=1)
    sms(made)
    return made


def sms(scene: Scene, **more: str) -> Message:
    return Message.objects.create(
        project=scene.project, mailing=scene.sms, sender=scene.sms_sender, user=scene.users[0], channel="sms",
        category="campaign", version_id=active_mix(scene.sms)[0][0], **more,
    )  # fmt: skip


def store(scene: Scene, number: int, *, client_ref: str) -> Receipt:
    payload = {"client_ref": client_ref, "status": "delivered", "at": None, "reason": ""}
    return Receipt.objects.create(sender=scene.sms_sender, event_id=str(number), payload=payload)


def test_a_receipt_that_must_wait_does_not_end_the_work_on_the_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "BATCH", 2)
    queued = scene.message(scene.sms, scene.users[0])
    stored = [store(scene, 0, client_ref=str(queued.pk))] + [store(scene, each, client_ref="") for each in (1, 2)]
    more = [receipts.work_off_receipts() for _ in range(3)]
    done = list(Receipt.objects.filter(processed_at__isnull=False).values_list("pk", flat=True).order_by("pk"))
    assert (more, done) == ([True, True, False], [stored[1].pk, stored[2].pk])


@pytest.mark.parametrize("is_refused", [False, True])
def test_many_deliveries_are_applied_at_once_and_one_by_one_where_that_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    sent = [sms(scene, state=state) for state in ("sent", "sent", "failed", "sent")]
    numbers = [*[each.pk for each in sent], 0]
    stored = [store(scene, place, client_ref=str(number)) for place, number in enumerate(numbers)]
    asked = []

    def apply(reports: Sequence[Report]) -> set[int]:
        asked.append(len(reports))
        if is_refused and sent[3].pk in [report.message_id for report in reports]:
            raise DataError("no sense")
        return apply_reports(reports)

    monkeypatch.setattr(receipts, "apply_reports", apply)
    assert receipts.work_off_receipts() is False
    results = [Receipt.objects.get(pk=each.pk).result for each in stored]
    last = "error: no sense" if is_refused else "applied"
    assert results == ["applied", "applied", "no change", last, "unknown message"]
    assert asked == ([4, 1, 1, 1, 1] if is_refused else [4])
    states = [Message.objects.get(pk=each.pk).state for each in sent]
    assert states == ["delivered", "delivered", "failed", "sent" if is_refused else "delivered"]


def test_old_receipts_go_a_slice_at_a_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "SLICE", 2)
    for number in range(4):
        store(scene, number, client_ref="")
    past = Now() - timedelta(days=RETENTION_DAYS + 1)
    Receipt.objects.exclude(event_id="3").update(received_at=past)
    left = []
    for _ in range(3):
        repair.remove_old()
        left.append(Receipt.objects.count())
    assert left == [2, 1, 1]
