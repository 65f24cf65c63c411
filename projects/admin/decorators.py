"""unfold's decorators with types, so that what they decorate keeps its own."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from unfold import decorators

View = TypeVar("View", bound=Callable[..., Any])


def action(**options: Any) -> Callable[[View], View]:
    """A button on a page: description, icon, permissions, variant, attrs ({"data-post": "1"}: a POST)."""
    return cast(Callable[[View], View], decorators.action(**options))


def display(**options: Any) -> Callable[[View], View]:
    """A column of a list: description, ordering, label (a value → colour table), boolean, header."""
    return cast(Callable[[View], View], decorators.display(**options))
