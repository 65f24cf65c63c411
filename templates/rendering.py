"""From content with tags to what one person gets.

A version's content is compiled once (the caller keeps it by version id) and rendered for each message. Fields
without tags cost nothing, fields of text and plain variables are joined, the rest is Liquid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from templates.content import Content, EmailContent, field_names_of, to_json
from templates.dialect import hints
from templates.email_html import compiled_html, markup_of
from templates.email_problems import html_problems
from templates.errors import RenderError, TemplateSyntaxError
from templates.escaping import with_safe_links
from templates.joiner import joiner_of
from templates.limits import HTML_MEDIUM, LINE_MEDIUM, MAIL_TEXT_MEDIUM, TEXT_MEDIUM, Medium
from templates.liquid import parse
from templates.markup import Markup
from templates.plain_text import text_of, without_blocks
from templates.reads import Keys, parts_read
from templates.validation import ADDRESSES, nothing_left, rendered_problem, validate
from templates.variables import Variables

EMAIL_MEDIA = {"subject": LINE_MEDIUM, "preheader": LINE_MEDIUM, "html": HTML_MEDIUM, "text": MAIL_TEXT_MEDIUM}
_MANY_BREAKS = re.compile(r"\n{3,}")


class Renderer(Protocol):
    """One compiled field."""

    def variables(self) -> frozenset[str]: ...

    def paths(self) -> frozenset[Keys]: ...

    def render(self, variables: Mapping[str, object], missing: dict[str, None]) -> str: ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a person gets, and the names that had no value, each once, in the order in which they were missed."""

    content: Content
    missing: tuple[str, ...]


class CompiledContent:
    """Content ready to be rendered for many. `variables` are the names that it reads, as `user.name`."""

    __slots__ = ("_kind", "_paths", "_renderers", "_static", "is_static", "variables")

    def __init__(self, kind: type[Content], static: Mapping[str, str], renderers: Mapping[str, Renderer]) -> None:
        self._kind = kind
        self._static = dict(static)
        self._renderers = tuple(renderers.items())
        self.variables = frozenset[str]().union(*(renderer.variables() for renderer in renderers.values()))
        self._paths = frozenset[Keys]().union(*(renderer.paths() for renderer in renderers.values()))
        self.is_static = not renderers

    def render(self, variables: Variables) -> Rendered:
        """What one person gets. Raises RenderError with the reason if that can't be made or sent.

        A logo that isn't one is left out rather than stopping the message.
        """
        missing: dict[str, None] = {}
        values = self._static.copy()
        for name, renderer in self._renderers:
            values[name] = self._sendable(name, _rendered(name, renderer, variables, missing))
        content = self._kind(**values)
        if isinstance(content, EmailContent) and nothing_left(content):
            raise RenderError("Nothing is left to say to this person.", field="html")
        return Rendered(content, tuple(missing))

    def used(self, variables: Variables) -> dict[str, object]:
        """Of these variables those that the content reads, as JSON knows them: rendered with, they give the same.

        Of `user` only the fields that are read, unless it is read as a whole.
        """
        return parts_read(variables, self._paths)

    def _sendable(self, name: str, value: str) -> str:
        if self._kind is EmailContent:
            value = _mailable(name, value)
        elif name in ADDRESSES:
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
    for name, source, medium in _sources(content):
        if "{{" in source or "{%" in source:
            renderers[name] = _compiled(name, source, medium)
        elif isinstance(content, EmailContent):
            static[name] = _mailable(name, source)
        else:
            static[name] = source.strip() if name in ADDRESSES else source
    return CompiledContent(type(content), static, renderers)


def _sources(content: Content) -> Sequence[tuple[str, str, Medium]]:
    """What is compiled for each field: what was typed, and of an e-mail what is made of it."""
    if isinstance(content, EmailContent):
        return _email_sources(content)
    return [(name, source, TEXT_MEDIUM) for name, source in to_json(content).items()]


def _email_sources(content: EmailContent) -> Sequence[tuple[str, str, Medium]]:
    for name in ("subject", "preheader"):  # the pre-header becomes a part of the HTML, which must not tell of it
        _compiled(name, getattr(content, name), LINE_MEDIUM)
    html, text = "", content.text
    if content.html.strip():
        _compiled("html", content.html, HTML_MEDIUM)  # mistakes are told by the lines of what was typed
        markup = markup_of(content)
        html = _told_of_html(partial(compiled_html, content, markup))
        text = text if text.strip() else _made_text(markup)
    sources = {"subject": content.subject, "preheader": content.preheader, "html": html, "text": text}
    return [(name, source, EMAIL_MEDIA[name]) for name, source in sources.items()]


def _told_of_html(make: Callable[[], str]) -> str:
    try:
        return make()
    except TemplateSyntaxError as error:
        raise TemplateSyntaxError(error.sentence, line=error.line, field="html") from error


def _made_text(markup: Markup) -> str:
    made = text_of(markup)
    try:
        parse(made, medium=MAIL_TEXT_MEDIUM)
    except TemplateSyntaxError:
        return without_blocks(markup)
    return made


def _mailable(name: str, value: str) -> str:
    """A rendered field as a mail can hold it: one line of a header, HTML without doubtful links, tidy text."""
    if name == "html":
        return with_safe_links(value)
    if name == "text":
        tidy = (_MANY_BREAKS.sub("\n\n", value) if "\n\n\n" in value else value).strip()
        return value if tidy == value else tidy
    return value if value.isprintable() else "".join(filter(str.isprintable, " ".join(value.split())))


def problems(content: Content) -> dict[str, str]:
    """Every sentence that a form shows beside its fields, from `validate` and from the language; {} if none."""
    found = validate(content)
    for name in field_names_of(content):
        if name not in found:
            found |= _language_problem(name, partial(_compile_field, content, name))
    if isinstance(content, EmailContent) and "html" not in found:
        sentences = html_problems(markup_of(content))
        found |= {"html": " ".join(sentences)} if sentences else {}
    # Fields that are well alone may be too much together: the pre-header's tags count among those of the HTML.
    return found or _language_problem("html", partial(compile_content, content))


def _language_problem(name: str, compiled: Callable[[], object]) -> dict[str, str]:
    try:
        compiled()
    except TemplateSyntaxError as error:
        return {name: error.message}
    return {}


def render_many(compiled: CompiledContent, variables: Iterable[Variables]) -> Sequence[Rendered | RenderError]:
    """As many results as variables, in order; one that fails is its RenderError and stops none of the others."""
    return [_tried(compiled, one) for one in variables]


def _tried(compiled: CompiledContent, variables: Variables) -> Rendered | RenderError:
    try:
        return compiled.render(variables)
    except RenderError as error:
        return error


def _compile_field(content: Content, name: str) -> None:
    sources = to_json(content)
    if isinstance(content, EmailContent) and name == "html":
        compile_content(EmailContent("", "", sources["html"], "-"))
    else:
        _compiled(name, sources[name], EMAIL_MEDIA[name] if isinstance(content, EmailContent) else TEXT_MEDIUM)


def _compiled(name: str, source: str, medium: Medium) -> Renderer:
    try:
        program = parse(source, medium=medium)
    except TemplateSyntaxError as error:
        hint = next((hint for hint in hints(source, is_html=medium.escapes) if hint.line == error.line), None)
        sentence = hint.sentence if hint else error.sentence
        form = hint.liquid_form if hint else ""
        raise TemplateSyntaxError(sentence, line=error.line, field=name, liquid_form=form) from error
    return joiner_of(program.nodes, medium=medium) or program


def _rendered(name: str, renderer: Renderer, variables: Variables, missing: dict[str, None]) -> str:
    try:
        return renderer.render(variables, missing)
    except RenderError as error:
        raise RenderError(error.reason, field=name) from error
