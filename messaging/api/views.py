"""POST /v1/app-push/track/delivery and /v1/app-push/track/click."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.api.documents import Tracked, TrackEventDocument
from messaging.services.tracking import track
from messaging.track_events import TrackEvent, read_event
from messaging.vocabulary import State
from projects.api.bodies import object_of, rows_of
from projects.api.error_text import text_of
from projects.api.scope import project_of
from projects.errors import DomainError, InvalidInput

MOST_EVENTS = 1000


class TrackView(APIView):
    """Take what the customer's app saw: one event as an object, or a list of up to 1,000.

    A single event that is wrong is answered with its error. In a list every good event counts; the others are told in
    `errors` with their place in the list. The same event again changes nothing and is answered alike.
    """

    kind: ClassVar[State]

    def track(self, request: Request) -> Response:
        if not isinstance(request.data, list) or not request.data:
            event = self._read(request, object_of(request))
            if error := track(self.kind, [event])[0]:
                raise error
            return Response({"result": True})
        return Response(self._track_many(request, rows_of(request, name="events", limit=MOST_EVENTS)))

    def _track_many(self, request: Request, rows: list[Any]) -> dict[str, Any]:
        read = [self._try(request, row) for row in rows]
        events = [each for each in read if isinstance(each, TrackEvent)]
        answers = iter(track(self.kind, events))
        errors = [next(answers) if isinstance(each, TrackEvent) else each for each in read]
        told = [{"index": index, "error": text_of(error)} for index, error in enumerate(errors) if error]
        return {"result": True} | ({"errors": told} if told else {})

    def _try(self, request: Request, row: Any) -> TrackEvent | DomainError:
        try:
            if not isinstance(row, dict):
                raise InvalidInput({"event": "This value should be of type object."})
            return self._read(request, row)
        except DomainError as error:
            return error

    def _read(self, request: Request, row: dict[str, Any]) -> TrackEvent:
        event = read_event(row)
        reached = request.__dict__.setdefault("reached_projects", set())
        if event.project_id not in reached:
            project_of(request, event.project_id)
            reached.add(event.project_id)
        return event


class TrackDeliveryView(TrackView):
    """The device received a push."""

    kind = State.DELIVERED

    @extend_schema(operation_id="track_app_push_delivery", request=TrackEventDocument, responses={200: Tracked})
    def post(self, request: Request) -> Response:
        """Report that a push was delivered."""
        return self.track(request)


class TrackClickView(TrackView):
    """The person tapped a push; that implies its delivery."""

    kind = State.CLICKED

    @extend_schema(operation_id="track_app_push_click", request=TrackEventDocument, responses={200: Tracked})
    def post(self, request: Request) -> Response:
        """Report that a push was clicked."""
        return self.track(request)
