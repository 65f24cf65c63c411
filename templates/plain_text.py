"""The plain text of an e-mail that was written as HTML alone, made once: its Liquid tags stay in it.

Every tag that doesn't print is kept, wherever it stood, so that blocks stay whole; what prints is kept where it
can be read. Where a block and an element cross, the text may be no Liquid any more: `without_blocks` always is.
"""

from __future__ import annotations

import re
from html import unescape

from templates.markup import VOID, Kind, Markup, Part

_PARAGRAPHS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dl",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    ]
)
_LINES = frozenset(
    [
        "body",
        "br",
        "caption",
        "dd",
        "div",
        "dt",
        "fieldset",
        "figcaption",
        "legend",
        "li",
        "option",
        "tbody",
        "tfoot",
        "thead",
        "tr",
    ]
)
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"head", "noscript", "object", "select", "svg", "template", "video", "audio"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_BRACE = re.compile(r"\{(?=[{%]|\Z)")
_OPENING = frozenset({"if", "unless", "case", "for"})
_BRANCHING = frozenset({"else", "elsif", "when"})


def text_of(markup: Markup) -> str:
    """The text that a reader of the HTML sees, links as `words (address)`, lists with dashes; a Liquid source."""
    writer = _Writer(markup)
    for part in markup.parts:
        writer.take(part)
    return writer.text()


def without_blocks(markup: Markup) -> str:
    """The same with only those tags that print: where blocks and elements cross, nothing else can be made."""
    writer = _Writer(markup, keeps_blocks=False)
    for part in markup.parts:
        writer.take(part)
    return writer.text()


class _Writer:
    """Puts words one after the other; breaks wait until there are words to come after them."""

    def __init__(self, markup: Markup, *, keeps_blocks: bool = True) -> None:
        self._markup = markup
        self._keeps_blocks = keeps_blocks
        self._pieces: list[str] = []
        self._literal = ""
        self._breaks = 0
        self._blank = False
        self._is_item_begun = False
        self._branches: list[int] = []
        self._unseen: list[str] = []
        self._links: list[tuple[Part, int, int]] = []

    def take(self, part: Part) -> None:
        """The next part of the source."""
        if part.kind is Kind.OPEN:
            self._open(part)
        elif part.kind is Kind.CLOSE:
            self._close(part)
        elif part.kind is Kind.TEXT and not self._unseen:
            self._write(part.start, part.end)
        else:
            self._write_controls(part.start, part.end)

    def text(self) -> str:
        """All that was written."""
        for part, *_ in self._links:  # never ended
            self._write_controls(part.start, part.end)
        self._end_literal(last=True)
        return "".join(self._pieces).strip()

    def _open(self, part: Part) -> None:
        style = part.attribute("style")
        is_hidden = part.name in _UNSEEN or part.attribute("hidden") or (style and _HIDDEN.search(style.masked))
        if part.name not in VOID and (self._unseen or is_hidden):
            self._unseen.append(part.name)
        elif part.name == "a" and not self._unseen:
            self._links.append((part, len(self._pieces), len(self._literal)))
            return
        if self._unseen:
            self._write_controls(part.start, part.end)
            return
        self._break(part.name)
        if part.name == "li":
            self._words("- ")
            self._is_item_begun = True
        alternative = part.attribute("alt") if part.name == "img" else None
        if alternative:
            self._write_controls(part.start, alternative.value_start)
            self._write(alternative.value_start, alternative.value_end)
            self._write_controls(alternative.value_end, part.end)
        else:
            self._write_controls(part.start, part.end)

    def _close(self, part: Part) -> None:
        self._write_controls(part.start, part.end)
        if self._unseen:
            if part.name in self._unseen:
                while self._unseen.pop() != part.name:
                    pass
            return
        if part.name == "a" and self._links:
            self._end_link(*self._links.pop())
        self._break(part.name)

    def _end_link(self, part: Part, piece: int, letter: int) -> None:
        words = ("".join(self._pieces[piece:]) + self._literal)[letter:].strip()
        address = part.attribute("href")
        told = self._markup.source[address.value_start : address.value_end].strip() if address else ""
        if address is None or told in ("", words) or told.startswith("#"):
            self._write_controls(part.start, part.end)
            return
        self._write_controls(part.start, address.value_start)
        self._words(" (" if words else "")
        self._write(address.value_start, address.value_end, is_address=True)
        self._words(")" if words else "")
        self._write_controls(address.value_end, part.end)

    def _break(self, name: str) -> None:
        if self._is_item_begun and name != "li":  # its first paragraph stands beside the dash
            return
        if name in _PARAGRAPHS:
            self._breaks = max(self._breaks, 2)
        elif name == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif name in _LINES:
            self._breaks = max(self._breaks, 1)
        elif name in _CELLS:
            self._blank = True

    def _write(self, start: int, end: int, *, is_address: bool = False) -> None:
        for part in self._markup.of(start, end):
            said = self._markup.source[part.start : part.end]
            if part.kind is Kind.CONTROL:
                self._control(said, part.name)
            elif part.kind is Kind.OUTPUT:
                self._begin()
                self._end_literal()
                self._pieces.append(said)
                self._is_item_begun = False
            else:
                self._words(unescape(said).strip() if is_address else _BLANKS.sub(" ", unescape(said)))

    def _write_controls(self, start: int, end: int) -> None:
        for part in self._markup.of(start, end):
            if part.kind is Kind.CONTROL and part.name not in ("raw", "comment"):
                self._control(self._markup.source[part.start : part.end], part.name)

    def _words(self, words: str) -> None:
        if words.startswith(" "):
            self._blank = True
        if words.strip(" "):
            self._begin()
            self._literal += words.strip(" ")
            self._blank = words.endswith(" ")
            self._is_item_begun = False

    def _begin(self) -> None:
        """Put down the break or the blank that waits before words."""
        if self._breaks:
            self._literal = self._literal.rstrip(" ") + "\n" * self._breaks
        elif self._blank:
            self._literal += " "
        self._breaks, self._blank = 0, False

    def _end_literal(self, *, last: bool = False) -> None:
        if self._literal:
            braces = _BRACE if not last else re.compile(r"\{(?=[{%])")
            self._pieces.append(braces.sub("{% raw %}{{% endraw %}", self._literal))
        self._literal = ""

    def _control(self, tag: str, name: str) -> None:
        """A break before a block stands before it, one at a branch's end waits until after the block."""
        if not self._keeps_blocks and name != "raw":
            return
        if name in _OPENING or name == "raw" or (self._blank and not self._breaks):
            self._begin()
        if name in _OPENING:
            self._branches.append(0)
        elif self._branches and (name in _BRANCHING or name.startswith("end")):
            most = max(self._branches.pop(), self._breaks)
            self._breaks = most if name.startswith("end") else 0
            if name in _BRANCHING:
                self._branches.append(most)
        self._end_literal()
        self._pieces.append(tag)
