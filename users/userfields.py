"""The fields that `PUT userfields` takes, and Sendios' own sentences about wrong ones (facts, 1.5 and 2B.2); pure."""

from collections.abc import Mapping
from typing import Any

from projects.errors import InvalidInput, WrongFields
from users.custom_values import errors_in_fields, size_error
from users.profile import Profile, read_profile

COLUMNS = {
    "name": "name",
    "gender": "gender",
    "age": "age",
    "photo": "photo",
    "ak": "ak",
    "vip": "vip",
    "language": "language",
    "country": "country",
    "city": "city",
    "platform_id": "platform_id",
    "list_id": "list_id",
    "partner_id": "partner_id",
    "status": "client_status",
}
"""Field → column. Any other name is a custom field, dotted names too."""

FORMAT = "Field {name} does not match the required format"
TEXTS = {
    "gender": "Field gender must be a part of list: m, f",
    "platform_id": "Field platform_id must be a part of list: 0, 1, 2, 3, 4",
    "language": "Field language is not valid language code: {value}",
    "country": "Field country is not valid country code: {value}",
}


def read_userfields(payload: Mapping[str, Any]) -> Profile:
    """What a flat object of fields changes; null and "" clear one. Raises WrongFields with every wrong one."""
    columns: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in payload.items():
        try:
            if name in COLUMNS:
                columns |= read_profile({COLUMNS[name]: value}).columns
            else:
                fields |= _custom(name, value)
        except InvalidInput:
            errors[name] = sentence(name, value)
    if too_much := size_error(fields):
        errors["fields"] = too_much
    if errors:
        raise WrongFields(errors)
    return Profile(columns=columns, fields=fields)


def sentence(name: str, value: object = None) -> str:
    """What Sendios says of a field with a wrong value."""
    shown = str(value)[:64].replace("\0", "")
    return TEXTS.get(name, FORMAT).format(name=name[:64], value=shown)


def _custom(name: str, value: Any) -> dict[str, Any]:
    # Each is measured alone: all of them together are measured once, at the end.
    if wrong := errors_in_fields({name: value}):
        raise InvalidInput(wrong)
    return {name: value}
