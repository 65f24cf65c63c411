"""Finding people by whatever somebody has of them: an id, a name, an e-mail, a phone, a push token."""

import re
from collections.abc import Collection

from django.db.models import Q, QuerySet

from users.address_forms import normal_email
from users.models import Address, OmnichannelUser
from users.vocabulary import AddressKind

MOST_FOUND = 200
SHORTEST_TOKEN = 8
PHONE = re.compile(r"\+?[\d\s().-]{5,}")


def find_user_ids(projects: Collection[int], text: str, *, limit: int = MOST_FOUND) -> list[int]:
    """The ids of up to `limit` users of these projects, those that match exactly first.

    Matches the beginning of client_user_id, name, e-mail, phone (however it is written) and push token. Each look-up
    walks an index; five queries at most, however many users there are.
    """
    text = text.strip()
    if not text or "\0" in text:
        return []
    users = OmnichannelUser.objects.filter(project_id__in=list(projects))
    lookups: list[QuerySet[OmnichannelUser] | QuerySet[Address]] = [
        users.filter(client_user_id=text),
        *_addresses(projects, text),
        users.filter(client_user_id__startswith=text),
        users.filter(name__istartswith=text),
    ]
    found: dict[int, None] = {}
    for rows in lookups:
        name = "user_id" if rows.model is Address else "pk"
        found |= dict.fromkeys(rows.order_by().values_list(name, flat=True)[:limit])
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _addresses(projects: Collection[int], text: str) -> list[QuerySet[Address]]:
    """One look-up for each kind of address that the text can be the beginning of."""
    mine = Address.objects.filter(project_id__in=list(projects))
    return [mine.filter(each) for each in beginnings(text)]


def beginnings(text: str) -> list[Q]:
    """A condition on `kind` and `value` for each kind of address that the text can be the beginning of."""
    found = []
    if PHONE.fullmatch(text):
        found.append(Q(kind=AddressKind.PHONE, value__startswith="+" + re.sub(r"\D", "", text)))
    if " " not in text:
        found.append(Q(kind=AddressKind.EMAIL, value__startswith=normal_email(text) or text.lower()))
        if len(text) >= SHORTEST_TOKEN:
            found.append(Q(kind=AddressKind.PUSH, value__startswith=text))
    return found
