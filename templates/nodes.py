"""The tags of the language: python-liquid's own, each paying for its work before it renders.

python-liquid limits nested loops, but not loops in a row, chains of conditions or blank blocks. Here every node
knows its price, worked out once when it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO, cast

from liquid import Environment, RenderContext
from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import assign_tag, case_tag, comment_tag, for_tag, if_tag, unless_tag
from liquid.exceptions import LoopIterationLimitError
from liquid.expression import Expression
from liquid.stringify import to_liquid_string
from liquid.undefined import is_undefined

from templates import limits
from templates.escaping import escaped
from templates.filters import effort

if TYPE_CHECKING:
    from templates.liquid import Context


class Priced(Node):
    """A node that pays `price` units each time it is rendered."""

    price = 1

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        cast("Context", context).spend(self.price)
        return super().render_to_output(context, buffer)  # type: ignore[safe-super]  # the other base renders


class Text(Priced, content.ContentNode):
    """Text between tags."""


class Comment(Priced, comment_tag.CommentNode):
    """Prints nothing."""


class Assign(Priced, assign_tag.AssignNode):
    """Gives a value a name."""


class If(Priced, if_tag.IfNode):
    """`if`, with its `elsif`s and `else`."""


class Unless(Priced, unless_tag.UnlessNode):
    """`unless`."""


class Case(Priced, case_tag.CaseNode):
    """`case`, with its `when`s."""


class For(Priced, for_tag.ForNode):
    """A loop. Over nothing and without an `else`, what it was to run over is missing."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if not self.default:
            cast("Context", context).miss(self.expression.iterable.evaluate(context))
        return super().render_to_output(context, buffer)


class Output(Priced, output.OutputNode):
    """`{{ … }}`."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        paying = cast("Context", context)
        paying.spend(self.price)
        value = self.expression.evaluate(context)
        if is_undefined(value):
            paying.miss(value)
            return 0
        paying.spend(effort(value))
        text = to_liquid_string(value, autoescape=False)
        return buffer.write(escaped(text) if paying.escapes else text)


_TAGS = (
    (content.Literal, Text),
    (output.Output, Output),
    (comment_tag.CommentTag, Comment),
    (assign_tag.AssignTag, Assign),
    (if_tag.IfTag, If),
    (unless_tag.UnlessTag, Unless),
    (case_tag.CaseTag, Case),
    (for_tag.ForTag, For),
)


def install(environment: Environment) -> None:
    """Make these the only tags of an environment (`raw` belongs to the lexer and is always there)."""
    environment.tags.clear()
    for plain in (illegal.Illegal, for_tag.BreakTag, for_tag.ContinueTag):
        environment.add_tag(plain)
    for tag, node in _TAGS:
        environment.add_tag(type(tag.__name__, (tag,), {"node_class": node}))


def set_price(node: Node) -> None:
    """Work out what one rendering of a node costs: itself and every expression that it may evaluate."""
    if not isinstance(node, Priced):
        return
    branches = [child for child in _children(node) if _is_branch(child)]
    expressions = [*node.expressions(), *(item for branch in branches for item in branch.expressions())]
    node.price = 1 + sum(count(expression) for expression in expressions)


def count(expression: Expression) -> int:
    """How many expressions an expression is made of."""
    return 1 + sum(count(child) for child in expression.children())


def walk(nodes: list[Node], in_loop: bool = False) -> Iterator[tuple[Node, bool]]:
    """Every node below, and whether it stands in a loop."""
    for node in nodes:
        yield node, in_loop
        yield from walk(_children(node), in_loop or isinstance(node, For))


def _children(node: Node) -> list[Node]:
    return list(node.children(cast("RenderContext", None), include_partials=False))


def _is_branch(node: Node) -> bool:
    return isinstance(node, ConditionalBlockNode | case_tag.MultiExpressionBlockNode)


def _bounded_range(self: RangeLiteral, start: object, stop: object) -> range:
    made: range = _make_range(self, start, stop)
    if made.stop - made.start > limits.LOOP:
        raise LoopIterationLimitError("range too long", token=self.token)
    return made


# A range of 10⁹ is listed by `reversed`, `slice` and `join`, walked by `offset` and `contains`, and python-liquid
# has no setting for it. Ranges know no environment, so the bound is set for the process; nothing else uses Liquid.
_make_range = RangeLiteral._make_range  # noqa: SLF001 - the one place where every range is made
RangeLiteral._make_range = _bounded_range  # type: ignore[method-assign]  # noqa: SLF001 - as above
