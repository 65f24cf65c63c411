"""The body of a send as client systems write it: read tolerantly, every offending field told."""

from collections.abc import Mapping
from typing import Any

from messaging.services.acceptance import Order
from messaging.vocabulary import Category
from projects.errors import InvalidInput, NotFound
from templates.models import Channel
from transactional.body_reader import LARGEST_ID, LARGEST_INTEGER, Reader, object_from
from transactional.services.sending import ADDRESS_FIELD, SendRequest
from users.address_forms import ParsedAddress, parse_phone, parse_push_token
from users.profile import SEND_FIELDS, read_client_user_id, read_profile


def read_project_id(body: Mapping[str, Any]) -> int:
    """The project that the body names. Raises InvalidInput (project_id)."""
    reader = Reader(body, {})
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
    reader = Reader(body, {})
    type_id = reader.integer("type_id", largest=LARGEST_INTEGER)
    client_user_id = reader.take("client_user_id", read_client_user_id)
    address = reader.take(ADDRESS_FIELD[channel], lambda value: _address(value, channel, default_country))
    data, meta, user = reader.object("data"), reader.object("meta"), reader.object("user")
    nested = reader.take("data.user", lambda _: object_from(data.get("user"))) or {}
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


def _address(value: Any, channel: Channel, default_country: str) -> ParsedAddress | None:
    if value in (None, ""):
        return None
    return parse_push_token(value) if channel == Channel.APP_PUSH else parse_phone(value, default_country)
