"""unsub/…: who gets e-mails and who doesn't (facts, section 2B.3)."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.api.bodies import object_of
from projects.api.scope import client_of
from projects.errors import InvalidInput
from users.api.era_documents import (
    IsUnsubAnswer,
    SubscribeAnswer,
    UnsubAnswer,
    UnsubPage,
    UnsubReasonAnswer,
    UnsubRow,
)
from users.api.reading import user_by_email, user_by_id
from users.consent_sources import EFFECTS, Source
from users.selectors_email_era import as_list_rows, consent_as_json, taken_back, unsubscribed_since
from users.services.consent import subscribe, unsubscribe
from users.services.email_era import ACTOR
from users.vocabulary import AddressKind

MESSAGE = "api by client"
"""What Sendios writes beside an unsubscription by API."""

OWN_SOURCES = 100
"""From here on the numbers are ours, and no client's to give."""

MOST_ROWS = 10_000
PAGE_SIZE = 100
LARGEST_PAGE = 1000
LATEST = 253_402_300_799
"""The last second of the year 9999."""


class UnsubBySourceView(APIView):
    """An unsubscription with its source."""

    @extend_schema(operation_id="unsubscribe", request=None, responses={200: UnsubAnswer})
    def post(self, request: Request, user_id: int, source_id: int) -> Response:
        """Unsubscribe a user from e-mails: source 8 blocked or deleted, 9 product settings, 2 complaint, 4 link, …

        `unsub` is false for one who was unsubscribed already by a source at least as strict.
        """
        object_of(request)  # nothing in it counts, but what isn't JSON is refused everywhere
        user = user_by_id(request, user_id)
        if source_id not in Source.values or source_id >= OWN_SOURCES:
            raise InvalidInput({"source_id": "The value you selected is not a valid choice."})
        changed = unsubscribe(user, kind=AddressKind.EMAIL, source=source_id, actor=ACTOR, message=MESSAGE)
        return Response({"unsub": changed})


class UnsubView(APIView):
    """A user's subscription."""

    @extend_schema(operation_id="subscribe", responses={200: SubscribeAnswer})
    def delete(self, request: Request, user_id: int) -> Response:
        """Subscribe a user again. `rowCount` is 0 for one who was subscribed."""
        user = user_by_id(request, user_id)
        return Response({"subscribe": {"rowCount": subscribe(user, kind=AddressKind.EMAIL, actor=ACTOR)}})


class UnsubByAdminView(APIView):
    """An unsubscription by the client's staff."""

    @extend_schema(operation_id="unsubscribe_by_admin", request=None, responses={200: UnsubAnswer})
    def post(self, request: Request, project_id: int, email: str) -> Response:
        """Unsubscribe whoever has this e-mail, from all of them. `unsub` is false for one who was already."""
        object_of(request)
        user = user_by_email(request, project_id, email)
        changed = unsubscribe(user, kind=AddressKind.EMAIL, source=Source.ADMIN, actor=ACTOR, message=MESSAGE)
        return Response({"unsub": changed})


class IsUnsubView(APIView):
    """Whether a user is unsubscribed."""

    @extend_schema(operation_id="is_unsubscribed", responses={200: IsUnsubAnswer})
    def get(self, request: Request, user_id: int) -> Response:
        """`false`, or the unsubscription: who, where, by which source, why, when."""
        return Response({"result": consent_as_json(user_by_id(request, user_id))})


class UnsubReasonView(APIView):
    """Why a user is unsubscribed."""

    @extend_schema(operation_id="get_unsubscribe_reason", responses={200: UnsubReasonAnswer})
    def get(self, request: Request, user_id: int) -> Response:
        """`false`, or the reason in a word; “Unknown” where nobody knows."""
        row = taken_back(user_by_id(request, user_id))
        effect = EFFECTS.get(row.source_id) if row else None
        return Response({"result": (effect.reason if effect else "Unknown") if row else False})


class UnsubListView(APIView):
    """Who unsubscribed since."""

    @extend_schema(operation_id="list_unsubscribed", responses={200: UnsubRow(many=True)})
    def get(self, request: Request, since: int) -> Response:
        """The first 10,000 who unsubscribed from your e-mails since then (unix seconds), in all projects, in order.

        Ask again from the last one's time on, or by pages, for more.
        """
        rows = unsubscribed_since(client_of(request), _moment(since))
        return Response(as_list_rows(list(rows[:MOST_ROWS])))


class UnsubListPageView(APIView):
    """Who unsubscribed since, page by page."""

    @extend_schema(
        operation_id="page_unsubscribed",
        parameters=[OpenApiParameter("page_size", int, description=f"Up to {LARGEST_PAGE}; {PAGE_SIZE} without.")],
        responses={200: UnsubPage},
    )
    def get(self, request: Request, since: int, page: int) -> Response:
        """One page of the same list; pages begin at 1."""
        size = _page_size(request)
        rows = unsubscribed_since(client_of(request), _moment(since))
        pages = -(-rows.count() // size)
        start = (max(page, 1) - 1) * size
        shown: list[dict[str, Any]] = as_list_rows(list(rows[start : start + size])) if page <= pages else []
        # As JSON's readers take integers; a page out there is empty anyway.
        current = min(max(page, 1), 2**31 - 1)
        return Response({"pages": pages, "current_page": current, "size": size, "data": shown})


def _moment(since: int) -> datetime:
    return datetime.fromtimestamp(min(since, LATEST), UTC)


def _page_size(request: Request) -> int:
    told = request.query_params.get("page_size") or str(PAGE_SIZE)
    if not (told.isascii() and told.isdigit() and len(told) < 10 and int(told)):
        raise InvalidInput({"page_size": "This value should be a positive number."})
    return min(int(told), LARGEST_PAGE)
