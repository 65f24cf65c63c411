"""The fields of an omnichannel user as client systems send them: one table of rules, pure.

Everywhere null and "" mean the same: the field is cleared. Names that the table doesn't know are ignored.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import available_timezones

import pycountry
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from projects.errors import InvalidInput
from users.address_forms import ParsedAddress, parse_email, parse_phone, parse_push_token
from users.custom_values import errors_in_fields, read_moment
from users.vocabulary import AddressKind, Gender, Platform

EMPTY: dict[str, Any] = {
    "name": "",
    "gender": "",
    "language": "",
    "country": "",
    "city": "",
    "platform_id": Platform.UNKNOWN.value,
    "vip": False,
    "age": None,
    "photo": "",
    "ak": "",
    "time_zone": "",
}
"""Column → what a user has when nobody said."""

ALIASES = {"country_id": "country", "language_id": "language"}
"""What the send endpoints call these two; where both are sent, the plain name counts."""

NUMBERS = ("channel_id", "subchannel_id", "list_id", "partner_id", "client_status")
"""The client's own numbers of the e-mail era; what nobody said is null."""

SEND_FIELDS = frozenset(EMPTY) | {"fields", "channel_id", "subchannel_id"}
"""What `user` and `data.user` of a send may change."""


class _Wrong(ValueError):
    """A value against its rule; the text is the sentence to tell."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a payload changes: only what it names.

    `columns` are columns of OmnichannelUser; `fields` are merged, a None removes the key (`fields` itself None
    removes them all); an address of None means: take it away.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] | None = field(default_factory=dict)
    addresses: dict[AddressKind, ParsedAddress | None] = field(default_factory=dict)


def read_profile(payload: Mapping[str, Any], *, default_country: str = "", only: Collection[str] = ()) -> Profile:
    """Read what a payload says about a user; `only` limits the names. Raises InvalidInput with every wrong field."""
    told: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for sent, value in payload.items():
        name = ALIASES.get(sent, sent)
        if (only and name not in only) or (name != sent and name in payload):
            continue
        try:
            told[name] = _read(name, value, default_country)
        except _Wrong as wrong:
            errors[sent] = str(wrong)
        except InvalidInput as error:
            errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    return Profile(
        columns={name: told[name] for name in _COLUMNS if told.get(name, _UNKNOWN) is not _UNKNOWN},
        fields=told.get("fields", {}),
        addresses={kind: told[name] for name, kind in _ADDRESSES.items() if name in told},
    )


def read_client_user_id(value: object) -> str:
    """A client's own id of a person: 1 to 255 characters; a number is taken as its digits. Raises InvalidInput."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if text is None or (isinstance(text, str) and not text.strip()):
        raise InvalidInput({"client_user_id": "This value should not be blank."})
    try:
        return _text(text, longest=255)
    except _Wrong as wrong:
        raise InvalidInput({"client_user_id": str(wrong)}) from wrong


def _read(name: str, value: Any, default_country: str) -> Any:
    is_empty = value is None or value == ""
    if name == "fields":
        return None if is_empty else _fields(value)
    if name in _ADDRESSES:
        return None if is_empty else _address(name, value, default_country)
    if is_empty:
        return EMPTY.get(name, None if name in NUMBERS else _UNKNOWN)
    rule = _COLUMNS.get(name)
    return rule(value) if rule else _UNKNOWN


def _fields(value: Any) -> dict[str, Any]:
    fields = {} if value == [] else value
    if errors := errors_in_fields(fields):
        raise InvalidInput(errors)
    return dict(fields)


def _address(name: str, value: Any, default_country: str) -> ParsedAddress:
    if name == "phone":
        return parse_phone(value, default_country)
    return parse_email(value) if name == "email" else parse_push_token(value)


def _text(value: Any, *, longest: int) -> str:
    if not isinstance(value, str):
        raise _Wrong("This value should be of type string.")
    if "\0" in value:
        raise _Wrong("This value should not contain NUL characters.")
    if len(value) > longest:
        raise _Wrong(f"This value is too long. It should have {longest} characters or less.")
    return value


def _gender(value: Any) -> str:
    if value not in Gender.values:
        raise _Wrong("The value you selected is not a valid choice.")
    return str(value)


def _language(value: Any) -> str:
    code = value.lower() if isinstance(value, str) else ""
    if code not in _languages():
        raise _Wrong("This value is not a valid language.")
    return code


def _country(value: Any) -> str:
    code = _countries().get(value.upper()) if isinstance(value, str) else None
    if code is None:
        raise _Wrong("This value is not a valid country.")
    return code


def _platform(value: Any) -> int:
    number = _integer_or_none(value)
    if number not in Platform.values:
        raise _Wrong("The value you selected is not a valid choice.")
    return int(number)


def _vip(value: Any) -> bool:
    told = _BOOLEANS.get(str(value).lower()) if isinstance(value, bool | int | str) else None
    if told is None:
        raise _Wrong("This value should be of type bool.")
    return told


def _age(value: Any) -> int:
    number = _integer_or_none(value)
    if number is None:
        raise _Wrong("This value should be of type integer.")
    if not 0 <= number <= 150:
        raise _Wrong("This value should be between 0 and 150.")
    return number


def _number(value: Any) -> int:
    number = _integer_or_none(value)
    if number is None or abs(number) >= 2**63:
        raise _Wrong("This value should be of type integer.")
    return number


def _photo(value: Any) -> str:
    url = _text(value, longest=2048)
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError as error:
        raise _Wrong("This value is not a valid URL.") from error
    return url


def _registered_at(value: Any) -> datetime:
    moment = read_moment(value) if isinstance(value, str) else None
    try:
        if moment is not None:
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        pass
    raise _Wrong("This value is not a valid date: give YYYY-MM-DD or ISO 8601.")


def _time_zone(value: Any) -> str:
    if not isinstance(value, str) or value not in _time_zones():
        raise _Wrong("This value is not a valid timezone.")
    return value


def _integer_or_none(value: Any) -> int | None:
    """A whole number, or one written in digits."""
    if isinstance(value, str) and value.isascii() and len(value) < 20 and value.removeprefix("-").isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@cache
def _languages() -> frozenset[str]:
    return frozenset(each.alpha_2 for each in pycountry.languages if hasattr(each, "alpha_2"))


@cache
def _countries() -> dict[str, str]:
    return {code: each.alpha_2 for each in pycountry.countries for code in (each.alpha_2, each.alpha_3)}


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


_UNKNOWN = object()
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_ADDRESSES = {"email": AddressKind.EMAIL, "phone": AddressKind.PHONE, "app_push_token": AddressKind.PUSH}
_COLUMNS: dict[str, Callable[[Any], Any]] = {
    "name": partial(_text, longest=128),
    "gender": _gender,
    "language": _language,
    "country": _country,
    "city": partial(_text, longest=128),
    "platform_id": _platform,
    "vip": _vip,
    "age": _age,
    "photo": _photo,
    "ak": partial(_text, longest=255),
    "registered_at": _registered_at,
    "time_zone": _time_zone,
    **dict.fromkeys(NUMBERS, _number),
}
