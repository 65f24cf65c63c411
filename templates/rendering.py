"""From content with tags to what one person gets.

A version's content is compiled once (the caller keeps it by version id) and rendered for each message. Fields
without tags cost nothing, fields of text and plain variables are joined, the rest is Liquid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from templates.content import Content, field_names_of, to_json
from templates.dialect import hints
from templates.errors import RenderError, TemplateSyntaxError
from templates.joiner import joiner_of
from templates.liquid import parse
from templates.validation import ADDRESSES, rendered_problem, validate
from templates.variables import Variables


class Renderer(Protocol):
    """One compiled field."""

    def variables(self) -> frozenset[str]: ...

    def render(self, variables: Mapping[str, object], missing: dict[str, None]) -> str: ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a person gets, and the names that had no value, each once, in the order in which they were missed."""

    content: Content
    missing: tuple[str, ...]


class CompiledContent:
    """Content ready to be rendered for many. `variables` are the names that it reads, as `user.name`."""

    __slots__ = ("_kind", "_renderers", "_static", "is_static", "variables")

    def __init__(self, kind: type[Content], static: Mapping[str, str], renderers: Mapping[str, Renderer]) -> None:
        self._kind = kind
        self._static = dict(static)
        self._renderers = tuple(renderers.items())
        self.variables = frozenset[str]().union(*(renderer.variables() for renderer in renderers.values()))
        self.is_static = not renderers

    def render(self, variables: Variables) -> Rendered:
        """What one person gets. Raises RenderError with the reason if that can't be made or sent.

        A logo that isn't one is left out rather than stopping the message.
        """
        missing: dict[str, None] = {}
        values = self._static.copy()
        for name, renderer in self._renderers:
            values[name] = self._sendable(name, _rendered(name, renderer, variables, missing))
        return Rendered(self._kind(**values), tuple(missing))

    def _sendable(self, name: str, value: str) -> str:
        if name in ADDRESSES:
            value = value.strip().replace(" ", "%20")
        problem = rendered_problem(self._kind, name, value)
        if not problem:
            return value
        if name == "logo":
            return ""
        raise RenderError(problem, field=name)


def compile_content(content: Content) -> CompiledContent:
    """Compile every field. Raises TemplateSyntaxError with the first field that can't be, its line and a sentence.

    Only the language is looked at: fields without tags are taken as they are, whether they make sense as content is
    for `validate`; `problems` asks both.
    """
    static: dict[str, str] = {}
    renderers: dict[str, Renderer] = {}
    for name in field_names_of(content):
        source = to_json(content)[name]
        if "{{" in source or "{%" in source:
            renderers[name] = _compiled(name, source)
        else:
            static[name] = source.strip() if name in ADDRESSES else source
    return CompiledContent(type(content), static, renderers)


def problems(content: Content) -> dict[str, str]:
    """Every sentence that a form shows beside its fields, from `validate` and from the language; {} if none."""
    found = validate(content)
    for name in field_names_of(content):
        if name not in found:
            try:
                _compiled(name, to_json(content)[name])
            except TemplateSyntaxError as error:
                found[name] = error.message
    return found


def render_many(compiled: CompiledContent, variables: Iterable[Variables]) -> Sequence[Rendered | RenderError]:
    """As many results as variables, in order; one that fails is its RenderError and stops none of the others."""
    return [_tried(compiled, one) for one in variables]


def _tried(compiled: CompiledContent, variables: Variables) -> Rendered | RenderError:
    try:
        return compiled.render(variables)
    except RenderError as error:
        return error


def _compiled(name: str, source: str) -> Renderer:
    try:
        program = parse(source)
    except TemplateSyntaxError as error:
        hint = next((hint for hint in hints(source) if hint.line == error.line), None)
        sentence = hint.sentence if hint else error.sentence
        form = hint.liquid_form if hint else ""
        raise TemplateSyntaxError(sentence, line=error.line, field=name, liquid_form=form) from error
    return joiner_of(program.nodes) or program


def _rendered(name: str, renderer: Renderer, variables: Variables, missing: dict[str, None]) -> str:
    try:
        return renderer.render(variables, missing)
    except RenderError as error:
        raise RenderError(error.reason, field=name) from error
