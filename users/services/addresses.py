"""Attaching addresses to users and taking them away. The caller holds the user's row locked."""

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from projects.errors import Conflict
from users.address_forms import FIELD_NAMES, ParsedAddress
from users.models import OmnichannelUser
from users.services.consent import forget_dead_address
from users.services.reach import LOCK_VALUE, reach_sql
from users.vocabulary import AddressKind

_MOMENTS = ("last_sent_at", "last_delivered_at", "last_opened_at", "last_clicked_at")
_COUNTS = ("sent_count", "opened_count", "clicked_count")
_SAME = "a.user_id = EXCLUDED.user_id"
# What happened to the person who had the device before says nothing about the one who has it now.
_METRICS = ", ".join(
    [f"{name} = CASE WHEN {_SAME} THEN a.{name} END" for name in _MOMENTS]
    + [f"{name} = CASE WHEN {_SAME} THEN a.{name} ELSE 0 END" for name in _COUNTS]
)
# A retired token that the client tells again is alive again. An opt-out is a person's, so it doesn't move on.
_REVIVED = f"a.status = 'retired' OR (a.status = 'opted_out' AND NOT {_SAME})"
# What its owner or the project took back counts from the first moment, also for one that left and comes back.
_REACH = reach_sql(user="%(user)s", project="%(project)s", kind="%(kind)s", value="%(value)s")
_ATTACH = f"""
{LOCK_VALUE};
INSERT INTO users_address AS a
    (user_id, project_id, kind, provider, value, status, status_reason, sent_count, clicked_count, reach)
VALUES (%(user)s, %(project)s, %(kind)s, %(provider)s, %(value)s, 'active', '', 0, 0, {_REACH})
ON CONFLICT (project_id, kind, value) DO UPDATE SET
    user_id = EXCLUDED.user_id,
    reach = EXCLUDED.reach,
    confirmed_at = statement_timestamp(),
    status = CASE WHEN {_REVIVED} THEN 'active' ELSE a.status END,
    status_reason = CASE WHEN {_REVIVED} THEN '' ELSE a.status_reason END,
    status_changed_at = CASE WHEN {_REVIVED} THEN statement_timestamp() ELSE a.status_changed_at END,
    {_METRICS}
WHERE a.kind = 'push' OR {_SAME}
RETURNING a.id
"""
_DETACH = "DELETE FROM users_address WHERE user_id = %(user)s AND kind = %(kind)s AND value <> %(value)s"
# In this order, as everywhere: the value before any row of an address.
_REPLACE = f"{LOCK_VALUE}; {_DETACH}"


def attach_address(user: OmnichannelUser, address: ParsedAddress) -> None:
    """Make the address the user's. Raises Conflict (email, phone) where it is another user's of the project.

    A push token moves from whoever had it: the device was handed over. A new e-mail or phone takes the old one's place.
    """
    told = {
        "user": user.pk,
        "project": user.project_id,
        "kind": address.kind.value,
        "provider": str(address.provider),
        "value": address.value,
    }
    with connection.cursor() as cursor:
        if address.kind != AddressKind.PUSH and _last(cursor, _REPLACE, told).rowcount:
            forget_dead_address(user, kind=address.kind)
        if _last(cursor, _ATTACH, told).fetchone() is None:
            raise Conflict("This value belongs to another user of the project.", field=FIELD_NAMES[address.kind])


def change_addresses(user: OmnichannelUser, addresses: dict[AddressKind, ParsedAddress | None]) -> None:
    """Attach the addresses given; None takes away all that the user has of that kind. Raises Conflict."""
    # One order for all, so that two requests wait for each other and don't deadlock.
    for kind in AddressKind:
        address = addresses.get(kind)
        if address:
            attach_address(user, address)
        elif kind in addresses:
            _detach(user, kind)


def _detach(user: OmnichannelUser, kind: AddressKind) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DETACH, {"user": user.pk, "kind": kind.value, "value": ""})


def _last(cursor: CursorWrapper, statements: str, told: dict[str, Any]) -> CursorWrapper:
    """Execute the statements together; the cursor is at the result of the last."""
    cursor.execute(statements, told)
    while cursor.nextset():
        pass
    return cursor
