"""Mail scanners, link previewers and other machines that open and follow what a person didn't; pure.

What a machine did is kept and marked, and never counted. In doubt it is a person: a real reader is worth more than a
clean figure.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TOO_SOON = timedelta(seconds=2)
"""Nobody reads a message and follows its link so soon after it was handed over; scanners of incoming mail do."""

MANY_LINKS, AT_ONCE = 3, timedelta(seconds=2)
"""So many different links of one message within this time are a scanner's."""

# Link previewers of messengers and networks, mail security gateways, crawlers, and programs that are no browser.
_NAMES = re.compile(
    r"(?<!cu)bot\b|crawler|spider|preview|slackbot|whatsapp|facebookexternalhit|facebot|telegrambot|twitterbot|discordbot"
    r"|linkedinbot|skypeuripreview|viber|bingpreview|google-safety|googlemessages|applebot|vkshare|embedly"
    r"|barracuda|mimecast|proofpoint|fireeye|symantec|messagelabs|trendmicro|sophos|forcepoint|cisco-ironport"
    r"|safelinks|office365|microsoft office|ms-office|zscaler|paloalto|checkpoint|avanan|urlscan|virustotal|expanse"
    r"|headlesschrome|phantomjs|puppeteer|playwright|selenium"
    r"|^curl|^wget|^python|^go-http-client|^java/|^okhttp|^apache-httpclient|^libwww|^node-fetch|^axios|^ruby",
    re.IGNORECASE,
)
# Gmail and Yahoo fetch pictures for a person at the moment of reading: these are opens.
_ON_BEHALF = re.compile(r"googleimageproxy|yahoomailproxy", re.IGNORECASE)
# Programs that show pictures to a reader by this name; a link is opened by their browser, so that one followed by them
# is looked up ahead (Office does so).
_SHOW_PICTURES = re.compile(r"microsoft outlook|ms-?office|^okhttp", re.IGNORECASE)
# Apple Mail's privacy protection fetches every picture, read or not, and says no more than this.
_APPLE_PREFETCH = "Mozilla/5.0"
_PREFETCH = ("purpose", "sec-purpose", "x-purpose", "x-moz")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a link or a picture: the request's method and headers (names in lower case)."""

    method: str
    headers: Mapping[str, str]

    @property
    def agent(self) -> str:
        """What the program calls itself."""
        return self.headers.get("user-agent", "").strip()


def why_machine(visitor: Visitor, *, is_picture: bool) -> str:
    """A few words on why this is no person; "" where it may be one. `is_picture`: the pixel rather than a link."""
    if visitor.method == "HEAD":
        return "asked for the headers only"
    purposes = [visitor.headers.get(name, "").lower() for name in _PREFETCH]
    if any("prefetch" in purpose or "preview" in purpose for purpose in purposes):
        return "fetched ahead"
    agent = visitor.agent
    if _ON_BEHALF.search(agent) or (is_picture and _SHOW_PICTURES.search(agent)):
        return ""
    if not agent:
        return "no name of a browser"
    if agent == _APPLE_PREFETCH:
        return "mail program fetching ahead"
    found = _NAMES.search(agent)
    return f"called itself {found[0]}" if found else ""


def is_too_soon(at: datetime, sent_at: datetime | None) -> bool:
    """Whether a click came sooner after sending than a person can read; `sent_at` None: it isn't even recorded."""
    return sent_at is None or at - sent_at < TOO_SOON


def at_once(clicks: Sequence[tuple[datetime, int]]) -> set[int]:
    """Numbers of those `clicks` (time and link, in order of time) that lie among MANY_LINKS different links within
    AT_ONCE.
    """
    found, begin, marked = set[int](), 0, 0
    links: Counter[int] = Counter()
    for end, (at, link) in enumerate(clicks):
        links[link] += 1
        while at - clicks[begin][0] >= AT_ONCE:
            gone = clicks[begin][1]
            links[gone] -= 1
            if not links[gone]:
                del links[gone]
            begin += 1
        if len(links) >= MANY_LINKS:
            found.update(range(max(begin, marked), end + 1))
            marked = end + 1
    return found
