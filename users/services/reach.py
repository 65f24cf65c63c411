"""What may still be sent to an address, settled: the least of what all who have a say leave.

They are the person's unsubscription, the project's suppression of the value, and a pending erasure. So that two changes
at the same instant agree, everybody locks in one order: the user's row, the values (advisory locks: a value may have
no row yet), the rows of addresses. Only then, in a statement of its own, which sees what others have just committed, is
the reach reckoned. All statements of one step go to the database at once.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from users.vocabulary import AddressKind

# By kind first: whoever changes several kinds of one person goes through them in the order of AddressKind.
_LOCK_VALUES = """
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', project_id, kind, value), 0))
FROM (SELECT {columns} ORDER BY kind, value OFFSET 0) AS told
"""
_SETTLE = """
SELECT FROM users_address a WHERE {which} ORDER BY a.id FOR NO KEY UPDATE;
UPDATE users_address a SET reach = told.reach
FROM (SELECT a.id, {reach} AS reach FROM users_address a WHERE {which}) AS told
WHERE a.id = told.id AND a.reach <> told.reach
"""


def reach_sql(*, user: str, project: str, kind: str, value: str) -> str:
    """An SQL expression for the reach of an address, made of expressions for its columns. LEAST passes over NULLs."""
    return f"""LEAST(3,
    (SELECT reach FROM users_unsubscription WHERE user_id = {user} AND kind = {kind}),
    (SELECT reach FROM users_suppression WHERE project_id = {project} AND kind = {kind} AND value = {value}),
    (SELECT 0 FROM users_omnichanneluser WHERE id = {user} AND erase_after IS NOT NULL))"""


LOCK_VALUE = _LOCK_VALUES.format(columns="%(project)s AS project_id, %(kind)s AS kind, %(value)s AS value")

_REACH = reach_sql(user="a.user_id", project="a.project_id", kind="a.kind", value="a.value")
_USERS = "a.user_id = ANY(%(users)s) AND a.kind = ANY(%(kinds)s)"
_VALUES = "a.project_id = %(project)s AND a.kind = %(kind)s AND a.value = ANY(%(values)s)"

_SETTLE_USERS = ";".join(
    [
        "SELECT FROM users_omnichanneluser WHERE id = ANY(%(users)s) ORDER BY id FOR NO KEY UPDATE",
        _LOCK_VALUES.format(columns=f"project_id, kind, value FROM users_address a WHERE {_USERS}"),
        _SETTLE.format(which=_USERS, reach=_REACH),
    ]
)
_LOCK_MANY = ";".join(
    [
        # So that nobody of these is erased meanwhile; an ordinary change of a person doesn't wait for this.
        "SELECT FROM users_omnichanneluser WHERE id IN "
        f"(SELECT a.user_id FROM users_address a WHERE {_VALUES}) ORDER BY id FOR KEY SHARE",
        _LOCK_VALUES.format(columns="%(project)s AS project_id, %(kind)s AS kind, unnest(%(values)s::text[]) AS value"),
    ]
)
_SETTLE_VALUES = _SETTLE.format(which=_VALUES, reach=_REACH)


def settle_users(user_ids: Iterable[int], kinds: Iterable[AddressKind] = tuple(AddressKind)) -> None:
    """Settle these people's addresses, after their consent changed. Within the caller's transaction."""
    _execute(_SETTLE_USERS, {"users": sorted(user_ids), "kinds": [str(kind) for kind in kinds]})


def lock_values(project_id: int, kind: str, values: Iterable[str]) -> None:
    """Wait until nobody else suppresses or attaches these, and let nobody until the transaction ends."""
    _execute(_LOCK_MANY, {"project": project_id, "kind": str(kind), "values": list(values)})


def settle_values(project_id: int, kind: str, values: Iterable[str]) -> None:
    """Settle the addresses with these values, after their suppression changed under `lock_values`."""
    _execute(_SETTLE_VALUES, {"project": project_id, "kind": str(kind), "values": list(values)})


def _execute(statements: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements, parameters)
