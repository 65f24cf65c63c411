"""The rules of `dialect.py`: a Twig phrase, its Liquid form, and what to tell. Tried in this order on each tag.

When a rule sees a tag, its quoted texts are numbers between NULs and its blanks single spaces: that keeps every
pattern near linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

Replacement = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`sayable` is False where Liquid has no such thing."""

    pattern: re.Pattern[str]
    liquid: Replacement
    sentence: str
    sayable: bool = True


_RENAMED = {
    "upper": "upcase",
    "lower": "downcase",
    "length": "size",
    "trim": "strip",
    "e": "escape",
    "title": "capitalize",
}
_SAME = ("default", "date", "join", "round", "slice", "truncate", "escape", "capitalize", "first", "last")
_ABSENT = (
    "abs|batch|column|convert_encoding|country_name|currency_name|filter|format|format_currency|format_date|"
    "format_number|json_encode|keys|map|merge|nl2br|number_format|reduce|replace|reverse|sort|split|striptags|"
    "url_encode"
)
_TAGS_ABSENT = (
    "include|extends|block|endblock|import|from|macro|endmacro|embed|endembed|use|with|endwith|autoescape|"
    "endautoescape|apply|endapply|filter|endfilter|do|flush|sandbox|cache|endcache|load|url|static|csrf_token"
)


def _slice_of_loop(match: re.Match[str]) -> str:
    head, start, count = match.group(1).rstrip(), match.group(2), match.group(3)
    return f"{head} limit: {count}" + (f" offset: {start}" if start != "0" else "")


def _call(match: re.Match[str]) -> str:
    name, arguments = match.group(1), match.group(2).strip()
    liquid = _RENAMED.get(name, name)
    return f" | {liquid}" + (f": {arguments}" if arguments and liquid != "escape" else "")


def _bare(match: re.Match[str]) -> str:
    return f" | {_RENAMED[match.group(1)]}"


def _rule(pattern: str, liquid: Replacement, sentence: str, *, sayable: bool = True) -> Rule:
    return Rule(re.compile(pattern, re.DOTALL), liquid, sentence, sayable)


_RAW = _rule(r"\s*\|\s*raw\b", "", "Leave “raw” out: nothing is escaped in these texts.")
_RAW_HTML = replace(
    _RAW, sentence="Leave “raw” out: in HTML what a variable holds is always shown as text, never as tags."
)

RULES: tuple[Rule, ...] = (
    _rule(r"^(\{[{%])~|~([}%]\})$", r"\1-\2", "Liquid trims blanks with “-” alone."),
    _rule(
        r"^\{#-?(.*?)-?#\}$",
        r"{% comment %}\1{% endcomment %}",
        "Liquid would print this: its comments are tags.",
    ),
    _rule(
        rf"^\{{%-?\s*(?:{_TAGS_ABSENT})\b.*",
        "",
        "Templates can't take in other templates, and this tag isn't there: write the text in place.",
        sayable=False,
    ),
    _rule(r"^\{%(-?)\s*verbatim\b", r"{%\1 raw", "Liquid calls this “raw”."),
    _rule(r"^\{%(-?)\s*endverbatim\b", r"{%\1 endraw", "Liquid calls this “endraw”."),
    _rule(r"^\{%(-?)\s*set\b", r"{%\1 assign", "Liquid names values with “assign”."),
    _rule(r"^\{%(-?)\s*else\s?if\b", r"{%\1 elsif", "Liquid writes “elsif”."),
    _rule(
        r"^\{%(-?)\s*for\s+\w+\s*,\s*(\w+)\s+in\b",
        r"{%\1 for \2 in",
        "Liquid's loops have one name: a list's position is {{ forloop.index0 }}; of a map, {{ item[0] }} is the key "
        "and {{ item[1] }} the value.",
    ),
    _rule(
        r"^(\{%-?\s*for\b[^|]*)\|\s*slice\(\s*(\d+)\s*,\s*(\d+)\s*\)",
        _slice_of_loop,
        "Liquid takes a part of a loop's list with “limit” and “offset”.",
    ),
    _rule(r"\b(in)\s+(\d+)\.\.(\w+)", r"\1 (\2..\3)", "Liquid writes a range in parentheses."),
    _RAW,
    _rule(
        rf"\s*\|\s*({'|'.join((*_RENAMED, *_SAME))})\s?\(([^()]*)\)",
        _call,
        "Liquid writes a filter's values after a colon.",
    ),
    _rule(
        rf"\s*\|\s*({'|'.join(_RENAMED)})\b(?!:)",
        _bare,
        "Liquid has another name for this filter.",
    ),
    _rule(rf"\|\s*(?:{_ABSENT})\b", "", "This filter isn't there.", sayable=False),
    _rule(
        r"^(\{%-? ?if [\w.]+) is (?:defined|not null|not none)\b",
        r"\1 != nil",
        "Liquid asks whether something is there with “!= nil”.",
    ),
    _rule(
        r"^(\{%-? ?if [\w.]+) is (?:not defined|null|none)\b",
        r"\1 == nil",
        "Liquid asks whether something is missing with “== nil”.",
    ),
    _rule(
        r"^\{%(-?) ?if ([\w.]+) is empty\b",
        r"{%\1 if \2 == nil or \2 == ''",
        "Liquid asks for what is missing and for what is empty.",
    ),
    _rule(
        r"^\{%(-?) ?if ([\w.]+) is not empty\b",
        r"{%\1 if \2 != nil and \2 != ''",
        "Liquid asks for what is missing and for what is empty.",
    ),
    _rule(
        r"\bis (?:not )?(?:defined|empty|null|none|odd|even|iterable|same\b|divisible\b)",
        "",
        "Liquid has no “is …”: compare, as in “!= nil”, in an “if” of its own.",
        sayable=False,
    ),
    _rule(
        r"^\{%(-?) ?if not ([^\s()]+)",
        r"{%\1 if \2 == nil or \2 == false",
        "Liquid has no “not”: compare, or use “unless” … “endunless”.",
    ),
    _rule(r"\s*&&\s*", " and ", "Liquid writes “and”."),
    _rule(r"\s*\|\|\s*", " or ", "Liquid writes “or”."),
    _rule(
        r"^(\{%-?\s*(?:if|elsif|unless) (?:.* )?)(\S+) in ([\w.]+)",
        r"\1\3 contains \2",
        "Liquid asks the other way round: “contains”.",
    ),
    _rule(r"\bloop\.rev(index0?)\b", r"forloop.r\1", "Liquid calls the loop “forloop”."),
    _rule(r"(?<![\w.])loop\.(index0?|first|last|length)\b", r"forloop.\1", "Liquid calls the loop “forloop”."),
    _rule(
        r"^\{\{(-?)\s*([^?{}]+?)\s*\?\?\s*([^?{}]+?)\s*(-?)\}\}$",
        r"{{\1 \2 | default: \3 \4}}",
        "Liquid names a fallback with “default”.",
    ),
    _rule(
        r"^\{\{-?\s*([^?:{}]+?)\s*\?\s*([^?:{}]+?)\s*:\s*([^?:{}]+?)\s*-?\}\}$",
        r"{% if \1 %}{{ \2 }}{% else %}{{ \3 }}{% endif %}",
        "Liquid has no “? :”.",
    ),
    _rule(
        r"^\{%.*~",
        "",
        "Liquid joins texts by writing them side by side; a tag can't.",
        sayable=False,
    ),
    _rule(r"\s*~\s*", " }}{{ ", "Liquid joins texts by writing them side by side."),
    _rule(
        r"^\{\{(-?)\s*([\w.]+)\s+\+\s+([\w.]+)\s*(-?)\}\}$",
        r"{{\1 \2 | plus: \3 \4}}",
        "Liquid reckons with filters: plus, minus, times, divided_by.",
    ),
    _rule(
        r"^\{\{(-?)\s*([\w.]+)\s+-\s+([\w.]+)\s*(-?)\}\}$",
        r"{{\1 \2 | minus: \3 \4}}",
        "Liquid reckons with filters: plus, minus, times, divided_by.",
    ),
    _rule(
        r"^\{\{(-?)\s*([\w.]+)\s*\*\s*([\w.]+)\s*(-?)\}\}$",
        r"{{\1 \2 | times: \3 \4}}",
        "Liquid reckons with filters: plus, minus, times, divided_by.",
    ),
)

HTML_RULES = tuple(_RAW_HTML if rule is _RAW else rule for rule in RULES)
"""The same for an e-mail's HTML."""
