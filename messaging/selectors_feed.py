"""The activity feed: the newest messages that fit, in the same time whether there are a thousand or ten million.

No page counts. Ids grow with time, so a page continues below the last id it showed (keyset). What an index serves
(project, mailing, user) is looked up; what none serves (state, template, channel, category) is looked for in a window
of ids at a time, and the page says how far back it has looked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from messaging.models import Message
from users.models import Address, OmnichannelUser

PAGE = 50
WINDOW = 200_000
MERGED_PROJECTS = 20
SLACK = 20_000
"""Rows of one transaction share a time and may get their ids a little later than their neighbours."""


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What is asked for. `projects` bounds everything; None stands for all, for those who may see all.

    `users`: only messages of these; an empty list finds nothing. `before` is the cursor: ids below it.
    """

    projects: Sequence[int] | None
    channel: str = ""
    category: str = ""
    state: str = ""
    mailing: int | None = None
    template: int | None = None
    message: int | None = None
    users: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A message with its person and address; None where they were erased since."""

    message: Message
    user: OmnichannelUser | None
    address: Address | None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """`next_before` is the next page's cursor, None on the last page. `looked_back_to`: the search stopped there."""

    rows: list[FeedRow] = field(default_factory=list)
    next_before: int | None = None
    looked_back_to: datetime | None = None


def feed_page(query: FeedQuery, *, size: int = PAGE) -> FeedPage:
    """One page. Six queries at most; with `since` or `until` two dozen look-ups of one row each beside them."""
    newest = query.before or (_first_id(Message.objects.order_by("-pk")) + 1)
    upper = min(newest, _id_at(query.until) + SLACK) if query.until else newest
    lowest = max(0, _id_at(query.since) - SLACK) if query.since else 0
    floor = max(lowest, upper - WINDOW) if _is_scanned(query) else lowest
    ids = _ids(query, upper=upper, floor=floor, limit=size + 1)
    rows = rows_of(ids[:size])
    if len(ids) > size:
        return FeedPage(rows, next_before=ids[size - 1])
    if floor <= max(lowest, _first_id(Message.objects.order_by("pk")) - 1):
        return FeedPage(rows)
    seen = Message.objects.filter(pk__gte=floor).order_by("pk").values_list("created_at", flat=True).first()
    return FeedPage(rows, next_before=floor, looked_back_to=seen)


def rows_of(ids: Collection[int]) -> list[FeedRow]:
    """These messages, newest first, with what a line of the feed shows. Three queries."""
    # Erased people leave their messages behind: joining users would hide these.
    shown = Message.objects.select_related("project", "mailing", "version__template", "sender")
    messages = list(shown.filter(pk__in=ids).order_by("-pk"))
    users = OmnichannelUser.objects.in_bulk({message.user_id for message in messages})
    addresses = Address.objects.in_bulk({message.address_id for message in messages if message.address_id})
    return [FeedRow(each, users.get(each.user_id), addresses.get(each.address_id or 0)) for each in messages]


def _is_scanned(query: FeedQuery) -> bool:
    """Whether something is asked for that no index serves."""
    return query.users is None and bool(query.state or query.template or query.channel or query.category)


def _ids(query: FeedQuery, *, upper: int, floor: int, limit: int) -> list[int]:
    rows = Message.objects.filter(_condition(query), pk__lt=upper, pk__gte=floor)
    projects = query.projects
    if query.message is not None:
        rows = rows.filter(pk=query.message)
    merged = projects is not None and query.users is None and query.mailing is None
    if projects is None or not merged or len(projects) > MERGED_PROJECTS:
        mine = rows if projects is None else rows.filter(project_id__in=projects)
        return list(mine.order_by("-pk").values_list("pk", flat=True)[:limit])
    # The newest of each project along its index, merged: one quiet project among busy ones costs nothing.
    parts = [rows.filter(project_id=each).order_by("-pk").values_list("pk", flat=True)[:limit] for each in projects]
    return sorted(_union(parts), reverse=True)[:limit]


def _union(parts: "list[QuerySet[Message, int]]") -> list[int]:
    if len(parts) < 2:
        return list(parts[0]) if parts else []
    return list(parts[0].union(*parts[1:], all=True))


def _condition(query: FeedQuery) -> Q:
    wanted = {
        "channel": query.channel,
        "category": query.category,
        "state": query.state,
        "mailing_id": query.mailing,
        "version__template_id": query.template,
        "created_at__gte": query.since,
        "created_at__lt": query.until,
    }
    condition = Q(**{name: value for name, value in wanted.items() if value})
    return condition if query.users is None else condition & Q(user_id__in=list(query.users))


def _first_id(rows: QuerySet[Message]) -> int:
    return rows.values_list("pk", flat=True).first() or 0


def _id_at(moment: datetime) -> int:
    """About the id that the feed had reached at this moment, by halving: ids grow with time."""
    low, high = _first_id(Message.objects.order_by("pk")), _first_id(Message.objects.order_by("-pk")) + 1
    while low < high:
        middle = (low + high) // 2
        nearest = Message.objects.filter(pk__gte=middle).order_by("pk").values_list("pk", "created_at").first()
        if nearest is None or nearest[1] >= moment:
            high = middle
        else:
            low = nearest[0] + 1
    return low
