"""Values in HTML: always escaped, and harmless where they are a link's address."""

from __future__ import annotations

import re
from html import escape, unescape

LINK_BEGIN, LINK_END = "\x02", "\x03"
"""Stand around a link's address whose scheme depends on values. Neither values nor sources can hold them."""

CONTROLS = dict.fromkeys({*range(32), 127} - {9, 10, 13})
"""Characters that HTML knows nothing of, for `str.translate`."""

UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "content"})

_LINK = re.compile(f"{LINK_BEGIN}([^{LINK_END}]*){LINK_END}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_IGNORED = re.compile(r"[\x00-\x20\x7f]+")


def escaped(value: str) -> str:
    """A value as it stands in HTML, in text as well as between quotes."""
    if not value.isprintable():
        value = value.translate(CONTROLS)
    return value if value.isalnum() else escape(value)


def with_safe_links(html: str) -> str:
    """Take the marks of links away, and the addresses that would run something."""
    return _LINK.sub(_safe_link, html) if LINK_BEGIN in html else html


def scheme_of(address: str) -> str:
    """The scheme that a browser sees in an address as it stands in HTML, in small letters; "" if it has none."""
    found = _SCHEME.match(_IGNORED.sub("", unescape(address)))
    return found.group(1).lower() if found else ""


def _safe_link(match: re.Match[str]) -> str:
    address = match.group(1)
    return "" if scheme_of(address) in UNSAFE_SCHEMES else address
