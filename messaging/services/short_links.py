"""Short links of SMS: what takes 100 characters in a text that is paid by the 160 becomes some 30."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from django.db import connection

from messaging.links import LONGEST_URL, short_code
from messaging.models import ShortLink

# What stands after an address in a sentence isn't a part of it, in whatever script; brackets in pairs are.
_AFTER = ".,;:!?)\\]}»”’…。，、！？；：」』）】》،؛؟।"
_PAIR = r"\([^\s<>\"'()]*+\)"
_URL = re.compile(rf"https?://(?>{_PAIR}|[^\s<>\"'])*(?:{_PAIR}|[^\s<>\"'{_AFTER}])", re.IGNORECASE)

# A code that another message has (2 in 10^16) stays that one's: this link then stays long. So do
# links of a person erased in mid-send.
_KEEP = """
INSERT INTO messaging_shortlink (code, message_id, project_id, user_id, url)
SELECT l.* FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
     AS l(code, message_id, project_id, user_id, url)
JOIN messaging_message m ON m.id = l.message_id AND m.address_id IS NOT NULL
ON CONFLICT (code) DO UPDATE SET url = EXCLUDED.url WHERE messaging_shortlink.message_id = EXCLUDED.message_id
RETURNING code
"""


@dataclass(frozen=True, slots=True)
class LongText:
    """A text of a message, whose links shall be shortened."""

    message_id: int
    user_id: int
    text: str


def shortened(texts: Sequence[LongText], *, base: str, project_id: int) -> list[str]:
    """The texts, in order, with each http(s) link as `base`/t/{code}; links to our own pages stay.

    The codes are stored before anything is handed over, in one statement, and are the same whenever a message is
    rendered again.
    """
    own = f"{base}/u/"
    links = {link.code: link for each in texts for link in _links(each, project_id, own)}
    kept = _keep(list(links.values()))
    return [_with_codes(each, own=own, begin=f"{base}/t/", links=links, kept=kept) for each in texts]


def _links(text: LongText, project_id: int, own: str) -> list[ShortLink]:
    return [
        ShortLink(
            code=short_code(text.message_id, place),
            message_id=text.message_id,
            project_id=project_id,
            user_id=text.user_id,
            url=url,
        )
        for place, url in enumerate(_urls(text.text, own))
    ]


def _urls(text: str, own: str) -> list[str]:
    return [url for url in _URL.findall(text) if _is_shortened(url, own)] if "://" in text else []


def _is_shortened(url: str, own: str) -> bool:
    return len(url) <= LONGEST_URL and not url.startswith(own)


def _keep(links: Sequence[ShortLink]) -> set[str]:
    if not links:
        return set()
    rows = [(each.code, each.message_id, each.project_id, each.user_id, each.url) for each in links]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(column) for column in zip(*rows, strict=True)])
        return {row[0] for row in cursor.fetchall()}


def _with_codes(text: LongText, *, own: str, begin: str, links: dict[str, ShortLink], kept: set[str]) -> str:
    if "://" not in text.text:
        return text.text
    places = count()

    def short(found: re.Match[str]) -> str:
        if not _is_shortened(found[0], own):
            return found[0]
        code = short_code(text.message_id, next(places))
        is_ours = code in kept and links[code].message_id == text.message_id
        return f"{begin}{code}" if is_ours else found[0]

    return _URL.sub(short, text.text)
