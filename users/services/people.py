"""Omnichannel users: made, changed, recognised, erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from projects.errors import Conflict, DomainError, InvalidInput, NotFound
from projects.models import Project
from users.address_forms import ParsedAddress
from users.custom_values import size_error
from users.models import OmnichannelUser
from users.profile import SEND_FIELDS, Profile, read_client_user_id, read_profile
from users.selectors import get_user
from users.services.addresses import attach_address, change_addresses
from users.services.custom_fields import settle_field_types
from users.services.erasure import erase_person
from users.services.user_rows import find_recipient, insert_user, update_user_row, upsert_user


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of a batch: a user, or an error and nothing stored."""

    client_user_id: str | None
    user_id: int | None = None
    is_new: bool = False
    error: DomainError | None = None


def create_user(project: Project, *, payload: dict[str, Any]) -> OmnichannelUser:
    """Make a user from what a client system sent, `client_user_id` included, with addresses and custom fields.

    Raises InvalidInput with every wrong field, Conflict for one who exists, for an address of somebody else (email,
    phone) and for a custom field of another type. Nothing is kept then.
    """
    client_user_id, profile = _read_row(project, payload)
    with transaction.atomic():
        user = insert_user(project, client_user_id, profile)
        if user is None:
            raise Conflict("User already exists")
        return finish_user(project, user, profile)


def update_user(project: Project, *, client_user_id: str, payload: dict[str, Any]) -> OmnichannelUser:
    """Change what the payload names and nothing else. Raises NotFound, and InvalidInput and Conflict as create does."""
    profile = read_profile(payload, default_country=project.default_country)
    with transaction.atomic():
        user = update_user_row(project, client_user_id, profile) if "\0" not in client_user_id else None
        if user is None:
            raise NotFound("User not found")
        return finish_user(project, user, profile)


def upsert_users(project: Project, *, rows: Sequence[Any]) -> list[RowResult]:
    """Make or change each row's user, in order; one result a row. Each row is kept or refused on its own."""
    return [_upsert_row(project, row) for row in rows]


def identify_recipient(
    project: Project, *, client_user_id: str, profile: dict[str, Any], address: ParsedAddress | None
) -> OmnichannelUser:
    """The user to send to, made or brought up to date, with the address attached. Within the caller's transaction.

    One read and no write where all is known already. `profile` is what the request says of the user; addresses in it
    are ignored. Raises InvalidInput and Conflict as `create_user` does.
    """
    client_user_id = read_client_user_id(client_user_id)
    told = read_profile(profile, only=SEND_FIELDS)
    user, is_attached = find_recipient(project, client_user_id, address)
    if user and is_attached and not _differs(user, told):
        return user
    user, _is_new = upsert_user(project, client_user_id, told)
    finish_user(project, user, told)
    if address:
        attach_address(user, address)
    return user


def erase_user(project: Project, *, client_user_id: str) -> None:
    """Forget a person at once (services/erasure.py says what that takes away). Raises NotFound."""
    with transaction.atomic():
        erase_person(get_user(project, client_user_id, lock=True))


def _read_row(project: Project, payload: dict[str, Any]) -> tuple[str, Profile]:
    """Client user id and profile of a create or batch row. Raises InvalidInput with every wrong field."""
    errors: dict[str, str] = {}
    client_user_id, profile = "", Profile()
    try:
        client_user_id = read_client_user_id(payload.get("client_user_id"))
    except InvalidInput as error:
        errors |= error.errors
    try:
        profile = read_profile(payload, default_country=project.default_country)
    except InvalidInput as error:
        errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    return client_user_id, profile


def _upsert_row(project: Project, row: Any) -> RowResult:
    told = row.get("client_user_id") if isinstance(row, dict) else None
    try:
        if not isinstance(row, dict):
            raise InvalidInput({"user": "This value should be of type object."})
        client_user_id, profile = _read_row(project, row)
        with transaction.atomic():
            user, is_new = upsert_user(project, client_user_id, profile)
            finish_user(project, user, profile)
    except DomainError as error:
        return RowResult(str(told)[:255] if told is not None else None, error=error)
    return RowResult(client_user_id, user_id=user.pk, is_new=is_new)


def finish_user(project: Project, user: OmnichannelUser, profile: Profile) -> OmnichannelUser:
    """All that follows once the row is written and thereby locked: types of fields, their size together, addresses."""
    if profile.fields:
        settle_field_types(project, profile.fields)
        if too_much := size_error(user.fields):
            raise InvalidInput({"fields": too_much})
    change_addresses(user, profile.addresses)
    user.project = project
    return user


def _differs(user: OmnichannelUser, profile: Profile) -> bool:
    if any(getattr(user, name) != value for name, value in profile.columns.items()):
        return True
    if profile.fields is None:
        return bool(user.fields)
    # True == 1 in Python, so types are compared too: the field's type may be wrong.
    return any(
        value != user.fields.get(name) or type(value) is not type(user.fields.get(name))
        for name, value in profile.fields.items()
    )
