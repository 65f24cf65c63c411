"""Endpoints of the e-mail era that show messages or types: user/…, unsubtypes/…, trackemail/…, v3/track/…"""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.api.documents import TypeIds, TypeRow, UserEnvelope
from messaging.selectors_user_document import subscription_rows, user_document
from messaging.services.email_clicks import report_email_click
from messaging.services.type_choices import Change, change_types
from projects.api.bodies import object_of
from projects.api.scope import client_of
from projects.errors import InvalidInput
from users.api.era_documents import Accepted
from users.api.reading import user_by_email, user_by_id
from users.api.serializers import Done
from users.services.consent import clear_types_off
from users.vocabulary import AddressKind

BLANK, INTEGER = "This value should not be blank.", "This value should be of type integer."
MOST_TYPES = 1_000
LARGEST = 2**62
# `t` and `tp` stand the other way round than their names say: the SDK maps type to `tp` and the Type ID to `t`.
CLICK_PARAMETERS = [
    OpenApiParameter(name, OpenApiTypes.STR, description=told, required=False)
    for name, told in (("u", "User id."), ("m", "Mail id."), ("p", "Project id."), ("t", "Type ID."),
                       ("s", "Source; kept by nobody."), ("tp", "Type; kept by nobody."))
]  # fmt: skip


class UserByEmailView(APIView):
    """A person by project and e-mail."""

    @extend_schema(operation_id="get_user_by_email", responses={200: UserEnvelope})
    def get(self, request: Request, project_id: int, email: str) -> Response:
        """All that is known of the person, with the mails of the last three months."""
        text = f"Not found  user for project {project_id} and email {email}"
        return Response({"user": user_document(user_by_email(request, project_id, email, text=text))})


class UserByIdView(APIView):
    """A person by number."""

    @extend_schema(operation_id="get_user_by_id", responses={200: UserEnvelope})
    def get(self, request: Request, user_id: int) -> Response:
        """As by e-mail."""
        return Response({"user": user_document(user_by_id(request, user_id))})


class TypesView(APIView):
    """The types of trigger e-mails that a person doesn't want."""

    @extend_schema(operation_id="list_unsubscribed_types", responses={200: TypeRow(many=True)})
    def get(self, request: Request, user_id: int) -> Response:
        """Each trigger type of the project, and since when the person is unsubscribed from it."""
        return Response(subscription_rows(user_by_id(request, user_id)))

    @extend_schema(operation_id="replace_unsubscribed_types", request=TypeIds, responses={200: None})
    def post(self, request: Request, user_id: int) -> Response:
        """These types and no others. System types can't be unsubscribed."""
        return _change(request, user_id, Change.REPLACE)


class TypesNoDiffView(APIView):
    """Some types more, or some less."""

    @extend_schema(operation_id="add_unsubscribed_types", request=TypeIds, responses={200: None})
    def post(self, request: Request, user_id: int) -> Response:
        """These types too."""
        return _change(request, user_id, Change.ADD)

    @extend_schema(operation_id="remove_unsubscribed_types", request=TypeIds, responses={200: None})
    def delete(self, request: Request, user_id: int) -> Response:
        """These types no longer; they are in the body."""
        return _change(request, user_id, Change.REMOVE)


class TypesAllView(APIView):
    """All types at once."""

    @extend_schema(operation_id="clear_unsubscribed_types", responses={200: None})
    def delete(self, request: Request, user_id: int) -> Response:
        """The person gets every type again."""
        clear_types_off(user_by_id(request, user_id), kind=AddressKind.EMAIL, actor="API")
        return Response(None)


class TrackEmailClickView(APIView):
    """A click that the client saw."""

    @extend_schema(operation_id="track_email_click", request=None, responses={200: Done})
    def post(self, request: Request, mail_id: int) -> Response:
        """The person clicked in this mail; that implies that it was opened. A body is not needed."""
        object_of(request)
        report_email_click(client_of(request), mail_id=mail_id)
        return Response({"result": True})


class TrackEmailClickClientView(APIView):
    """The same by query parameters, as links on the client's side report it."""

    @extend_schema(operation_id="track_email_click_client", parameters=CLICK_PARAMETERS, responses={202: Accepted})
    def get(self, request: Request) -> Response:
        """`m` names the mail; `p` and `u` are checked where they are given."""
        told = {name: _number(request, name) for name in ("m", "p", "u")}
        if not told["m"]:
            raise InvalidInput({"m": BLANK})
        report_email_click(client_of(request), mail_id=told["m"], project_id=told["p"], user_id=told["u"])
        return Response({"status": "Accepted"}, status=status.HTTP_202_ACCEPTED)


def _change(request: Request, user_id: int, change: Change) -> Response:
    user = user_by_id(request, user_id)
    change_types(user, change=change, type_ids=_type_ids(object_of(request)))
    return Response(None)


def _type_ids(body: dict[str, Any]) -> list[int]:
    """`type_ids`: numbers, or their digits. Raises InvalidInput naming it."""
    told = body.get("type_ids")
    if told is None:
        raise InvalidInput({"type_ids": BLANK})
    if not isinstance(told, list) or len(told) > MOST_TYPES:
        raise InvalidInput({"type_ids": f"This value should be an array of at most {MOST_TYPES} integers."})
    texts = [str(each) for each in told]
    if any(isinstance(each, bool) or not text.isascii() or not text.isdigit() or len(text) > 10
           for each, text in zip(told, texts, strict=True)):  # fmt: skip
        raise InvalidInput({"type_ids": INTEGER})
    return [int(text) for text in texts if int(text) < 2**31]


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "").strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput({name: INTEGER})
    return int(text)
