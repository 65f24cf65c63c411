"""An e-mail's HTML as it is compiled: completed, styles inlined, pre-header put in, doubtful links marked."""

from __future__ import annotations

import re
from html import escape, unescape

from templates import limits
from templates.content import EmailContent
from templates.errors import TemplateSyntaxError
from templates.escaping import CONTROLS, LINK_BEGIN, LINK_END
from templates.inlining import TOO_LONG, Edit, edited, style_edits
from templates.markup import ANY_MARK, Kind, Markup, Part
from templates.scan import spans

ADDRESS_ATTRIBUTES = frozenset(
    {"href", "src", "action", "formaction", "background", "poster", "cite", "data", "longdesc", "xlink:href"}
)
"""The attributes whose value is an address."""

_HEAD = (
    '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n'
)
_HIDDEN = (
    "display:none;visibility:hidden;opacity:0;color:transparent;height:0;width:0;max-height:0;max-width:0;"
    "overflow:hidden;font-size:1px;line-height:1px;mso-hide:all"
)
_PADDING = "&#847;&zwnj;&nbsp;" * 80
"""Blanks that an inbox doesn't fold together: without them it would go on with the mail's first words."""

_HALF_ENTITY = re.compile(r"&#?\w*\Z")
_SCHEME_END = re.compile(r"[:/?#]")


def markup_of(content: EmailContent) -> Markup:
    """The parts of the HTML, which the language must have let pass."""
    return Markup(_cleaned(content.html))


def compiled_html(content: EmailContent, markup: Markup) -> str:
    """The source, still Liquid, that each e-mail is rendered from; `markup` is `markup_of` the content.

    Raises TemplateSyntaxError where there are too many elements or styles.
    """
    edits = [*_completions(markup, _hidden(content.preheader)), *style_edits(markup), *_link_edits(markup)]
    html = edited(markup.source, edits)
    if len(html) > limits.HTML_OUTPUT:
        raise TemplateSyntaxError(TOO_LONG, line=1)
    return html


def _cleaned(html: str) -> str:
    """A source without the characters that HTML knows nothing of; marks of our own are among them."""
    return html if html.isprintable() else html.translate(CONTROLS)


def _hidden(preheader: str) -> str:
    """The pre-header as the body's first words, which an inbox shows and the opened mail doesn't."""
    source = _cleaned(preheader).strip()
    if not source:
        return ""
    pieces, position = [], 0
    for start, end, name in spans(source):
        tag = source[start:end]
        pieces += [escape(source[position:start]), escape(tag, quote=False) if name == "raw" else tag]
        position = end
    words = "".join([*pieces, escape(source[position:])])
    return f'<div style="{_HIDDEN}">{words}{_PADDING}</div>'


def _completions(markup: Markup, preheader: str) -> list[Edit]:
    """What makes a whole document of a source that lacks <html> or <body>, and puts the pre-header in."""
    length = len(markup.source)
    opened = {name: _first(markup, Kind.OPEN, name) for name in ("html", "head", "body")}
    closed = {name: _first(markup, Kind.CLOSE, name) for name in ("html", "head", "body")}
    bodies = [part for part in markup.parts if part.kind is Kind.OPEN and part.name == "body"]
    edits = []
    if not opened["html"]:
        begun = _HEAD if not opened["head"] and not opened["body"] else "<!DOCTYPE html>\n<html>\n"
        edits.append(Edit(0, _doctype_end(markup), begun))
    if bodies:
        edits += [Edit(body.end, body.end, preheader) for body in bodies if preheader]
    else:
        after = closed["head"] or opened["html"]
        start = after.end if after else _doctype_end(markup)
        edits.append(Edit(start, start, f"<body>{preheader}"))
    if not closed["body"]:
        end = closed["html"].start if closed["html"] else length
        edits.append(Edit(end, end, "</body>"))
    if not closed["html"]:
        edits.append(Edit(length, length, "\n</html>"))
    return edits


def _first(markup: Markup, kind: Kind, name: str) -> Part | None:
    return next((part for part in markup.parts if part.kind is kind and part.name == name), None)


def _doctype_end(markup: Markup) -> int:
    for part in markup.parts[:2]:
        if part.kind is Kind.COMMENT and markup.masked[part.start : part.start + 9].lower() == "<!doctype":
            return part.end
    return 0


def _link_edits(markup: Markup) -> list[Edit]:
    """Marks around the addresses of which values decide what they begin with."""
    edits = []
    for part in markup.parts:
        for each in part.attributes:
            if each.name in ADDRESS_ATTRIBUTES and _is_open(each.masked):
                edits.append(Edit(each.value_start, each.value_start, LINK_BEGIN))
                edits.append(Edit(each.value_end, each.value_end, LINK_END))
    return edits


def _is_open(masked: str) -> bool:
    begun, *values = ANY_MARK.split(masked, maxsplit=1)
    return bool(values) and not _SCHEME_END.search(unescape(_HALF_ENTITY.sub("", begun)))
