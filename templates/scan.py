"""Finds the tags of a source and refuses, in linear time, what would cost the Liquid parser more.

The parser's regular expressions take quadratic time on tags that never end and on long runs of blanks; and its
errors at the end of a file don't say which block was left open. Both are settled here first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from templates import limits
from templates.errors import TemplateSyntaxError

_CLOSERS = {"{{": "}}", "{%": "%}"}
_OPENING = re.compile(r"\{[{%]")
_NAME = re.compile(r"-?\s*(\w+)")
_ENDRAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_BLOCKS = frozenset({"if", "unless", "case", "for", "comment"})
_MOST_BLANKS = 40


@dataclass(frozen=True, slots=True)
class Tag:
    """`text` with its braces; `name` is "" for an output (`{{ … }}`)."""

    text: str
    name: str
    start: int
    line: int


def scan(source: str, *, most: int = limits.SOURCE) -> list[Tag]:
    """The tags of a source in order, those in `raw` and `comment` left out. Raises TemplateSyntaxError."""
    if len(source) > most:
        raise TemplateSyntaxError(f"The text is longer than {most} characters.", line=1)
    tags: list[Tag] = []
    opened: list[Tag] = []
    for number, tag in enumerate(_tags(source)):
        if number == limits.TAGS:
            raise _error(tag, f"There are more than {limits.TAGS} tags.")
        in_comment = bool(opened) and opened[-1].name == "comment"
        if in_comment and tag.name not in ("comment", "endcomment"):
            continue
        _check(tag)
        _balance(tag, opened)
        tags.append(tag)
    if opened:
        raise _error(opened[-1], f"“{opened[-1].text}” has no “{{% end{opened[-1].name} %}}”.")
    return tags


def spans(source: str) -> list[tuple[int, int, str]]:
    """Where tags begin and end, and their names; `raw` and `comment` with all that is in them are one.

    Takes a source that `scan` has let pass.
    """
    found: list[tuple[int, int, str]] = []
    begun, depth = 0, 0
    for tag in _tags(source):
        if tag.name == "comment":
            begun, depth = (begun, depth + 1) if depth else (tag.start, 1)
        elif depth:
            depth -= tag.name == "endcomment"
            if not depth:
                found.append((begun, tag.start + len(tag.text), "comment"))
        else:
            end = tag.start + len(tag.text)
            found.append((tag.start, _after_raw(source, tag) if tag.name == "raw" else end, tag.name))
    return found


def line_of(source: str, index: int) -> int:
    """The line, from 1, on which a character stands."""
    return source.count("\n", 0, max(index, 0)) + 1


def _tags(source: str) -> Iterator[Tag]:
    line, counted, position = 1, 0, 0
    while found := _OPENING.search(source, position):
        start = found.start()
        line, counted = line + source.count("\n", counted, start), start
        closer = _CLOSERS[found.group()]
        end = source.find(closer, found.end())
        if end < 0:
            raise TemplateSyntaxError(f"“{found.group()}” has no “{closer}”.", line=line)
        tag = Tag(source[start : end + 2], _name(source, found, end), start, line)
        position = _after_raw(source, tag) if tag.name == "raw" else end + 2
        yield tag


def _name(source: str, opening: re.Match[str], end: int) -> str:
    if opening.group() == "{{":
        return ""
    named = _NAME.match(source, opening.end(), min(end, opening.end() + limits.TAG))
    return named.group(1) if named else "?"


def _after_raw(source: str, tag: Tag) -> int:
    end = _ENDRAW.search(source, tag.start + len(tag.text))
    if not end:
        raise _error(tag, "“{% raw %}” has no “{% endraw %}”.")
    return end.end()


def _check(tag: Tag) -> None:
    inside = tag.text[2:-2].strip("-")
    if not inside.strip() or tag.name == "?":
        raise _error(tag, f"“{tag.text[:40]}” is no tag: a name is missing.")
    if len(inside) > limits.TAG:
        raise _error(tag, f"A tag is longer than {limits.TAG} characters.")
    if max(map(len, re.findall(r"\s+", inside)), default=0) > _MOST_BLANKS:
        raise _error(tag, f"There are more than {_MOST_BLANKS} blanks in a row inside a tag.")


def _balance(tag: Tag, opened: list[Tag]) -> None:
    if tag.name in _BLOCKS:
        opened.append(tag)
        if len(opened) > limits.DEPTH:
            raise _error(tag, f"Blocks are nested more than {limits.DEPTH} deep.")
    elif tag.name.startswith("end") and tag.name[3:] in _BLOCKS:
        if not opened:
            raise _error(tag, f"“{tag.text}” ends nothing.")
        if opened[-1].name != tag.name[3:]:
            raise _error(tag, f"“{tag.text}” stands where “{{% end{opened[-1].name} %}}” was expected.")
        opened.pop()


def _error(tag: Tag, sentence: str) -> TemplateSyntaxError:
    return TemplateSyntaxError(sentence, line=tag.line)
