"""A lease that is extended while its messages are being recorded, as a worker's two threads do it."""

from collections.abc import Iterator

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


def test_extending_a_lease_never_waits_for_a_message_that_is_being_recorded(
    other: psycopg.Connection[tuple[object, ...]],
) -> None:
    scene = Scene(people=3)
    enrol_slice(scene.push, users=OmnichannelUser.objects.filter(project=scene.project), after=0, limit=10)
    claimed = claim(Work(scene.push_sender.pk, scene.push.pk), limit=10)
    recorded, *rest = sorted(each.id for each in claimed.messages)
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    other.execute("UPDATE messaging_message SET reason = 'is being recorded' WHERE id = %s", [recorded])
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        try:
            extend(claimed.lease)
        finally:
            cursor.execute("RESET lock_timeout")
    extended = Message.objects.filter(lease_until__year__gt=2020).values_list("id", flat=True)
    assert sorted(extended) == rest
