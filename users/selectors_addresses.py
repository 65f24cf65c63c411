"""Reads of addresses."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from projects.statements import fetch
from users.models import Address, OmnichannelUser
from users.vocabulary import AddressKind


def emails_and_phones(user_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Each user's {"email": …, "phone": …}, whichever they have, in one query."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Address.objects.filter(user_id__in=user_ids, kind__in=[AddressKind.EMAIL, AddressKind.PHONE])
    for user_id, kind, value in rows.values_list("user_id", "kind", "value"):
        found[user_id][kind] = value
    return found


# In the model's order, as from_db wants them.
_COLUMNS = ("id", "user_id", "project_id", "kind", "provider", "value", "status", "reach")
_OF_USER = f"""
SELECT {", ".join(_COLUMNS)} FROM users_address
WHERE user_id = %(user)s AND kind = %(kind)s AND (%(value)s::text IS NULL OR value = %(value)s) ORDER BY id
"""


def addresses_of(user: OmnichannelUser, kind: AddressKind, *, value: str | None = None) -> list[Address]:
    """The user's addresses of a kind, the oldest first; only the one that `value` names, if any.

    For sending: a queryset takes several times as long. Metrics and times are left out until somebody asks for them.
    """
    rows = fetch(_OF_USER, {"user": user.pk, "kind": kind.value, "value": value})
    return [Address.from_db(connection.alias, _COLUMNS, row) for row in rows]
