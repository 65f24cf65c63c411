"""The rules of an e-mail's style sheets, put into its elements: many mail programs read nothing else.

css-inline works the cascade out on a copy that has the elements alone. Their start tags in the source then get what
it found; all else, Liquid tags first of all, stays as it was written, the style sheets too: their media queries are
needed, and whatever depends on a Liquid block is left to them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape

import css_inline

from templates import limits
from templates.errors import TemplateSyntaxError
from templates.markup import ANY_MARK, CONTROL_MARK, VOID, Attribute, Kind, Markup, Part

_DEEPEST = 200
"""Levels of elements that take part: css-inline recurses, and its stack is the process's."""

_BLOCKS = frozenset({"if", "unless", "case", "for"})
_WITHOUT_STYLE = frozenset({"head", "title", "style", "script", "meta", "link", "base", "noscript", "template"})
_CLOSED_BY = {
    "li": frozenset({"li"}),
    "p": frozenset({"p"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "tbody": frozenset({"td", "th", "tr", "thead", "tbody"}),
    "tfoot": frozenset({"td", "th", "tr", "thead", "tbody"}),
}
"""End tags that HTML lets one leave out: elements that the start of another ends."""

_PLACE = "data-zz"
_FOUND = re.compile(rf'<[^<>]*? {_PLACE}="(\d+)"[^<>]*? style="([^"]*)"')
_DECLARATION = re.compile(r"""(?:[^;"'(]++|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|\([^)]*+(?:\)|\Z))++""")
_IMPORT = re.compile(r"@import[^;]*+(?:;|\Z)", re.IGNORECASE)
_TAG_TOKEN = re.compile(r"zqz(\d+)zqz")
_NAME_END = re.compile(r"[\s/>]")
TOO_LONG = f"With its styles in its elements the HTML would be longer than {limits.HTML_OUTPUT // 1024} kB."
_MEDIA = frozenset({"", "all", "screen"})


@dataclass(frozen=True, slots=True)
class Edit:
    """What to write in place of the characters between two places of a source."""

    start: int
    end: int
    text: str


def edited(source: str, edits: list[Edit]) -> str:
    """The source with all edits made; of those in one place, the first comes first."""
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda each: each.start):
        pieces += [source[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, source[position:]])


def style_edits(markup: Markup) -> list[Edit]:
    """What to write into start tags. Raises TemplateSyntaxError where there is too much of it to try."""
    liquid = _Liquid(markup)
    sheet = "\n".join(_sheets(markup, liquid))
    elements = [part for part in markup.parts if part.kind is Kind.OPEN]
    if len(elements) > limits.HTML_ELEMENTS:
        raise TemplateSyntaxError(f"There are more than {limits.HTML_ELEMENTS} elements.", line=1)
    rules, declarations = sheet.count("{") + sheet.count(","), sheet.count(":")
    if len(elements) * rules > limits.STYLE_TRIALS or len(elements) * declarations**2 > limits.STYLE_MERGES:
        raise TemplateSyntaxError("There are too many styles for so many elements.", line=1)
    found = _matched("".join(_copy(markup, liquid, sheet))) if sheet.strip() else {}
    tokens = sum(len(_TAG_TOKEN.findall(style)) for style in found.values())
    keeps_tags = len(markup.liquid) + tokens <= limits.TAGS
    edits = [_edit(markup, liquid, number, style, keeps_tags) for number, style in found.items()]
    return [edit for edit in edits if edit]


class _Liquid:
    """The blocks and the printing tags of a source."""

    def __init__(self, markup: Markup) -> None:
        self.source = markup.source
        self.masked = markup.masked
        self.blocks = sorted(_blocks(markup.liquid))
        self.outputs = {start: end for start, end, name in markup.liquid if not name}
        self.tags: list[str] = []

    def inside_block(self, position: int) -> bool:
        return any(start < position < end for start, end in self.blocks)

    def blocks_from(self, start: int, end: int) -> list[tuple[int, int]]:
        """The blocks that begin between two places."""
        return self.blocks[bisect_left(self.blocks, (start, 0)) : bisect_left(self.blocks, (end, 0))]

    def unconditional(self, start: int, end: int) -> str:
        """What stands there whatever the values are, with a word for each tag that prints."""
        pieces, position = [], start
        for block_start, block_end in self.blocks_from(start, end):
            if position <= block_start:
                pieces.append(self._worded(position, block_start))
            position = max(position, block_end)
        return "".join([*pieces, self._worded(position, end)]) if position < end else "".join(pieces)

    def _worded(self, start: int, end: int) -> str:
        if not ANY_MARK.search(self.masked, start, end):
            return self.source[start:end]
        pieces, position = [], start
        for tag_start, tag_end in self.outputs.items():
            if start <= tag_start < end:
                self.tags.append(self.source[tag_start:tag_end])
                pieces += [self.masked[position:tag_start], f"zqz{len(self.tags) - 1}zqz"]
                position = tag_end
        return "".join([*pieces, self.masked[position:end]]).replace(CONTROL_MARK, "")


def _blocks(liquid: list[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for start, end, name in liquid:
        if name in _BLOCKS:
            opened.append(start)
        elif name in ("raw", "comment"):
            yield start, end
        elif name.startswith("end") and opened:
            yield opened.pop(), end


def _sheets(markup: Markup, liquid: _Liquid) -> Iterator[str]:
    media = ""
    for part in markup.parts:
        if part.kind is Kind.OPEN and part.name == "style":
            told = part.attribute("media")
            media = told.masked.strip().lower() if told else ""
        if part.kind is Kind.RAW and part.name == "style" and media in _MEDIA and not liquid.inside_block(part.start):
            yield _IMPORT.sub("", liquid.unconditional(part.start, part.end))


def _copy(markup: Markup, liquid: _Liquid, sheet: str) -> Iterator[str]:
    """A document of elements alone, each with its number, every one of them ended."""
    first: dict[str, str] = {}
    body: list[str] = []
    opened: list[str] = []
    for number, part in enumerate(markup.parts):
        if part.kind is Kind.OPEN and part.name in ("html", "body"):
            first.setdefault(part.name, _start_tag(part, number, liquid))
        elif part.kind is Kind.OPEN and part.name not in _WITHOUT_STYLE:
            body += _ended(opened, part.name)
            if len(opened) < _DEEPEST:
                body.append(_start_tag(part, number, liquid))
            if part.name not in VOID and len(opened) < _DEEPEST:
                opened.append(part.name)
        elif part.kind is Kind.CLOSE and part.name in opened:
            while (name := opened.pop()) != part.name:
                body.append(f"</{name}>")
            body.append(f"</{part.name}>")
    yield from (first.get("html", "<html>"), "<head><style>", sheet, "</style></head>", first.get("body", "<body>"))
    yield from body
    yield from (f"</{name}>" for name in reversed(opened))


def _ended(opened: list[str], name: str) -> Iterator[str]:
    while opened and opened[-1] in _CLOSED_BY.get(name, ()):
        yield f"</{opened.pop()}>"


def _start_tag(part: Part, number: int, liquid: _Liquid) -> str:
    conditional = liquid.blocks_from(part.start, part.end)
    pieces = [f"<{ANY_MARK.sub('x', part.name)} "]
    for each in part.attributes:
        is_conditional = any(start <= each.start < end for start, end in conditional)
        if is_conditional or not each.name.replace("-", "").isalnum() or each.name in ("style", _PLACE):
            continue
        value = _TAG_TOKEN.sub("x", liquid.unconditional(each.value_start, each.value_end))
        pieces.append(f'{each.name}="{escape(unescape(value).replace("<", "").replace(">", ""))}" ')
    return f'{"".join(pieces)}{_PLACE}="{number}">'


def _matched(document: str) -> dict[int, str]:
    """The declarations for each element by its number. No style sheet or picture is loaded from anywhere."""
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
    try:
        told = inliner.inline(document)
    except css_inline.InlineError:  # styles so broken that nothing can be made of them stay as they are
        return {}
    if len(told) > 2 * limits.HTML_OUTPUT:
        raise TemplateSyntaxError(TOO_LONG, line=1)
    found: dict[int, str] = {}
    for match in _FOUND.finditer(told):
        found.setdefault(int(match.group(1)), unescape(match.group(2)))
    return found


def _edit(markup: Markup, liquid: _Liquid, number: int, style: str, keeps_tags: bool) -> Edit | None:
    part = markup.parts[number]
    own = part.attribute("style")
    if own and any(start <= own.start < end for start, end in liquid.blocks_from(part.start, part.end)):
        return None
    text = "; ".join(_useful(style, own, keeps_tags=keeps_tags)).replace("&", "&amp;").replace("<", "&lt;")
    text = text.replace("'", "&#39;") if own and own.quote == "'" else text.replace('"', "&quot;")
    text = _TAG_TOKEN.sub(lambda match: liquid.tags[int(match.group(1))], text)
    if not text:
        return None
    if own is None:
        end = _NAME_END.search(markup.masked, part.start)
        return Edit(end.start(), end.start(), f' style="{text}"') if end else None
    if own.quote:
        return Edit(own.value_start, own.value_start, f"{text}; ")
    return Edit(own.value_start, own.value_end, f'"{text}; {markup.source[own.value_start : own.value_end]}"')


def _useful(style: str, own: Attribute | None, *, keeps_tags: bool) -> Iterator[str]:
    """The declarations but those that say nothing, and those that the element's own style sets again."""
    again: set[str] = set()
    if own and not ANY_MARK.search(own.masked):
        again = {each.partition(":")[0].strip().lower() for each in _DECLARATION.findall(unescape(own.masked))}
    for each in _DECLARATION.findall(style):
        name, _, value = each.partition(":")
        if not value.strip() or (not keeps_tags and _TAG_TOKEN.search(each)):
            continue
        if name.strip().lower() not in again or "!important" in value:
            yield f"{name.strip()}: {value.strip()}"
