"""Rows of omnichannel users, written by one statement each, so that requests at the same instant agree."""

import json
from typing import Any

import orjson
from django.db import connection

from projects.models import Project
from projects.statements import fetch
from users.address_forms import ParsedAddress
from users.models import OmnichannelUser
from users.profile import EMPTY, Profile

_TABLE = OmnichannelUser._meta.db_table  # noqa: SLF001  (Django's documented way to a model's table)
_COLUMNS = [field.attname for field in OmnichannelUser._meta.concrete_fields]  # noqa: SLF001  (documented, too)
_RETURNED = ", ".join(_COLUMNS)
_CREATE_ONLY = frozenset({"registered_at"})
_MERGE = f"fields = ({_TABLE}.fields || %s::jsonb) - %s::text[]"

_RECIPIENT = f"""
SELECT {", ".join(f"u.{column}" for column in _COLUMNS)}, EXISTS (
    SELECT 1 FROM users_address a
    WHERE a.project_id = u.project_id AND a.kind = %s AND a.value = %s AND a.user_id = u.id
          AND a.status <> 'retired' AND a.confirmed_at > now() - interval '1 hour'
) AS is_attached
FROM {_TABLE} u WHERE u.project_id = %s AND u.client_user_id = %s
"""


def find_recipient(
    project: Project, client_user_id: str, address: ParsedAddress | None
) -> tuple[OmnichannelUser | None, bool]:
    """The user, and whether the address needs no write: it is theirs, in use, and was told within the last hour."""
    told = [address.kind.value, address.value] if address else ["", ""]
    user, is_attached = _one(_RECIPIENT, [*told, project.pk, client_user_id])
    return user, address is None or is_attached


def insert_user(project: Project, client_user_id: str | None, profile: Profile) -> OmnichannelUser | None:
    """Make a user; None when there is one already. Waits for a transaction that makes the same one just now.

    Without a client user id (None: known by an e-mail alone) there never is one already.
    """
    statement, values = _insert(project, client_user_id, profile)
    return _one(f"{statement} ON CONFLICT (project_id, client_user_id) DO NOTHING RETURNING {_RETURNED}", values)[0]


def upsert_user(project: Project, client_user_id: str, profile: Profile) -> tuple[OmnichannelUser, bool]:
    """Make a user or change the one there is; returns (user, whether it is new). The row stays locked."""
    statement, values = _insert(project, client_user_id, profile)
    changes, changed = _changes(profile)
    user, is_new = _one(
        f"{statement} ON CONFLICT (project_id, client_user_id) DO UPDATE SET {changes} "
        f"RETURNING {_RETURNED}, (xmax = 0) AS is_new",
        [*values, *changed],
    )
    assert user is not None  # noqa: S101  (for mypy: DO UPDATE always returns a row)
    return user, is_new


def update_user_row(project: Project, client_user_id: str, profile: Profile) -> OmnichannelUser | None:
    """Change a user; None when there is none. The row stays locked."""
    changes, changed = _changes(profile)
    return _one(
        f"UPDATE {_TABLE} SET {changes} WHERE project_id = %s AND client_user_id = %s RETURNING {_RETURNED}",
        [*changed, project.pk, client_user_id],
    )[0]


def change_user_row(user_id: int, profile: Profile) -> OmnichannelUser | None:
    """Change a user by their number; None when they are gone. The row stays locked."""
    changes, changed = _changes(profile)
    return _one(f"UPDATE {_TABLE} SET {changes} WHERE id = %s RETURNING {_RETURNED}", [*changed, user_id])[0]


def _insert(project: Project, client_user_id: str | None, profile: Profile) -> tuple[str, list[Any]]:
    columns = {**EMPTY, **profile.columns}
    names = ["project_id", "client_user_id", "fields", *columns]
    marks = ", ".join(["%s"] * len(names))
    values = [project.pk, client_user_id, _json(_kept(profile)), *columns.values()]
    return f"INSERT INTO {_TABLE} ({', '.join(names)}) VALUES ({marks})", values


def _changes(profile: Profile) -> tuple[str, list[Any]]:
    """The SET clause for what the profile names, and its values."""
    columns = {name: value for name, value in profile.columns.items() if name not in _CREATE_ONLY}
    clauses = [f"{name} = %s" for name in columns]
    values = list(columns.values())
    if profile.fields is None:
        clauses.append("fields = '{}'::jsonb")
    elif profile.fields:
        clauses.append(_MERGE)
        values += [_json(_kept(profile)), [name for name, value in profile.fields.items() if value is None]]
    return ", ".join([*clauses, "updated_at = statement_timestamp()"]), values


def _kept(profile: Profile) -> dict[str, Any]:
    return {name: value for name, value in (profile.fields or {}).items() if value is not None}


def _json(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()


def _one(statement: str, values: list[Any]) -> tuple[OmnichannelUser | None, bool]:
    """The user in the one row that the statement returns (_RETURNED), and the flag behind it, if there is one."""
    rows = fetch(statement, values)
    if not rows:
        return None, False
    columns, flag = dict(zip(_COLUMNS, rows[0], strict=False)), rows[0][len(_COLUMNS) :]
    columns["fields"] = json.loads(columns["fields"])
    return OmnichannelUser.from_db(connection.alias, _COLUMNS, list(columns.values())), flag == (True,)
