"""A worker's turn against a provider that answers as told: nothing between hand-over and record may lose an outcome."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from redis import ConnectionPool, Redis

from channels_app.contract import Blocked, Check, Envelope, Handed, Outcome, Permanent, Temporary
from channels_app.models.senders import SenderStatus
from messaging import quota
from messaging.models import Message, MessageEvent
from messaging.services import delivery
from messaging.services.claims import Work
from messaging.services.enrolment import enrol_slice
from messaging.services.versions import compiled_version
from templates.models import MessageTemplate, TemplateVersion
from tests.messaging.scene import Scene, push_text
from users.models import Address, OmnichannelUser
from users.services.metrics import DeadAddress, retire_addresses

pytestmark = pytest.mark.django_db

Answer = Callable[[int, Envelope], Outcome]


class Line:
    """A connection that answers each envelope by its place, and remembers what it was given."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.handed: list[str] = []

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        self.handed += [envelope.address for envelope in envelopes]
        return [self.answer(place, envelope) for place, envelope in enumerate(envelopes)]

    def check(self) -> Check:
        return Check(True, "")


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene(people=3)
    enrol_slice(made.push, users=OmnichannelUser.objects.filter(project=made.project), after=0, limit=10)
    monkeypatch.setattr(quota, "take", lambda _sender, *, rate, wanted: (wanted, 0.0))
    yield made
    compiled_version.cache_clear()


def turn(scene: Scene, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Line:
    line = Line(answer)
    monkeypatch.setattr(delivery, "connection_of", lambda _sender: line)
    delivery.deliver(Work(scene.push_sender.pk, scene.push.pk), call_for_help=lambda: None)
    return line


def handed(_place: int, envelope: Envelope) -> Outcome:
    return Handed(envelope.key, f"p-{envelope.key}")


def states(scene: Scene) -> list[str]:
    return list(Message.objects.filter(mailing=scene.push).order_by("id").values_list("state", flat=True))


def no_redis(*_args: object, **_more: object) -> Redis:
    return Redis(connection_pool=ConnectionPool(host="127.0.0.1", port=1))


def test_what_was_handed_over_is_recorded_even_when_redis_goes_away(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "shared_redis", no_redis)

    def answer(place: int, envelope: Envelope) -> Outcome:
        return Temporary(envelope.key, "busy", 60.0) if place == 0 else handed(place, envelope)

    turn(scene, monkeypatch, answer)
    assert states(scene) == ["queued", "sent", "sent"]


def test_a_database_that_goes_away_after_the_hand_over_is_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def failing_once(dead: list[DeadAddress]) -> set[int]:
        calls.append(len(dead))
        if len(calls) == 1:
            raise OperationalError
        return retire_addresses(dead)

    monkeypatch.setattr(delivery, "retire_addresses", failing_once)
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's transaction lives in it
    line = turn(scene, monkeypatch, handed)
    assert (states(scene), len(line.handed)) == (["sent"] * 3, 3)
    assert calls == [0, 0]


def test_dead_addresses_are_retired_unless_confirmed_since(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)

    def answer(place: int, envelope: Envelope) -> Outcome:
        since = (None, long_ago, long_ago)[place]
        return Permanent(envelope.key, "gone", address_is_dead=place < 2, dead_since=since)

    turn(scene, monkeypatch, answer)
    mine = Address.objects.filter(project=scene.project, kind="push").order_by("id")
    assert list(mine.values_list("status", "status_reason")) == [("retired", "gone"), ("active", ""), ("active", "")]
    kinds = (
        MessageEvent.objects.filter(message__mailing=scene.push).order_by("message_id").values_list("kind", flat=True)
    )
    assert list(kinds) == ["address_retired", "note", "note"]


def test_retiring_many_addresses_is_one_statement(
    scene: Scene, django_assert_num_queries: Callable[..., object]
) -> None:
    ids = list(Address.objects.filter(project=scene.project, kind="push").values_list("pk", flat=True))
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert retire_addresses([DeadAddress(pk, "gone", None) for pk in ids]) == set(ids)


def test_a_blocked_sender_is_paused_and_its_messages_wait(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    line = turn(scene, monkeypatch, lambda _place, envelope: Blocked(envelope.key, "no credit"))
    scene.push_sender.refresh_from_db()
    assert (scene.push_sender.status, scene.push_sender.status_reason) == (SenderStatus.PAUSED, "no credit")
    assert (states(scene), len(line.handed)) == (["queued"] * 3, 3)


def test_credentials_that_are_not_whole_pause_the_sender_before_anything_is_claimed(scene: Scene) -> None:
    delivery.deliver(Work(scene.push_sender.pk, scene.push.pk), call_for_help=lambda: None)
    scene.push_sender.refresh_from_db()
    assert scene.push_sender.status == SenderStatus.PAUSED
    assert states(scene) == ["queued"] * 3


def test_a_stored_version_that_no_longer_compiles_fails_its_messages_and_stops_no_claim(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = MessageTemplate.objects.get(mixes__mailing=scene.push)
    broken = TemplateVersion.objects.create(template=template, number=2, content=push_text("{% if %}"))
    Message.objects.filter(mailing=scene.push).update(version=broken)
    line = turn(scene, monkeypatch, handed)
    assert (states(scene), line.handed) == (["failed"] * 3, [])
