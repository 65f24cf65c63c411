"""Which of a message's variables a template reads: enough to render the same text again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Keys = tuple[object, ...]
"""A variable's name in its parts, as far as it is known before rendering: ("user", "name"); () could be any."""

_COMPUTED = frozenset({"size", "first", "last"})


def parts_read(variables: Mapping[str, object], paths: Iterable[Keys]) -> dict[str, object]:
    """Of variables those at the paths, by their top-level names; of `user` only the fields, where none reads it all."""
    wanted: dict[str, set[str] | None] = {}
    for path in paths:
        if not path or not isinstance(path[0], str):
            return dict(variables)
        field = _field(path)
        fields = wanted.setdefault(path[0], set())
        if field is None or fields is None:
            wanted[path[0]] = None
        else:
            fields.add(field)
    return {name: _narrowed(variables[name], fields) for name, fields in wanted.items() if name in variables}


def _field(path: Keys) -> str | None:
    """The field of `user` that a path reads; None for the whole, and for whatever else than `user`."""
    if path[0] != "user" or len(path) < 2 or not isinstance(path[1], str) or path[1] in _COMPUTED:
        return None
    return path[1]


def _narrowed(value: object, fields: set[str] | None) -> object:
    if fields is None or not isinstance(value, dict):
        return value
    return {name: value[name] for name in fields if name in value}
