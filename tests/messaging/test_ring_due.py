"""Who is rung for: what is due, of open mailings, by senders that may send."""

import pytest

from channels_app.services.senders import pause_sender
from messaging.models import Mailing
from messaging.services import repair
from messaging.services.enrolment import enrol_slice
from messaging.services.mailings import close_mailing
from tests.messaging.scene import Scene
from users.models import OmnichannelUser

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    made = Scene(people=2)
    for mailing in (made.push, made.sms):
        enrol_slice(mailing, users=OmnichannelUser.objects.filter(project=made.project), after=0, limit=10)
    return made


def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    heard: list[int] = []

    def ring(mailing_id: int, *, insist: bool) -> None:
        assert insist, "a bell that a killed worker took must be rung anew"
        heard.append(mailing_id)

    monkeypatch.setattr(repair, "ring_campaign", ring)
    repair.ring_due()
    return sorted(heard)


def test_every_open_campaign_with_due_messages_is_rung_for_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rung(monkeypatch) == sorted([scene.push.pk, scene.sms.pk])


def test_a_campaign_whose_sender_is_paused_is_left_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    pause_sender(scene.sms_sender, reason="no credit")
    assert rung(monkeypatch) == [scene.push.pk]


def test_a_closed_campaign_is_left_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    close_mailing(Mailing.objects.get(pk=scene.push.pk))
    assert rung(monkeypatch) == [scene.sms.pk]
