"""Deleting what is in use is refused by a look at one row, however many messages there are."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.services.senders import delete_sender
from messaging.models import Mailing, Message
from projects.errors import Conflict
from templates.models import MessageTemplate
from templates.services.templates import delete_template
from tests.messaging.scene import Scene, push_text
from transactional.models import TransactionalType
from transactional.services.types import delete_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    made = Scene(people=3)
    made.push = made.mailing("app_push", push_text(), category="system", type_id=7)
    for number, user in enumerate(made.users):
        Message.objects.create(
            project=made.project, mailing=made.push, sender=made.push_sender, user=user, channel="app_push",
            category="system", version_id=made.push.mix.get().template.current_id, request_id=str(number),
        )  # fmt: skip
    return made


def unused_template(scene: Scene) -> MessageTemplate:
    template = MessageTemplate.objects.get(mixes__mailing=scene.push)
    scene.push.mix.all().delete()
    return template


DELETIONS: list[tuple[str, Callable[[Scene], None]]] = [
    ("a sender", lambda scene: delete_sender(scene.push_sender)),
    ("a type", lambda scene: delete_type(TransactionalType.objects.get(pk=scene.push.pk))),
    ("a template", lambda scene: delete_template(unused_template(scene))),
]


@pytest.mark.parametrize("delete", [each for _, each in DELETIONS], ids=[name for name, _ in DELETIONS])
def test_what_has_messages_stays_and_no_message_is_loaded(scene: Scene, delete: Callable[[Scene], None]) -> None:
    with CaptureQueriesContext(connection) as queries, pytest.raises(Conflict):
        delete(scene)
    asked = [each["sql"] for each in queries if 'FROM "messaging_message"' in each["sql"]]
    assert [sql.endswith("LIMIT 1") for sql in asked] == [True]


def test_what_nothing_uses_goes(scene: Scene) -> None:
    Message.objects.all().delete()
    template = unused_template(scene)
    delete_type(TransactionalType.objects.get(pk=scene.push.pk))
    delete_template(template)
    Mailing.objects.filter(project=scene.project, channel="app_push").delete()
    delete_sender(scene.push_sender)
    assert [
        MessageTemplate.objects.filter(pk=template.pk).exists(),
        Mailing.objects.filter(pk=scene.push.pk).exists(),
    ] == [False, False]
