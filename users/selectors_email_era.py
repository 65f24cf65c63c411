"""What the endpoints of the e-mail era show of people (facts, section 2B)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from projects.errors import NotFound
from projects.models import ClientAccount
from users.email_vendors import vendor_of
from users.models import Address, OmnichannelUser, Suppression, Unsubscription
from users.vocabulary import AddressKind, AddressStatus

NOT_FOUND = "User not found"
DEFAULT_STATUS = 1


def get_user_of_client(client: ClientAccount, user_id: int) -> OmnichannelUser:
    """A user of any of the client's projects, by number. Raises NotFound alike for unknown and foreign."""
    users = OmnichannelUser.objects.select_related("project")
    user = users.filter(pk=user_id, project__client=client).first()
    if user is None:
        raise NotFound(NOT_FOUND)
    return user


def userfields_as_json(user: OmnichannelUser) -> dict[str, Any]:
    """{"user", "custom_fields"} as Sendios' userfields show a person; an empty container is `[]`. One query.

    The three `last_*` are unix seconds, 0 for never; `country_id`, `language` and `language_id` are codes. Of what we
    don't keep, `city_id` and `valid_id` are null. `err_response` is 1 once a mail server refused the address.
    """
    row = Address.objects.filter(user=user, kind=AddressKind.EMAIL).first()
    email = row.value if row else ""
    shown = {
        "id": user.pk,
        "project_id": user.project_id,
        "email": email,
        "name": user.name or None,
        "gender": user.gender or None,
        "language": user.language or None,
        "language_id": user.language or None,
        "country_id": user.country or None,
        "city_id": None,
        "city": user.city or None,
        "platform_id": user.platform_id,
        "list_id": user.list_id or 0,
        "vendor_id": vendor_of(email.rpartition("@")[2]).id,
        "valid_id": None,
        "status": DEFAULT_STATUS if user.client_status is None else user.client_status,
        "vip": int(user.vip),
        "confirm": int(user.email_confirmed_at is not None),
        "err_response": int(row is not None and row.status == AddressStatus.INVALID),
        "last_online": unix(user.last_online_at),
        "last_reaction": unix(user.last_reaction_at),
        "last_mailed": unix(row.last_sent_at if row else None),
        "created_at": plain(user.created_at),
        "registered_at": plain(user.registered_at),
        "updated_at": plain(user.updated_at),
        "meta": "[]",
    }
    return {"user": shown, "custom_fields": user.fields or []}


def consent_as_json(user: OmnichannelUser) -> dict[str, Any] | bool:
    """The person's unsubscription from e-mail, else the suppression of their address, else False. Two queries.

    The types matter: a client takes the object for "unsubscribed" only if each member has its type.
    """
    row = taken_back(user)
    if row is None:
        return False
    why, changed = (row.message, row.updated_at) if isinstance(row, Unsubscription) else (row.reason, row.created_at)
    return {
        "project_id": user.project_id,
        "user_id": user.pk,
        "source_id": row.source_id,
        "meta": {"message": why},
        "created_at": plain(row.created_at),
        "updated_at": plain(changed),
    }


def taken_back(user: OmnichannelUser) -> Unsubscription | Suppression | None:
    """What keeps the person from getting all e-mail: their own unsubscription before a suppression."""
    own = Unsubscription.objects.filter(user=user, kind=AddressKind.EMAIL).first()
    if own:
        return own
    values = Address.objects.filter(user=user, kind=AddressKind.EMAIL).values("value")
    return Suppression.objects.filter(project=user.project_id, kind=AddressKind.EMAIL, value__in=values).first()


def unsubscribed_since(client: ClientAccount, since: datetime) -> QuerySet[Unsubscription]:
    """Who unsubscribed from the client's e-mails since then, the first one first."""
    rows = Unsubscription.objects.filter(project__client=client, kind=AddressKind.EMAIL, created_at__gte=since)
    return rows.select_related("user").order_by("created_at", "pk")


def as_list_rows(rows: Sequence[Unsubscription]) -> list[dict[str, Any]]:
    """Rows of `unsubscribed_since` as the list shows them. One query."""
    people = [row.user_id for row in rows]
    mails = Address.objects.filter(user_id__in=people, kind=AddressKind.EMAIL)
    emails = dict(mails.values_list("user_id", "value"))
    return [
        {
            "email": emails.get(row.user_id),
            "project_id": row.project_id,
            "client_user_id": row.user.client_user_id,
            "source_id": row.source_id,
            "created_at": plain(row.created_at),
        }
        for row in rows
    ]


def plain(moment: datetime) -> str:
    """YYYY-MM-DD HH:MM:SS in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def unix(moment: datetime | None) -> int:
    """Unix seconds; 0 for never."""
    return int(moment.timestamp()) if moment else 0
