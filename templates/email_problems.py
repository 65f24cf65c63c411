"""What in an e-mail's HTML a mail program would drop, or what could harm whoever looks at it: a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from templates.email_html import ADDRESS_ATTRIBUTES
from templates.escaping import UNSAFE_SCHEMES, scheme_of
from templates.markup import ANY_MARK, OUTPUT_MARK, Attribute, Kind, Markup, Part

_MOST = 5
_REFUSED = {
    "script": "Scripts don't run in mails, and many mail programs refuse mails that have one: take <script> out.",
    "form": "Forms don't work in most mail programs: link to a page with the form instead of <form>.",
    "iframe": "Mail programs show no other pages inside a mail: take <iframe> out.",
    "frame": "Mail programs show no other pages inside a mail: take <frame> out.",
    "frameset": "Mail programs show no other pages inside a mail: take <frameset> out.",
    "object": "Mail programs show no embedded objects: take <object> out.",
    "embed": "Mail programs show no embedded objects: take <embed> out.",
    "applet": "Mail programs show no embedded objects: take <applet> out.",
    "base": "Mail programs know no <base>: write every link as a whole address.",
}
_PICTURES = frozenset({"img", "source", "input", "body", "table", "tr", "td", "th", "video"})


def html_problems(markup: Markup) -> list[str]:
    """Sentences on what has to be taken out or written otherwise, each with its line; the first five."""
    found: dict[str, int] = {}
    for part in markup.parts:
        if part.kind is Kind.OPEN:
            for sentence in _about(part, markup):
                found.setdefault(sentence, part.start)
        if len(found) >= _MOST:
            break
    return [f"Line {markup.line_of(start)}: {sentence}" for sentence, start in list(found.items())[:_MOST]]


def html_hints(markup: Markup) -> list[str]:
    """Sentences on what works, but not everywhere."""
    found: dict[str, int] = {}
    for part in markup.parts:
        if part.kind is not Kind.OPEN:
            continue
        source = part.attribute("src")
        if part.name == "link" and "stylesheet" in _value(part, "rel"):
            found.setdefault("Style sheets elsewhere aren't loaded: put the rules into <style>.", part.start)
        elif part.name == "img" and source and source.masked.lower().startswith("data:"):
            found.setdefault("Gmail and Outlook show no pictures in data: addresses: link to them.", part.start)
        elif part.name == "img" and not part.attribute("alt"):
            found.setdefault("A picture without alt says nothing where pictures are off.", part.start)
    return [f"Line {markup.line_of(start)}: {sentence}" for sentence, start in found.items()]


def _about(part: Part, markup: Markup) -> Iterator[str]:
    if part.name in _REFUSED:
        yield _REFUSED[part.name]
    if OUTPUT_MARK in part.name:
        yield "A variable can't be the name of an element."
    if part.name == "meta" and "refresh" in _value(part, "http-equiv"):
        yield "Mail programs don't lead on to other pages: take <meta http-equiv=refresh> out."
    for each in part.attributes:
        yield from _about_attribute(part, each, markup)


def _about_attribute(part: Part, each: Attribute, markup: Markup) -> Iterator[str]:
    if each.name.startswith("on") and each.name.isalpha() and len(each.name) >= len("oncut"):
        yield f"Mail programs run no {each.name}: take it out."
    outside = markup.masked[each.start : each.value_start]
    if OUTPUT_MARK in outside or (not each.quote and OUTPUT_MARK in each.masked):
        written = _first_output(each, markup)
        yield f'Put quotes around {written}: a variable inside a tag must be in a quoted value, as in name="…".'
    if each.name in ADDRESS_ATTRIBUTES:
        yield from _about_address(part, each)


def _about_address(part: Part, each: Attribute) -> Iterator[str]:
    scheme = scheme_of(ANY_MARK.split(each.masked, maxsplit=1)[0])
    is_picture = scheme == "data" and part.name in _PICTURES and each.name in ("src", "background", "poster")
    if scheme in UNSAFE_SCHEMES and not is_picture:
        yield f"Mail programs don't follow {scheme}: addresses: link to a page."


def _value(part: Part, name: str) -> str:
    found = part.attribute(name)
    return found.masked.lower() if found else ""


def _first_output(each: Attribute, markup: Markup) -> str:
    outputs = (markup.source[start:end] for start, end, name in markup.liquid_of(each.start, each.end) if not name)
    return next(outputs, "the variable")
