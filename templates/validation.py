"""What content must be, at saving (sources) and once more when rendered (what a person would get)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from templates import limits
from templates.content import Content, EmailContent, PushContent, TextContent, label_of, to_json
from templates.escaping import UNSAFE_SCHEMES


@dataclass(frozen=True, slots=True)
class Rule:
    """`most` is in characters, after trimming; 0 where the language's own limits do."""

    most: int
    required: bool = False


RULES: dict[type[Content], dict[str, Rule]] = {
    PushContent: {
        "logo": Rule(2_000),
        "subject": Rule(255, required=True),
        "text": Rule(4_000, required=True),
        "link": Rule(2_000),
    },
    TextContent: {"text": Rule(1_600, required=True)},
    EmailContent: {
        "subject": Rule(998, required=True),
        "preheader": Rule(500),
        "html": Rule(0),
        "text": Rule(0),
    },
}

ADDRESSES = frozenset({"logo", "link"})
"""The fields that hold an address."""

_TAG = re.compile(r"\{\{[^}]*\}\}|\{%[^%]*%\}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)


def validate(content: Content) -> dict[str, str]:
    """Sentences on what is wrong with sources, by field in the order of a form; {} if nothing is."""
    sources = to_json(content)
    found = _email_problems(content) if isinstance(content, EmailContent) else {}
    for name, rule in RULES[type(content)].items():
        if name in found:
            continue
        label = label_of(type(content), name)
        problem = _length_problem(label, sources[name], rule)
        if not problem and name in ADDRESSES:
            problem = _address_problem(name, _static(sources[name]))
        if problem:
            found[name] = problem
    return found


def _email_problems(content: EmailContent) -> dict[str, str]:
    if not content.html.strip() and not content.text.strip():
        return {"html": "Write the HTML, the plain text, or both."}
    if len(content.html) > limits.HTML_SOURCE:
        return {"html": f"HTML has {len(content.html)} characters; {limits.HTML_SOURCE} is the most."}
    return {}


def rendered_problem(kind: type[Content], name: str, value: str) -> str:
    """Why a rendered field can't be sent, or ""."""
    problem = _length_problem(label_of(kind, name), value, RULES[kind][name], rendered=True)
    if not problem and name in ADDRESSES:
        problem = _address_problem(name, value)
    return problem


def _length_problem(label: str, value: str, rule: Rule, *, rendered: bool = False) -> str:
    length = len(value.strip())
    if rule.required and not length:
        return f"{label}: nothing is left for this person." if rendered else f"{label} can't be empty."
    if length > rule.most > 0:
        return f"{label} has {length} characters; {rule.most} is the most."
    return ""


def nothing_left(content: EmailContent) -> bool:
    """Whether a rendered e-mail says nothing."""
    return not content.html and not content.text


def _static(source: str) -> str:
    """A source as an address with something plain in place of its tags; "" if it begins with one."""
    trimmed = source.strip()
    return "" if trimmed.startswith("{") else _TAG.sub("x", trimmed)


def _address_problem(name: str, value: str) -> str:
    if not value:
        return ""
    scheme = _SCHEME.fullmatch(value)
    if " " in value or not value.isprintable():
        return f"{label_of(PushContent, name)} can't contain spaces or line breaks."
    if not scheme:
        return f"{label_of(PushContent, name)} must be a whole address, such as https://example.com/."
    return _scheme_problem(name, scheme.group(1).lower(), value)


def _scheme_problem(name: str, scheme: str, value: str) -> str:
    if scheme in ("http", "https"):
        return "" if _has_host(value) else f"{label_of(PushContent, name)} names no host."
    if name == "logo":
        return "Logo must begin with http:// or https://."
    if scheme in UNSAFE_SCHEMES:
        return f"Link can't begin with {scheme}:."
    return ""


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
