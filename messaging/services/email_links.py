"""Links of an e-mail: they lead over our address, and a pixel tells that it was opened."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple

from messaging.links import LONGEST_URL, ClickLinks, open_token
from templates.patchwork import Patchwork, woven

NOT_TRACKED = "data-no-track"

# A tag of a link up to its href, the address, and the rest. Nothing reaches over a "<", so that a broken page takes a
# time that grows with its length only.
_LINK = re.compile(
    r"""(<(?:[aA]|[aA][rR][eE][aA]|v:\w+)\s(?:(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*?\s)??[hH][rR][eE][fF]\s*+=\s*+)
        ("[^"<]*+"|'[^'<]*+'|[^\s<>"']++)
        ((?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+>)""",
    re.VERBOSE,
)
# Inside an attribute, "&copy=1" is a part of an address and no sign: only what ends in a semicolon is.
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")
# Browsers leave these out of an address, too.
_BREAKS = str.maketrans("", "", "\t\r\n")
_PIXEL = '<img src="{}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">'
# Stand for values and for what is put in here, while a template's own texts are looked at: rendered HTML has no such
# characters (templates/escaping.py).
_VALUE, _PUT = "\2{}\2", "\3{}\3"
_EITHER = re.compile("\2(\\d+)\2|\3(\\d+)\3")
_NEITHER = {2: None, 3: None}


class _Link(NamedTuple):
    """A link that is the same in all messages."""

    url: str


class _Made(NamedTuple):
    """A link's attribute that values are a part of: texts, and numbers of values between them."""

    texts: tuple[str, ...]
    values: tuple[int, ...]


class _Value(NamedTuple):
    """One of the values."""

    number: int


class _Plan(NamedTuple):
    """Texts, and what stands between them; None is the pixel's token."""

    frame: tuple[str, ...]
    holes: tuple[_Link | _Made | _Value | None, ...]


def tracked_html(html: str, *, base: str, project_id: int, message_id: int) -> str:
    """`html` with its http(s) links led over `base` and a pixel before the end of its body.

    Left alone: links to our own pages (`base`/u/…), those marked with `data-no-track`, and all other schemes.
    """
    links, pixel = ClickLinks(project_id, message_id), open_token(project_id, message_id)
    if isinstance(html, Patchwork):
        plan = _plan_of_frame(html.frame, base)
        return woven(plan.frame, _put_in(plan, html.values, base, links, pixel))
    plan = _plan(html.translate(_NEITHER), base)
    return str(woven(plan.frame, _put_in(plan, (), base, links, pixel)))


@lru_cache(maxsize=256)
def _plan_of_frame(frame: tuple[str, ...], base: str) -> _Plan:
    texts = [text.translate(_NEITHER) for text in frame]
    return _plan(woven(tuple(texts), [_VALUE.format(number) for number in range(len(texts) - 1)]), base)


def _plan(html: str, base: str) -> _Plan:
    """Where tokens go in a text. Values are escaped, so they can't begin or end a tag or an attribute."""
    put: list[_Link | _Made | None] = [None]

    def led(found: re.Match[str]) -> str:
        before, value, after = found.groups()
        if NOT_TRACKED in before or NOT_TRACKED in after:
            return found[0]
        put.append(_made(value) if "\2" in value else _Link(followed(value, f"{base}/u/")))
        mark = _PUT.format(len(put) - 1)
        if put[-1] == _Link(""):
            return found[0]
        return f"{before}{mark}{after}" if isinstance(put[-1], _Made) else f'{before}"{base}/t/{mark}"{after}'

    marked = _with_pixel(_LINK.sub(led, html), f"{escape(base)}/o/{_PUT.format(0)}.gif")
    pieces = _EITHER.split(marked)
    pairs = zip(pieces[1::3], pieces[2::3], strict=True)
    return _Plan(
        tuple(pieces[::3]),
        tuple(_Value(int(value)) if value is not None else put[int(other)] for value, other in pairs),
    )


def _made(attribute: str) -> _Made:
    texts = _EITHER.split(attribute)
    return _Made(tuple(texts[::3]), tuple(map(int, texts[1::3])))


def _put_in(plan: _Plan, values: Sequence[str], base: str, links: ClickLinks, pixel: str) -> list[str]:
    """The tokens and values of one message, in the order of the plan's holes; its links are counted from 0."""
    place, found = 0, []
    for hole in plan.holes:
        match hole:
            case _Value():
                found.append(values[hole.number])
            case _Link():
                found.append(links.token(place, hole.url))
                place += 1
            case _Made():
                attribute = str(woven(hole.texts, [values[number] for number in hole.values]))
                url = followed_once(attribute, f"{base}/u/")
                found.append(f'"{base}/t/{links.token(place, url)}"' if url else attribute)
                place += bool(url)
            case None:
                found.append(pixel)
    return found


def followed_once(value: str, own: str) -> str:
    """The address that an attribute's value, with its quotes, stands for; "" where clicks on it aren't counted."""
    url = value[1:-1] if value[0] in "\"'" else value
    if "&" in url:
        url = _ENTITY.sub(lambda entity: unescape(entity[0]), url)
    url = url.translate(_BREAKS).strip()
    is_web = url[:8].lower().startswith(("http://", "https://"))
    return url if is_web and len(url.encode()) <= LONGEST_URL and not url.startswith(own) else ""


followed = lru_cache(maxsize=1024)(followed_once)
"""The same, remembered: most links are the same in all messages of a version."""


def _with_pixel(html: str, url: str) -> str:
    end = html.rfind("</body")
    end = len(html) if end < 0 else end
    return f"{html[:end]}{_PIXEL.format(url)}{html[end:]}"
