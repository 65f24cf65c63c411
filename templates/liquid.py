"""Liquid, locked down: what a source compiles to and how one is rendered.

Only the filters and tags that we name, no loader, no clock, no Python object: values are reached by `[]` on plain
dicts, lists and strings. Every limit of `limits.py` holds, whatever the data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import takewhile
from sys import getsizeof

from liquid import BoundTemplate, Environment, RenderContext
from liquid import Mode as LiquidMode
from liquid.ast import Node
from liquid.builtin.expressions import Filter, FilteredExpression
from liquid.builtin.expressions.arguments import KeywordArgument
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode
from liquid.exceptions import LiquidError, LocalNamespaceLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.token import Token
from liquid.undefined import UNDEFINED, Undefined, is_undefined
from liquid.utils import ReadOnlyChainMap

from templates import filters, limits, nodes
from templates.errors import RenderError, TemplateSyntaxError
from templates.limits import Medium
from templates.scan import line_of, scan
from templates.sentences import WorkLimitError, about_rendering, about_syntax
from templates.variables import CLOCK


class _Environment(Environment):
    """The language: its tags, filters and limits."""

    block_nesting_limit = limits.DEPTH
    context_depth_limit = limits.DEPTH + 5  # the scopes of a template itself come on top of its loops'
    loop_iteration_limit = limits.LOOP
    local_namespace_limit = limits.NAMESPACE
    shorthand_indexes = True  # `{{ list.0.age }}`, as in the clients' Twig

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        super().__init__(tolerance=LiquidMode.STRICT)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        del extra
        nodes.install(self)
        filters.install(self, escapes=self.medium.escapes)


class Context(RenderContext):
    """What one rendering reads and spends. `missing` keeps names in the order in which they were missed."""

    __slots__ = ("assigned", "escapes", "left", "missing")

    def __init__(
        self, template: BoundTemplate, variables: Mapping[str, object], *, work: int, escapes: bool = False
    ) -> None:
        super().__init__(template, globals=variables)
        self.escapes = escapes
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self.missing: dict[str, None] = {}
        self.left = work
        self.assigned = 0

    def spend(self, units: int) -> None:
        """Pay for work. Raises WorkLimitError when nothing is left."""
        self.left -= units
        if self.left < 0:
            raise WorkLimitError("too much work", token=None)

    def now(self) -> dt.datetime:
        """When the message was made. Rendering it again later takes the same time."""
        made = self.globals.get(CLOCK)
        return dt.datetime.fromtimestamp(made) if isinstance(made, int) else dt.datetime.now()  # noqa: DTZ005, DTZ006

    def miss(self, value: object) -> None:
        """Note the name of a value that isn't there."""
        if isinstance(value, Undefined):
            self.missing[value.name] = None

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """As in Liquid; what is null is as missing as what isn't there, and is known by its whole path."""
        value = super().get(path, token=token, default=default)
        if value is None or is_undefined(value):
            return self.env.undefined(".".join(map(str, path)), token=token)
        self.spend(1 + filters.effort(value))
        return value

    def assign(self, key: str, val: object) -> None:
        """As in Liquid, counting only what changed."""
        self.spend(filters.effort(val))
        self.assigned += _weight(val) - (_weight(self.locals[key]) if key in self.locals else 0)
        self.locals[key] = val
        if self.assigned > limits.NAMESPACE:
            raise LocalNamespaceLimitError("local namespace limit reached", token=None)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """As in Liquid; the runs are paid for too, since loops in a row have no limit."""
        super().raise_for_loop_limit(length)
        self.spend(length)


def _known(path: Sequence[object]) -> tuple[object, ...]:
    return tuple(takewhile(lambda key: not isinstance(key, list), path))  # a list is a name worked out when rendering


def _weight(value: object) -> int:
    return max(getsizeof(value), filters.size_of(value))


class Program:
    """One compiled source."""

    def __init__(self, template: BoundTemplate, *, source: str, medium: Medium) -> None:
        self.nodes: list[Node] = template.nodes
        self._template = template
        self._medium = medium
        self._reads_clock = any(used.name == "date" for node in self.nodes for used in _filters_below(node))
        self._work = medium.work + min(len(source), limits.SOURCE) // 4

    def variables(self) -> frozenset[str]:
        """Names that the source reads and doesn't make itself, as `user.name` or `list.0.age`."""
        return frozenset(".".join(map(str, path)) for path in self.paths() if path != (CLOCK,))

    def paths(self) -> frozenset[tuple[object, ...]]:
        """The same names in their parts, each as far as it is known before rendering; () could be any."""
        segments = self._template.global_variable_segments(include_partials=False)
        told = {(CLOCK,)} if self._reads_clock else set[tuple[object, ...]]()
        return frozenset({_known(path) for path in segments} | told)

    def render(self, variables: Mapping[str, object], missing: dict[str, None]) -> str:
        """The text for these variables; names that weren't there are added to `missing`. Raises RenderError."""
        most = self._medium.output
        context = Context(self._template, variables, work=self._work, escapes=self._medium.escapes)
        # newline="" keeps line ends: python-liquid's own buffer turns \r\n into \n.
        buffer: StringIO = LimitedStringIO(most, newline="")
        try:
            for node in self.nodes:
                node.render(context, buffer)
        except Exception as error:  # whatever odd data meets in a filter fails this message alone
            raise RenderError(about_rendering(error, most=most)) from error
        missing.update(context.missing)
        return buffer.getvalue()


_ENVIRONMENTS = {
    medium: _Environment(medium)
    for medium in (limits.TEXT_MEDIUM, limits.HTML_MEDIUM, limits.MAIL_TEXT_MEDIUM, limits.LINE_MEDIUM)
}


def parse(source: str, *, medium: Medium = limits.TEXT_MEDIUM) -> Program:
    """Compile a source. Raises TemplateSyntaxError (its `field` is the caller's to fill)."""
    scan(source, most=medium.source)
    try:
        template = _ENVIRONMENTS[medium].from_string(source)
        for node, in_loop in nodes.walk(template.nodes):
            _check_node(node, in_loop=in_loop)
            nodes.set_price(node)
        return Program(template, source=source, medium=medium)
    except RecursionError:
        raise TemplateSyntaxError("An expression is nested too deep.", line=1) from None
    except LiquidError as error:
        start = error.token.start_index if error.token else 0
        raise TemplateSyntaxError(about_syntax(error), line=line_of(source, start)) from error


def _check_node(node: Node, *, in_loop: bool) -> None:
    if isinstance(node, BreakNode | ContinueNode) and not in_loop:
        raise LiquidError(f"unexpected tag '{str(node)[3:-3]}'", token=node.token)
    for expression in node.expressions():
        for used in _filters(expression):
            _check_filter(used)


def _filters_below(top: Node) -> Iterator[Filter]:
    for node, _ in nodes.walk([top]):
        for expression in node.expressions():
            yield from _filters(expression)


def _filters(expression: Expression) -> Iterator[Filter]:
    if isinstance(expression, FilteredExpression):
        yield from expression.filters or []
    for child in expression.children():
        yield from _filters(child)


def _check_filter(used: Filter) -> None:
    spec = filters.FILTERS.get(used.name)
    if spec is None:
        raise LiquidError(f"unknown filter '{used.name}'", token=used.token)
    keywords = [item.name for item in used.args if isinstance(item, KeywordArgument)]
    positional = len(used.args) - len(keywords)
    if not spec.least <= positional <= spec.most or not set(keywords) <= set(spec.keywords):
        raise LiquidError(f"filter arguments '{used.name}'", token=used.token)
