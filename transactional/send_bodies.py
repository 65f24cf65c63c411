"""The body of a send as client systems write it: read tolerantly, every offending field told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.services.acceptance import Order
from messaging.vocabulary import Category
from projects.errors import InvalidInput, NotFound
from templates.models import Channel
from transactional.services.sending import ADDRESS_FIELD, SendRequest
from users.address_forms import ParsedAddress, parse_phone, parse_push_token
from users.profile import SEND_FIELDS, read_client_user_id, read_profile

LARGEST_INTEGER = 2**31 - 1
LARGEST_ID = 2**63 - 1


@dataclass
class _Reader:
    """Reads members one by one and remembers what is wrong with each."""

    body: Mapping[str, Any]
    errors: dict[str, str]

    def take(self, name: str, read: Callable[[Any], Any]) -> Any:
        try:
            return read(self.body.get(name))
        except InvalidInput as error:
            self.errors |= {name if field == "" else field: text for field, text in error.errors.items()}
            return None

    def integer(self, name: str, *, largest: int) -> int:
        return int(self.take(name, lambda value: _integer(value, largest=largest)) or 0)

    def object(self, name: str) -> dict[str, Any]:
        return self.take(name, _object) or {}


def read_project_id(body: Mapping[str, Any]) -> int:
    """The project that the body names. Raises InvalidInput (project_id)."""
    reader = _Reader(body, {})
    project_id = reader.integer("project_id", largest=LARGEST_ID)
    if reader.errors:
        # Whoever forgot the project shall hear of what else is missing at once.
        reader.integer("type_id", largest=LARGEST_INTEGER)
        raise InvalidInput(reader.errors)
    return project_id


def read_send(
    body: Mapping[str, Any], *, channel: Channel, category: str, default_country: str, request_id: str
) -> SendRequest:
    """Read and check everything but what needs the database. Raises InvalidInput, or NotFound for the category."""
    if category not in (Category.SYSTEM, Category.TRIGGER):
        raise NotFound("Not found")
    reader = _Reader(body, {})
    type_id = reader.integer("type_id", largest=LARGEST_INTEGER)
    client_user_id = reader.take("client_user_id", read_client_user_id)
    address = reader.take(ADDRESS_FIELD[channel], lambda value: _address(value, channel, default_country))
    data, meta, user = reader.object("data"), reader.object("meta"), reader.object("user")
    nested = reader.take("data.user", lambda _: _object(data.get("user"))) or {}
    profile = {**nested, **user}
    if reader.errors:
        # The profile is read where the user is written; whoever got something else wrong hears of all at once.
        reader.take("user", lambda _: read_profile(profile, only=SEND_FIELDS))
        raise InvalidInput(reader.errors)
    return SendRequest(
        channel=channel,
        category=category,
        type_id=type_id,
        client_user_id=client_user_id,
        address=address,
        profile=profile,
        order=Order(data=data | ({"user": profile} if user else {}), meta=meta, request_id=request_id),
    )


def _integer(value: Any, *, largest: int) -> int:
    if value in (None, ""):
        raise InvalidInput({"": "This value should not be blank."})
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 19:
        raise InvalidInput({"": "This value should be of type integer."})
    if not 1 <= int(text) <= largest:
        raise InvalidInput({"": f"This value should be between 1 and {largest}."})
    return int(text)


def _object(value: Any) -> dict[str, Any]:
    if value in (None, "", []):
        return {}
    if not isinstance(value, dict):
        raise InvalidInput({"": "This value should be of type object."})
    return dict(value)


def _address(value: Any, channel: Channel, default_country: str) -> ParsedAddress | None:
    if value in (None, ""):
        return None
    return parse_push_token(value) if channel == Channel.APP_PUSH else parse_phone(value, default_country)
