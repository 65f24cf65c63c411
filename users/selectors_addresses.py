"""Reads of addresses."""

from collections import defaultdict
from collections.abc import Sequence

from users.models import Address
from users.vocabulary import AddressKind


def emails_and_phones(user_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Each user's {"email": …, "phone": …}, whichever they have, in one query."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Address.objects.filter(user_id__in=user_ids, kind__in=[AddressKind.EMAIL, AddressKind.PHONE])
    for user_id, kind, value in rows.values_list("user_id", "kind", "value"):
        found[user_id][kind] = value
    return found
