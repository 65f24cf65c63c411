"""Twig's ways of saying things, and Liquid's: told beside a source so that nobody has to look them up.

Sendios templates were written in Twig. Variables, `if` and `for` read the same in Liquid; what differs is found here
tag by tag, rewritten where Liquid can say it, and explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from templates import limits
from templates.phrases import HTML_RULES, RULES, Rule
from templates.scan import line_of

_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_OPENING = re.compile(r"\{[{%#]")
_LITERAL = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_MASK = re.compile("\x00(\\d+)\x00")
_MOST_HINTS = 20
_MOST_TAGS = 500


@dataclass(frozen=True, slots=True)
class Hint:
    """`found` is the tag as written; `liquid_form` what to write instead, "" if Liquid has nothing like it."""

    line: int
    found: str
    liquid_form: str
    sentence: str


def hints(source: str, *, is_html: bool = False) -> list[Hint]:
    """What in a source is Twig rather than Liquid, in order. Reads any source, also a broken one; at most 500 tags."""
    found: list[Hint] = []
    rules = HTML_RULES if is_html else RULES
    for start, tag in islice(_tags(source[: limits.HTML_SOURCE]), _MOST_TAGS):
        hint = _hint(line_of(source, start), tag, rules)
        if hint:
            found.append(hint)
        if len(found) == _MOST_HINTS:
            break
    return found


def _hint(line: int, tag: str, rules: tuple[Rule, ...]) -> Hint | None:
    masked, literals = _masked(tag)
    form, sentences, sayable = masked, [], True
    for rule in rules:
        changed = rule.pattern.sub(rule.liquid, form)
        if rule.pattern.search(form):
            sentences.append(rule.sentence)
            sayable = sayable and rule.sayable
            form = changed
    if not sentences:
        return None
    return Hint(line, tag, _unmasked(form, literals) if sayable else "", " ".join(dict.fromkeys(sentences)))


def _tags(source: str) -> Iterator[tuple[int, str]]:
    position = 0
    while opening := _OPENING.search(source, position):
        is_comment = opening.group() == "{#"
        # In a style sheet it begins a rule, as in “@media print{#top{…}}”: only what ends soon may be a comment.
        most = opening.end() + limits.TAG if is_comment else len(source)
        end = source.find(_CLOSERS[opening.group()], opening.end(), most)
        if end < 0 and not is_comment:
            return
        if 0 <= end <= opening.start() + limits.TAG:
            yield opening.start(), source[opening.start() : end + 2]
        position = end + 2 if end >= 0 else opening.end()


def _masked(tag: str) -> tuple[str, list[str]]:
    """The tag with numbers for its quoted texts, so that no rule reads what is inside them."""
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match.group())
        return f"\x00{len(literals) - 1}\x00"

    if tag.startswith("{#"):
        return tag, literals
    return " ".join(_LITERAL.sub(keep, tag.replace("\x00", "")).split()), literals


def _unmasked(form: str, literals: list[str]) -> str:
    return _MASK.sub(lambda match: _liquid_literal(literals[int(match.group(1))], form, match), form)


def _liquid_literal(literal: str, form: str, match: re.Match[str]) -> str:
    is_date_format = re.search(r"\|\s*date:\s*$", form[: match.start()])
    if not is_date_format or "%" in literal:
        return literal
    return "".join(_DATE_LETTERS.get(letter, letter) for letter in literal)


_DATE_LETTERS = {
    "d": "%d",
    "D": "%a",
    "j": "%-d",
    "l": "%A",
    "F": "%B",
    "m": "%m",
    "M": "%b",
    "n": "%-m",
    "Y": "%Y",
    "y": "%y",
    "H": "%H",
    "G": "%-H",
    "h": "%I",
    "g": "%-I",
    "i": "%M",
    "s": "%S",
    "A": "%p",
    "a": "%P",
}
"""Twig's (PHP's) letters of a date format and Liquid's (strftime's)."""
