"""v3/users/…: who was online, who confirmed (facts, section 2B.2). Accepted means: understood."""

from datetime import datetime

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.api.bodies import object_of
from projects.api.scope import project_of
from users.api.era_documents import Accepted, ConfirmRequest, OnlineRequest
from users.api.reading import user_by_id
from users.product_rows import Reader, moment
from users.services.email_era import confirm, see_online
from users.services.email_users import find_email_user


class OnlineView(APIView):
    """A user, by number."""

    @extend_schema(operation_id="set_online", request=OnlineRequest, responses={202: Accepted})
    def put(self, request: Request, user_id: int) -> Response:
        """The person was seen at your product."""
        user = user_by_id(request, user_id)
        see_online(user, at=_moment(request, "timestamp"))
        return accepted()


class OnlineByEmailView(APIView):
    """A project's user, by the e-mail in base64."""

    @extend_schema(operation_id="set_online_by_email", request=OnlineRequest, responses={202: Accepted})
    def put(self, request: Request, project_id: int, email: str) -> Response:
        """The person was seen at your product. As with Sendios, an e-mail that nobody has is accepted too."""
        user = find_email_user(project_of(request, project_id), email)
        at = _moment(request, "timestamp")
        if user:
            see_online(user, at=at)
        return accepted()


class ConfirmByEmailView(APIView):
    """A project's user, by the e-mail in base64."""

    @extend_schema(operation_id="confirm_by_email", request=ConfirmRequest, responses={202: Accepted})
    def put(self, request: Request, project_id: int, email: str) -> Response:
        """The person confirmed their e-mail. As with Sendios, an e-mail that nobody has is accepted too."""
        user = find_email_user(project_of(request, project_id), email)
        at = _moment(request, "last_reaction")
        if user:
            confirm(user, at=at)
        return accepted()


def accepted() -> Response:
    """v3's answer."""
    return Response({"status": "Accepted"}, status=202)


def _moment(request: Request, name: str) -> datetime:
    """A member of the body; without it: now. Raises InvalidInput."""
    reader = Reader(object_of(request))
    at = reader.optional(name, moment)
    reader.finish()
    return at or now()
