"""Opens and clicks that come through our own links: a person's are counted once, a machine's kept and marked.

A first open or click is one transaction; what comes later changes nothing and costs one read.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.timezone import now

from messaging.machines import AT_ONCE, MANY_LINKS, Visitor, is_too_soon, why_machine
from messaging.services.reports import Report, apply_reports, take_back
from messaging.vocabulary import EventKind, State
from projects.shared_counters import run

SOURCE = "link"
MOST_MACHINE_EVENTS = 20
"""Of each kind a message; a scanner that comes every hour fills no table."""


@dataclass(frozen=True, slots=True)
class _Known:
    state: str
    sent_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None


_LOOK = "SELECT state, sent_at, opened_at, clicked_at FROM messaging_message WHERE id = %s AND project_id = %s"
_COUNT_LINKS = """
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {redis.call('SCARD', KEYS[1])}
"""
_KEEP = """
INSERT INTO messaging_messageevent (message_id, kind, source, detail)
SELECT %(message)s, %(kind)s, %(source)s, %(detail)s
WHERE (SELECT count(*) FROM messaging_messageevent WHERE message_id = %(message)s AND kind = %(kind)s) < %(most)s
"""


def record_open(message_id: int, *, project_id: int, visitor: Visitor) -> None:
    """The pixel of a message was fetched, now. A message that is gone, or of another project, is passed over."""
    known = _known(message_id, project_id)
    if known is None or known.opened_at is not None:
        return
    if why := why_machine(visitor):
        _keep(message_id, EventKind.MACHINE_OPENED, why)
    else:
        apply_reports([Report(message_id, State.OPENED, now(), SOURCE, note=visitor.agent[:200])])


def record_click(message_id: int, *, project_id: int, place: int, url: str, visitor: Visitor) -> None:
    """The link at `place` of a message was followed, now.

    Several links of one message at once are a scanner's: a click that was counted a moment ago is taken back then.
    """
    known = _known(message_id, project_id)
    if known is None:
        return
    at = now()
    many = _links_at_once(message_id, place) >= MANY_LINKS
    why = why_machine(visitor) or ("followed many links at once" if many else "")
    if not why and known.state != State.IN_DOUBT and is_too_soon(at, known.sent_at):
        why = "came at once after sending"
    if why:
        if many and known.clicked_at is not None and at - known.clicked_at < AT_ONCE:
            take_back(message_id, note=why)
        _keep(message_id, EventKind.MACHINE_CLICKED, f"{why}: {url}")
    elif known.clicked_at is None:
        apply_reports([Report(message_id, State.CLICKED, at, SOURCE, note=url[:500])])


def _known(message_id: int, project_id: int) -> _Known | None:
    # Every request comes through here: without the ORM it takes half of the time.
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [message_id, project_id])
        found = cursor.fetchone()
    return _Known(*found) if found else None


def _links_at_once(message_id: int, place: int) -> int:
    """How many different links of the message were followed within the last moments; 0 while Redis is away."""
    milliseconds = int(AT_ONCE.total_seconds() * 1000)
    found = run(_COUNT_LINKS, keys=[f"sendios:links:{message_id}"], args=[place, milliseconds])
    return found[0] if found else 0


def _keep(message_id: int, kind: EventKind, detail: str) -> None:
    told = detail.replace("\0", "")[:500]
    values: dict[str, int | str] = {
        "message": message_id,
        "kind": kind.value,
        "source": SOURCE,
        "detail": told,
        "most": MOST_MACHINE_EVENTS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
