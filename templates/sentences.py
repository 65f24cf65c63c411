"""What python-liquid's errors say to a marketer and to whoever looks why a message failed."""

from __future__ import annotations

import re

from liquid.exceptions import (
    BlockNestingError,
    ContextDepthError,
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
)

from templates import limits
from templates.filters import FILTERS


class WorkLimitError(ResourceLimitError):
    """The template does more than one message may."""


_QUOTED = re.compile(r"(unexpected tag|unknown filter|filter arguments) '(.*)'")


def about_syntax(error: LiquidError) -> str:
    """A sentence on why a source can't be compiled."""
    if isinstance(error, BlockNestingError):
        return f"Blocks are nested more than {limits.DEPTH} deep."
    if not error.token and isinstance(error.__cause__, RecursionError):
        return "An expression is nested too deep."
    told = _QUOTED.fullmatch(str(error.message))
    if not told:
        return f"This can't be read: {error.message}."
    return _about_name(*told.groups())


def _about_name(kind: str, name: str) -> str:
    if kind == "unknown filter":
        return f"There is no filter “{name}”. The filters are {', '.join(sorted(FILTERS))}."
    if kind == "filter arguments":
        return f"The filter “{name}” is given too few or too many values: {_usage(name)}."
    if name in ("else", "elsif", "when", "break", "continue") or name.startswith("end"):
        return f"“{{% {name} %}}” doesn't belong here."
    return f"There is no tag “{name}”. The tags are if, unless, case, for, assign, comment and raw."


def _usage(name: str) -> str:
    spec = FILTERS[name]
    if spec.most == 0:
        return "it takes none"
    return f"it takes {spec.most}" if spec.least == spec.most else f"it takes {spec.least} to {spec.most}"


_REASONS: dict[type[BaseException], str] = {
    LoopIterationLimitError: f"A loop would run more than {limits.LOOP} times.",
    LocalNamespaceLimitError: f"The template assigns more than {limits.NAMESPACE // 1024} kB.",
    WorkLimitError: "The template does more work than one message may.",
    ContextDepthError: "Loops are nested too deep.",
    RecursionError: "An expression is nested too deep.",
}


def too_long(most: int) -> str:
    """A sentence on a result of more than so many bytes."""
    return f"The text would be longer than {f'{most // 1024} kB' if most >= limits.OUTPUT else f'{most} characters'}."


def about_rendering(error: Exception, *, most: int = limits.OUTPUT) -> str:
    """A sentence on why a message can't be made; `most` bytes were allowed."""
    if isinstance(error, OutputStreamLimitError):
        return too_long(most)
    if type(error) in _REASONS:
        return _REASONS[type(error)]
    told = error.message if isinstance(error, LiquidError) else error
    return f"The template can't be rendered with these values: {str(told)[:200].rstrip('.')}."
