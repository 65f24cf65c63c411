"""Visits: a request to one of our links is written down in one statement, before it is answered."""

import structlog
from django.db import DatabaseError, InterfaceError, connection

from messaging.machines import Visitor, why_machine
from messaging.vocabulary import EventKind
from projects.statements import fetch

log = structlog.get_logger(__name__)

_STORE = """
INSERT INTO messaging_visit (project_id, message_id, kind, place, detail, machine) VALUES (%s, %s, %s, %s, %s, %s)
"""


def note_open(message_id: int, *, project_id: int, visitor: Visitor) -> None:
    """The pixel of a message was fetched, now. It is judged and counted by services/engagement.py."""
    _store(message_id, project_id, EventKind.OPENED, 0, visitor.agent, visitor)


def note_click(message_id: int, *, project_id: int, place: int, url: str, visitor: Visitor) -> None:
    """The link at `place` of a message was followed, now. Judged and counted as an open."""
    _store(message_id, project_id, EventKind.CLICKED, place, url, visitor)


def _store(message_id: int, project_id: int, kind: EventKind, place: int, detail: str, visitor: Visitor) -> None:
    values: list[int | str] = [
        project_id,
        message_id,
        kind.value,
        place,
        detail.replace("\0", "")[:500],
        why_machine(visitor, is_picture=kind is EventKind.OPENED)[:100],
    ]
    try:
        fetch(_STORE, values)
    except (DatabaseError, InterfaceError) as error:
        # The reader gets where the link leads, whatever becomes of our figures.
        log.warning("visit_lost", message=message_id, kind=kind.value, error=str(error))
        connection.close()
