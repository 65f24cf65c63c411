"""The filters of the language: python-liquid's own, each behind the same guard.

A guard pays for the work, takes only plain numbers and texts of bounded size, and refuses results that grew.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from liquid import Environment
from liquid.builtin.filters import array, misc, string
from liquid.builtin.filters import math as maths
from liquid.exceptions import FilterArgumentError

from templates import limits

Function = Callable[..., object]


class Payer(Protocol):
    """What a filter needs of the render context."""

    env: Environment

    def spend(self, units: int) -> None: ...

    def now(self) -> dt.datetime: ...

    def miss(self, value: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Filter:
    """`least` and `most` count the arguments; `takes` is what stands left of the bar.

    A `glancing` filter doesn't go through all of a value, and isn't paid for as if it did.
    """

    function: Function
    least: int = 0
    most: int = 0
    keywords: tuple[str, ...] = ()
    takes: type = object
    needs_environment: bool = False
    glancing: bool = False


FILTERS: dict[str, Filter] = {
    "default": Filter(misc.default, 1, 1, keywords=("allow_false",)),
    "upcase": Filter(string.upcase, takes=str),
    "downcase": Filter(string.downcase, takes=str),
    "capitalize": Filter(string.capitalize, takes=str),
    "strip": Filter(string.strip, takes=str),
    "escape": Filter(string.escape, takes=str, needs_environment=True),
    "truncate": Filter(string.truncate, 0, 2, takes=str),
    "date": Filter(misc.date, 1, 1, needs_environment=True),
    "plus": Filter(maths.plus, 1, 1, takes=float),
    "minus": Filter(maths.minus, 1, 1, takes=float),
    "times": Filter(maths.times, 1, 1, takes=float),
    "divided_by": Filter(maths.divided_by, 1, 1, takes=float),
    "round": Filter(maths.round_, 0, 1, takes=float),
    "size": Filter(misc.size, glancing=True),
    "first": Filter(array.first, needs_environment=True, glancing=True),
    "last": Filter(array.last, needs_environment=True, glancing=True),
    "join": Filter(array.join, 0, 1, needs_environment=True),
    "slice": Filter(string.slice_, 1, 2),
}
"""Nothing else: `append`, `replace`, `split` and `concat` grow a text without bound when chained."""


def install(environment: Environment, *, escapes: bool = False) -> None:
    """Make these the only filters of an environment. Where all is escaped anyway, `escape` leaves values alone."""
    environment.filters.clear()
    known = {**FILTERS, "escape": Filter(_unchanged)} if escapes else FILTERS
    for name, spec in known.items():
        environment.add_filter(name, _guarded(name, spec))


def _unchanged(value: object) -> object:
    return value


def size_of(value: object) -> int:
    """Roughly how many characters a value prints. Written for speed: every value that is read comes by."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        size = 4 * len(value)
        for key, item in value.items():
            size += len(key) + (len(item) if type(item) is str else size_of(item))
        return size
    if isinstance(value, list | tuple):
        size = 2 * len(value)
        for item in value:
            size += len(item) if type(item) is str else size_of(item)
        return size
    return 8


def effort(value: object) -> int:
    """The units that going once through a value costs."""
    return len(value) >> 8 if isinstance(value, str) else size_of(value) >> 5


def _guarded(name: str, spec: Filter) -> Function:
    def run(left: object, *arguments: object, context: Payer, **keywords: object) -> object:
        context.spend(1 if spec.glancing else 1 + effort(left))
        if name != "default":
            context.miss(left)
        _check_taken(name, spec, left, arguments)
        if name == "date" and left in ("now", "today"):
            left = context.now()
        if spec.needs_environment:
            keywords["environment"] = context.env
        try:
            result = spec.function(left, *arguments, **keywords)
        except (ArithmeticError, ValueError, OSError) as error:
            raise FilterArgumentError(f"{name}: {error}", token=None) from error
        return _check_made(name, result)

    run.with_context = True  # type: ignore[attr-defined]  # how python-liquid marks such filters
    return run


def _check_taken(name: str, spec: Filter, left: object, arguments: tuple[object, ...]) -> None:
    texts = arguments if name != "default" else ()
    if any(isinstance(item, str) and len(item) > limits.ARGUMENT for item in texts):
        raise FilterArgumentError(f"{name}: an argument is too long", token=None)
    if not spec.glancing and size_of(left) > limits.TEXT:
        raise FilterArgumentError(f"{name}: the value is too long", token=None)
    if spec.takes is float:
        for number in (left, *arguments):
            _check_number(name, number)
    if name == "date":
        _check_date(left, arguments)
    if name == "join" and arguments:
        _check_join(left, arguments[0])


def _check_number(name: str, number: object) -> None:
    if isinstance(number, str) and len(number) > 40:
        raise FilterArgumentError(f"{name}: not a number", token=None)
    if isinstance(number, int | float) and not abs(number) <= limits.NUMBER:
        raise FilterArgumentError(f"{name}: the number is too large", token=None)


def _check_date(left: object, arguments: tuple[object, ...]) -> None:
    if isinstance(left, str) and len(left) > 64:
        raise FilterArgumentError("date: not a date", token=None)
    if not all(isinstance(item, str) and len(item) <= 100 for item in arguments):
        raise FilterArgumentError("date: the format must be a short text", token=None)


def _check_join(left: object, separator: object) -> None:
    items = size_of(left) // 2  # at most: each prints 2 or more characters by size_of's count
    if items * size_of(separator) > limits.TEXT:
        raise FilterArgumentError("join: the result is too long", token=None)


def _check_made(name: str, result: object) -> object:
    if isinstance(result, str) and len(result) > limits.TEXT:
        raise FilterArgumentError(f"{name}: the result is too long", token=None)
    if isinstance(result, float) and not math.isfinite(result):
        raise FilterArgumentError(f"{name}: the result is no number", token=None)
    if isinstance(result, int | float) and abs(result) > limits.NUMBER:
        raise FilterArgumentError(f"{name}: the result is too large", token=None)
    return result
