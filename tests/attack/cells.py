"""Every address of the API from the URL table, aimed at one account's rows. A path that can't be aimed is an error."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from messaging.message_ids import message_uuid
from messaging.models import Message
from tests.panel.world import World
from tests.wire.api import Caller
from users.models import Address, OmnichannelUser

BASES = ("v1/", "v3/")
OPEN = {"openapi", "api-docs"}
"""Names of pages for everybody."""


@dataclass(frozen=True)
class Cell:
    """One method of one address."""

    name: str
    route: str
    method: str
    path: str


def cells(world: World) -> list[Cell]:
    """Each method of each address of the API, with this account's numbers in its path."""
    return [
        Cell(pattern.name or "", route, method.upper(), "/" + _fill(route, pattern, world))
        for route, pattern in routes()
        for method in _methods(pattern)
    ]


def routes() -> list[tuple[str, URLPattern]]:
    """(route, pattern) of all that the API has."""
    return [(route, pattern) for route, pattern in _patterns(get_resolver(), "") if route.startswith(BASES)]


def body_of(world: World) -> dict[str, Any]:
    """A body that names this account's rows by every name there is."""
    user, message = world.rows[OmnichannelUser], world.rows[Message]
    email = world.rows[Address].value  # type: ignore[attr-defined]  # rows are typed as models
    return {
        "project_id": world.project.pk,
        "project": world.project.pk,
        "client_user_id": user.client_user_id,  # type: ignore[attr-defined]
        "user_id": user.pk,
        "email": email,
        "type_id": 1,
        "type_ids": [1],
        "phone": "+380501234567",
        "app_push_token": "f" * 64,
        "data": {"user": {"email": email, "name": "stolen"}},
        "name": "stolen",
        "push_id": message.pk,
        "mail_id": message.pk,
        "message_id": str(message_uuid(message.pk)),
        "start_date": 1_700_000_000,
        "timestamp": 1_700_000_000,
        "last_reaction": 1_700_000_000,
        "encoded_email": b64encode(email.encode()).decode(),
        "force_delete": True,
    }


def ask(caller: Caller, cell: Cell, body: Any = None, **told: Any) -> HttpResponse:
    """Call the cell. A refusal rolls back to where it began, as in production; the test's own rows stay."""
    with transaction.atomic():
        return caller.call(cell.method, cell.path, body, **told)


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        whole = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, whole)
        else:
            yield whole, each


def _methods(pattern: URLPattern) -> list[str]:
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    names = getattr(view, "http_method_names", ["get", "post"])
    return [name for name in names if name not in {"options", "head", "trace"} and hasattr(view, name)]


def _fill(route: str, pattern: URLPattern, world: World) -> str:
    user, message = world.rows[OmnichannelUser], world.rows[Message]
    email: str = world.rows[Address].value  # type: ignore[attr-defined]
    plain = "emailhash" not in route and "encoded" not in route and not route.startswith("v3/") and "admin" not in route
    values: dict[str, object] = {
        "project_id": world.project.pk,
        "user_id": user.pk,
        "client_user_id": user.client_user_id,  # type: ignore[attr-defined]
        "email": email if plain else b64encode(email.encode()).decode(),
        "mail_id": message.pk,
        "category": "system",
        "source_id": 8,
        "since": 1,
        "page": 1,
    }
    path = route
    for name, converter in pattern.pattern.converters.items():
        assert name in values, f"tests/attack/cells.py doesn't know what to put for <{name}> of {route}"
        kind = next(each for each in path.split("<") if each.split(">")[0].endswith(f"{name}")).split(">")[0]
        path = path.replace(f"<{kind}>", str(values[name]))
        assert converter
    return path + (f"?m={message.pk}&u={user.pk}&p={world.project.pk}" if path.startswith("v3/track/") else "")
