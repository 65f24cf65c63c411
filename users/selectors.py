"""Reads of omnichannel users."""

from typing import Any

from projects.errors import NotFound
from projects.models import Project
from users.models import Address, OmnichannelUser
from users.vocabulary import AddressKind, AddressStatus


def get_user(project: Project, client_user_id: str, *, lock: bool = False) -> OmnichannelUser:
    """The project's user with this id; with `lock`, locked until the transaction ends. Raises NotFound."""
    users = OmnichannelUser.objects.select_for_update() if lock else OmnichannelUser.objects
    found = users.filter(project=project, client_user_id=client_user_id)
    # PostgreSQL's texts know no NUL, so nobody's id has one.
    user = found.first() if "\0" not in client_user_id else None
    if user is None:
        raise NotFound("User not found")
    return user


def has_user(project: Project, client_user_id: str) -> bool:
    """Whether the project has a user with this id."""
    return (
        "\0" not in client_user_id
        and OmnichannelUser.objects.filter(project=project, client_user_id=client_user_id).exists()
    )


def user_as_json(user: OmnichannelUser) -> dict[str, Any]:
    """A user as the API shows one; what is not known is null. One query.

    `channels` has `email` and `sms` (an object, or null where the user has no such address) and `app_push` (a list,
    the device confirmed last first). `app_push_token` is the first active one of these.
    """
    channels = channels_of(user)
    email, sms, devices = channels["email"], channels["sms"], channels["app_push"]
    active = (device["token"] for device in devices if device["status"] == AddressStatus.ACTIVE)
    return {
        "id": user.pk,
        "project_id": user.project_id,
        "client_user_id": user.client_user_id,
        "name": user.name or None,
        "email": email and email["email"],
        "phone": sms and sms["phone"],
        "app_push_token": next(active, None),
        "language": user.language or None,
        "country": user.country or None,
        "platform_id": user.platform_id,
        "gender": user.gender or None,
        "vip": user.vip,
        "age": user.age,
        "photo": user.photo or None,
        "ak": user.ak or None,
        "time_zone": user.time_zone or None,
        "registered_at": user.registered_at,
        "last_online_at": user.last_online_at,
        "fields": user.fields,
        "channels": channels,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


def channels_of(user: OmnichannelUser) -> dict[str, Any]:
    """The user's addresses by channel, each with its status and metrics. One query."""
    rows = list(Address.objects.filter(user=user).order_by("-confirmed_at", "-pk"))
    devices = [
        {"token": row.value, "provider": row.provider, **_metrics(row)} for row in rows if row.kind == AddressKind.PUSH
    ]
    return {
        "email": _single(rows, AddressKind.EMAIL, "email"),
        "sms": _single(rows, AddressKind.PHONE, "phone"),
        "app_push": devices,
    }


def _single(rows: list[Address], kind: AddressKind, name: str) -> dict[str, Any] | None:
    row = next((row for row in rows if row.kind == kind), None)
    return {name: row.value, **_metrics(row)} if row else None


def _metrics(row: Address) -> dict[str, Any]:
    return {
        "status": row.status,
        "status_reason": row.status_reason or None,
        "confirmed_at": row.confirmed_at,
        "last_sent_at": row.last_sent_at,
        "last_delivered_at": row.last_delivered_at,
        "last_opened_at": row.last_opened_at,
        "last_clicked_at": row.last_clicked_at,
        "created_at": row.created_at,
    }
