"""Links of an e-mail: they lead over our address, and a pixel tells that it was opened."""

import re
from functools import lru_cache
from html import escape, unescape
from itertools import count

from messaging.links import ClickLinks, open_token

LONGEST_URL = 2000
"""What is longer stays as it is: with a token around it some mail programs would cut it."""

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


def tracked_html(html: str, *, base: str, project_id: int, message_id: int) -> str:
    """`html` with its http(s) links led over `base` and a pixel before the end of its body.

    Left alone: links to our own pages (`base`/u/…), those marked with `data-no-track`, and all other schemes.
    """
    links = ClickLinks(project_id, message_id)
    begin, own = f"{base}/t/", f"{base}/u/"
    places = count()

    def led(found: re.Match[str]) -> str:
        before, value, after = found.groups()
        url = followed(value, own)
        if not url or NOT_TRACKED in before or NOT_TRACKED in after:
            return found[0]
        return f'{before}"{begin}{links.token(next(places), url)}"{after}'

    return _with_pixel(_LINK.sub(led, html), f"{base}/o/{open_token(project_id, message_id)}.gif")


@lru_cache(maxsize=1024)
def followed(value: str, own: str) -> str:
    """The address that an attribute's value, with its quotes, stands for; "" where clicks on it aren't counted.

    Most links are the same in all messages of a version: remembered.
    """
    url = value[1:-1] if value[0] in "\"'" else value
    if "&" in url:
        url = _ENTITY.sub(lambda entity: unescape(entity[0]), url)
    url = url.translate(_BREAKS).strip()
    is_web = url[:8].lower().startswith(("http://", "https://"))
    return url if is_web and len(url) <= LONGEST_URL and not url.startswith(own) else ""


def _with_pixel(html: str, url: str) -> str:
    end = html.rfind("</body")
    end = len(html) if end < 0 else end
    return f"{html[:end]}{_PIXEL.format(escape(url))}{html[end:]}"
