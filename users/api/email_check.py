"""email/check and email/check/send (facts, section 2B.5)."""

from dataclasses import replace

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.api.bodies import object_of
from projects.api.scope import project_of
from users.address_forms import normal_email
from users.api.era_documents import (
    EmailCheckAnswer,
    EmailCheckRequest,
    EmailCheckSendAnswer,
    EmailCheckSendRequest,
)
from users.email_check import LONGEST, check_email
from users.models import Suppression
from users.product_rows import Reader, integer, words
from users.vocabulary import AddressKind

FALSE = frozenset({"false", "0", "no", ""})


class EmailCheckView(APIView):
    """A check that stores nothing and makes nobody a user."""

    @extend_schema(operation_id="check_email", request=EmailCheckRequest, responses={200: EmailCheckAnswer})
    def post(self, request: Request) -> Response:
        """Whether an address is worth writing to, and as what it was probably meant."""
        reader = Reader(object_of(request))
        email = reader.required("email", words(LONGEST), "")
        reader.finish()
        sanitize = reader.told.get("sanitize")
        is_wanted = sanitize is None or str(sanitize).lower() not in FALSE
        return Response(check_email(email, sanitize=is_wanted).as_json())


class EmailCheckSendView(APIView):
    """The same for a project."""

    @extend_schema(
        operation_id="check_email_for_project", request=EmailCheckSendRequest, responses={200: EmailCheckSendAnswer}
    )
    def post(self, request: Request) -> Response:
        """The same check, and whether the project may write there: an address on its suppression list is `application`.

        Sendios sends a letter to find out; nothing is sent here. A letter that nobody asked for costs the sender's
        good name, and a dead address is told by the bounce of the first real one. `is_send` is true, as with Sendios.
        """
        told = object_of(request)
        reader = Reader({"project_id": told.get("project")} | told)
        email = reader.required("email", words(LONGEST), "")
        project_id = reader.required("project_id", integer, 0)
        reader.finish()
        project = project_of(request, project_id)
        found = check_email(email)
        suppressed = Suppression.objects.filter(
            project=project, kind=AddressKind.EMAIL, value=normal_email(found.email)
        )
        if not found.reason and suppressed.exists():
            found = replace(found, reason="application")
        return Response(found.as_json() | {"is_send": True})
