"""HTML with Liquid tags in it, taken apart in linear time; every part knows where it stands in the source.

Liquid tags are masked by as many marks first, so that what is between their braces is never taken for HTML. The
reading follows the HTML standard's tokenizer in what mails are made of
(https://html.spec.whatwg.org/multipage/parsing.html#tokenization); nothing is repaired or moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from templates.scan import spans

OUTPUT_MARK, CONTROL_MARK = "\x1a", "\x1b"
"""Stand for each character of a Liquid tag that prints, and of one that doesn't. Sources can't hold them."""

ANY_MARK = re.compile(f"[{OUTPUT_MARK}{CONTROL_MARK}]")
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
"""Elements that have no end tag."""

_RAW = frozenset(["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"])
_NAME = rf"[A-Za-z{OUTPUT_MARK}{CONTROL_MARK}][^\s/>]*+"
_VALUE = r""""[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s"'>][^\s>]*+"""
_ATTRIBUTE = rf"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+({_VALUE}))?+"""
_TAG = re.compile(rf"<(/?)({_NAME})((?:[\s/=]++|{_ATTRIBUTE})*+)(?:>|\Z)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_COMMENT = re.compile(r"<!--(?:>|->|.*?(?:--!?>|\Z))|<[!?/][^>]*+(?:>|\Z)", re.DOTALL)


class Kind(Enum):
    """What a part of a source is. RAW is what an element such as <style> holds; OUTPUT and CONTROL are Liquid's."""

    TEXT = "text"
    OPEN = "open"
    CLOSE = "close"
    RAW = "raw"
    COMMENT = "comment"
    OUTPUT = "output"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Attribute:
    """`start` and `end` are where it stands, `value_start` and `value_end` its value without quotes.

    `name` is in small letters, without Liquid tags; `masked` is the value with marks for its Liquid tags; `quote` is
    "" where it has none.
    """

    name: str
    start: int
    end: int
    value_start: int
    value_end: int
    masked: str
    quote: str


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is an element's, in small letters (of RAW: the element's that holds it), or a Liquid tag's."""

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The first attribute of this name."""
        return next((each for each in self.attributes if each.name == name), None)


class Markup:
    """A source that the language has let pass (`scan`), with its Liquid tags and its parts in order."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.liquid = spans(source)
        self.masked = _masked(source, self.liquid)
        self.parts = tuple(_parts(self.masked))

    def line_of(self, position: int) -> int:
        """The line, from 1, on which a character stands."""
        return self.source.count("\n", 0, position) + 1

    def of(self, start: int, end: int) -> Iterator[Part]:
        """What is between two places as TEXT, OUTPUT and CONTROL, in order."""
        position = start
        for begin, stop, name in self.liquid_of(start, end):
            if position < begin:
                yield Part(Kind.TEXT, position, begin)
            yield Part(Kind.CONTROL if name else Kind.OUTPUT, begin, stop, name)
            position = stop
        if position < end:
            yield Part(Kind.TEXT, position, end)

    def liquid_of(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """The Liquid tags that stand between two places."""
        if not ANY_MARK.search(self.masked, start, end):
            return []
        return [span for span in self.liquid if start <= span[0] < end]


def _masked(source: str, found: list[tuple[int, int, str]]) -> str:
    pieces, position = [], 0
    for start, end, name in found:
        mark = CONTROL_MARK if name else OUTPUT_MARK
        pieces += [source[position:start], mark * (end - start)]
        position = end
    return "".join([*pieces, source[position:]])


def _parts(masked: str) -> Iterator[Part]:
    position, length = 0, len(masked)
    while position < length:
        start = masked.find("<", position)
        start = length if start < 0 else start
        part = _markup_at(masked, start) if start < length else None
        if part is None and start < length:  # a “<” that begins nothing is text
            text_end = masked.find("<", start + 1)
            text_end = length if text_end < 0 else text_end
            yield Part(Kind.TEXT, position, text_end)
            position = text_end
            continue
        if position < start:
            yield Part(Kind.TEXT, position, start)
        if part is None:
            return
        yield part
        position = part.end
        if part.kind is Kind.OPEN and part.name in _RAW:
            end = _raw_end(masked, position, part.name)
            yield Part(Kind.RAW, position, end, part.name)
            position = end


def _markup_at(masked: str, start: int) -> Part | None:
    tag = _TAG.match(masked, start)
    if tag:
        closing, name, inside = tag.group(1), tag.group(2).lower(), tag.start(3)
        if closing:
            return Part(Kind.CLOSE, start, tag.end(), name)
        return Part(Kind.OPEN, start, tag.end(), name, tuple(_attributes(masked, inside, tag.end(3))))
    comment = _COMMENT.match(masked, start)
    return Part(Kind.COMMENT, start, comment.end()) if comment else None


def _attributes(masked: str, start: int, end: int) -> Iterator[Attribute]:
    for found in _ATTRIBUTES.finditer(masked, start, end):
        value_start, value_end = found.span(2)
        if value_start < 0:
            value_start = value_end = found.end()
        quote = masked[value_start] if value_start < value_end and masked[value_start] in "\"'" else ""
        if quote:
            value_start += 1
            value_end -= value_end > value_start and masked[value_end - 1] == quote
        value = masked[value_start:value_end]
        name = ANY_MARK.sub("", found.group(1)).lower()
        yield Attribute(name, found.start(), found.end(), value_start, value_end, value, quote)


def _raw_end(masked: str, position: int, name: str) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(masked, position)
    return found.start() if found else len(masked)
