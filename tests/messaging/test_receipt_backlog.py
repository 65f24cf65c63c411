"""Receipts are worked off and removed in slices, and one that has to wait ends neither."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.models import Message, Receipt
from messaging.services import receipts, repair
from messaging.services.acceptance import active_mix
from messaging.vocabulary import RETENTION_DAYS
from tests.messaging.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    made = Scene(people=1)
    Message.objects.create(
        project=made.project, mailing=made.sms, sender=made.sms_sender, user=made.users[0], channel="sms",
        category="campaign", version_id=active_mix(made.sms)[0][0],
    )  # fmt: skip
    return made


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
