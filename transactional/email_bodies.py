"""The body of `push/system` and `push/trigger` in its three dialects (facts, section 2B.1).

PHP's SDK: `email` stands on top, `data` holds variables, `user` and `meta`, and an empty map is `[]`. Raw HTTP: the
address is in `data.user`, which must be there; `meta` stands on top. Go's SDK: `user` and `meta` stand on top, and the
variables are base64 of their JSON. The category is the path's: Go's own number for it is another. PHP's releases before
0.8 encrypt the variables, on top or in `data`; a letter without them would be wrong, so these are refused.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson

from messaging.services.acceptance import Order
from messaging.vocabulary import Category
from projects.errors import InvalidInput, NotFound
from templates.models import Channel
from transactional.body_reader import LARGEST_ID, LARGEST_INTEGER, Reader, object_from
from transactional.services.sending import SendRequest
from users.address_forms import ParsedAddress, parse_email
from users.profile import NUMBERS, SEND_FIELDS, read_client_user_id, read_profile

NO_USER = "This value should contain key `user`"
ENCRYPTED = "This value is encrypted as by the PHP SDK before release 0.8, which is not supported: use release 0.8."
NOT_ENCODED = "This value should be base64 of a JSON object."
NOT_PROFILE = ("email", "client_user_id")


def read_email_send(body: Mapping[str, Any], *, category: str, request_id: str) -> SendRequest:
    """Read and check everything but what needs the database. Raises InvalidInput, or NotFound for the category."""
    if category not in (Category.SYSTEM, Category.TRIGGER):
        raise NotFound("Not found")
    reader = Reader(body, {})
    type_id = reader.integer("type_id", largest=LARGEST_INTEGER)
    data = reader.object("data")
    inner = data.pop("value_encrypt", None)
    data |= reader.take("value_encrypt", lambda value: _variables(inner) | _variables(value)) or {}
    user, address = _user(reader, data)
    profile = {name: value for name, value in user.items() if name not in NOT_PROFILE and not _is_unknown(name, value)}
    meta = reader.take("meta", lambda value: object_from(data.get("meta")) | object_from(value)) or {}
    template_id = reader.take("transactional_mail_settings", _template_id)
    client_user_id = reader.take("client_user_id", lambda _: _client_user_id(user)) or ""
    reader.take("user", lambda _: read_profile(profile, only=SEND_FIELDS | set(NUMBERS)))
    if reader.errors or address is None:
        raise InvalidInput(reader.errors)
    variables = {name: value for name, value in data.items() if name != "meta"}
    order = Order(data=variables | ({"user": user} if user else {}), meta=meta, request_id=request_id)
    return SendRequest(Channel.EMAIL, category, type_id, client_user_id, address, profile, order, template_id)


def _user(reader: Reader, data: Mapping[str, Any]) -> tuple[dict[str, Any], ParsedAddress | None]:
    """What is said of the user, wherever it stands, and the address."""
    told = {**(reader.take("data.user", lambda _: object_from(data.get("user"))) or {}), **reader.object("user")}
    email = reader.body.get("email") or told.get("email")
    if not email and not told and "user" not in reader.body and "user" not in data:
        reader.errors.setdefault("data", NO_USER)
        return told, None
    address: ParsedAddress | None = reader.take("email", lambda _: parse_email(email))
    return told, address


def _is_unknown(name: str, value: Any) -> bool:
    """PHP's `false` for what isn't known, which `GET user/…` of Sendios has as a country; only `vip` is a boolean."""
    return value is False and name not in ("vip", "fields")


def _variables(value: Any) -> dict[str, Any]:
    """Go's `{"template_data": base64 of JSON}`."""
    encoded = object_from(value).get("template_data")
    if encoded in (None, ""):
        return {}
    try:
        found = orjson.loads(b64decode(str(encoded), validate=True))
    except ValueError as error:
        raise InvalidInput({"": NOT_ENCODED}) from error
    if isinstance(found, dict) and {"iv", "value", "mac"} <= found.keys():
        raise InvalidInput({"": ENCRYPTED})
    if found is not None and not isinstance(found, dict):
        raise InvalidInput({"": NOT_ENCODED})
    return dict(found or {})


def _client_user_id(user: Mapping[str, Any]) -> str:
    told = user.get("client_user_id")
    return "" if told in (None, "") else read_client_user_id(told)


def _template_id(value: Any) -> int | None:
    """The template that the request pins. Subjects are part of our templates, so `subject_id` chooses nothing."""
    told = object_from(value).get("template_id")
    if told in (None, "", 0, "0"):
        return None
    if isinstance(told, bool) or not str(told).isascii() or not str(told).isdigit() or int(str(told)[:20]) > LARGEST_ID:
        raise InvalidInput({"transactional_mail_settings.template_id": "This value should be of type integer."})
    return int(told)
