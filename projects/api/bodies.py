"""Bodies as client systems send them: an empty PHP map is `[]`, and no body at all is an empty object."""

from typing import Any

from rest_framework.request import Request

from projects.errors import InvalidInput

CUT_SLASH = "sendios.cut_slash"
"""In a request's META where a slash at the path's end was cut off: it may have been an id's own."""

NOT_AN_OBJECT = "This value should be of type object."


def object_of(request: Request) -> dict[str, Any]:
    """The body as an object; none, null and `[]` are `{}`. Raises InvalidInput (body) for anything else."""
    return as_object(request.data, name="body")


def as_object(value: object, *, name: str) -> dict[str, Any]:
    """A member that should be an object; None, "" and `[]` are `{}`. Raises InvalidInput naming it."""
    if value in (None, "", []):
        return {}
    if not isinstance(value, dict):
        raise InvalidInput({name: NOT_AN_OBJECT})
    return dict(value)


def rows_of(request: Request, *, name: str, limit: int) -> list[Any]:
    """The body as a list of 1 to `limit` rows, plain or under `name`. Raises InvalidInput naming it."""
    rows = request.data.get(name) if isinstance(request.data, dict) else request.data
    if not isinstance(rows, list):
        raise InvalidInput({name: "This value should be of type array."})
    if not 1 <= len(rows) <= limit:
        raise InvalidInput({name: f"This collection should contain 1 to {limit} elements."})
    return rows
