"""Values in HTML: always escaped, and harmless where they are a link's address."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape

from templates.patchwork import Patchwork, woven

LINK_BEGIN, LINK_END = "\x02", "\x03"
"""Stand around a link's address whose scheme depends on values. Neither values nor sources can hold them."""

CONTROLS = dict.fromkeys({*range(32), 127} - {9, 10, 13})
"""Characters that HTML knows nothing of, for `str.translate`."""

UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "content"})

_MARKS = dict.fromkeys(map(ord, (LINK_BEGIN, LINK_END)))
_SAFE_BEGINNINGS = ("https://", "http://", "mailto:", "tel:")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_IGNORED = dict.fromkeys({*range(33), 127})
_LOOKED_AT = 4_000
"""Characters of an address, blanks aside, in which its scheme must end."""


def escaped(value: str) -> str:
    """A value as it stands in HTML, in text as well as between quotes."""
    if not value.isprintable():
        value = value.translate(CONTROLS)
    return value if value.isalnum() else escape(value)


def with_safe_links(html: str) -> str:
    """Take the marks of links away, and the addresses that would run something."""
    unmarked = _unmarked(html.frame) if isinstance(html, Patchwork) else None
    if isinstance(html, Patchwork) and unmarked:
        frame, begun = unmarked
        if all(html.values[at].startswith(_SAFE_BEGINNINGS) for at in begun):
            return woven(frame, html.values)
    return _looked_through(html)


@lru_cache(maxsize=256)
def _unmarked(frame: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
    """A frame without its marks, and the values that begin a marked address; None where one begins with a text that
    settles nothing.
    """
    begun = []
    for at, text in enumerate(frame):
        for beginning in text.split(LINK_BEGIN)[1:]:
            address, is_ended, _ = beginning.partition(LINK_END)
            if not address and not is_ended and at + 1 < len(frame):
                begun.append(at)
            elif not address.startswith(_SAFE_BEGINNINGS):
                return None
    return tuple(text.translate(_MARKS) for text in frame), tuple(begun)


def _looked_through(html: str) -> str:
    pieces, position = [], 0
    while (begin := html.find(LINK_BEGIN, position)) >= 0:
        end = html.find(LINK_END, begin)
        if end < 0:
            break
        pieces += [html[position:begin], _safe_address(html[begin + 1 : end])]
        position = end + 1
    safe = "".join([*pieces, html[position:]])
    # A block that begins inside a link and ends outside leaves a single mark.
    return safe.translate(_MARKS) if begin >= 0 or LINK_END in safe else safe


def scheme_of(address: str) -> str:
    """The scheme that a browser sees in an address as it stands in HTML, in small letters; "" if it has none."""
    begun = unescape(address.translate(_IGNORED)[:_LOOKED_AT])
    found = _SCHEME.match(begun.translate(_IGNORED))
    return found.group(1).lower() if found else ""


def _safe_address(address: str) -> str:
    if address.startswith(_SAFE_BEGINNINGS):
        return address
    return "" if scheme_of(address) in UNSAFE_SCHEMES else address
