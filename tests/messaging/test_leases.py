"""A lease that is extended while its messages are being recorded, as a worker's two threads do it."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from messaging.models import Message
from messaging.services.claims import Work, claim, extend
from messaging.services.enrolment import enrol_slice
from tests.flows.system import database_url
from tests.messaging.scene import Scene
from users.models import OmnichannelUser


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A second connection to the test's database: the thread that records."""
    with psycopg.connect(database_url()) as opened:
        yield opened


def claimed_by_us() -> tuple[UUID, list[int]]:
    """Three messages under a lease that is about to end: (lease, their ids)."""
    scene = Scene(people=3)
    enrol_slice(scene.push, users=OmnichannelUser.objects.filter(project=scene.project), after=0, limit=10)
    claimed = claim(Work(scene.push_sender.pk, scene.push.pk), limit=10)
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    return claimed.lease, sorted(each.id for each in claimed.messages)


def extended_without_waiting(lease: UUID) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        try:
            extend(lease)
        finally:
            cursor.execute("RESET lock_timeout")
    return sorted(Message.objects.filter(lease_until__year__gt=2020).values_list("id", flat=True))


def test_extending_a_lease_never_waits_for_a_message_that_is_being_recorded(
    other: psycopg.Connection[tuple[object, ...]],
) -> None:
    lease, (recorded, *rest) = claimed_by_us()
    other.execute("UPDATE messaging_message SET reason = 'is being recorded' WHERE id = %s", [recorded])
    assert extended_without_waiting(lease) == rest


def test_a_message_that_just_gets_a_line_in_its_timeline_is_extended(
    other: psycopg.Connection[tuple[object, ...]],
) -> None:
    lease, messages = claimed_by_us()
    other.execute("SELECT FROM messaging_message WHERE id = %s FOR KEY SHARE", [messages[0]])
    assert extended_without_waiting(lease) == messages
