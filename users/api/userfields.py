"""userfields/…, user/erase, clientuser/create: people whom client systems know by e-mail or by number (facts, 2B.2)."""

from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.api.bodies import object_of
from projects.errors import NotFound
from users.api.era_documents import (
    ClientUserRequest,
    DoneAnswer,
    ErasureAnswer,
    ErasureRequest,
    UserfieldsAnswer,
    UserfieldsRequest,
    WrongFieldsDocument,
)
from users.api.reading import project_and_email, user_by_email, user_by_id
from users.api.serializers import Done
from users.models import OmnichannelUser
from users.product_rows import Reader
from users.profile import read_client_user_id
from users.selectors_email_era import userfields_as_json
from users.services.email_era import name_email_user, set_userfields
from users.services.email_users import get_email_user
from users.services.erasure import request_erasure
from users.userfields import read_userfields

NOT_FOUND = "User not found."
"""Sendios' words on the paths with an e-mail: with a full stop."""

_changes = {200: Done, 409: WrongFieldsDocument}


class UserfieldsView(APIView):
    """The fields of a user, by number."""

    @extend_schema(operation_id="get_userfields", responses={200: UserfieldsAnswer})
    def get(self, request: Request, user_id: int) -> Response:
        """Get a user and their custom fields."""
        return _shown(user_by_id(request, user_id))

    @extend_schema(operation_id="put_userfields", request={"application/json": UserfieldsRequest}, responses=_changes)
    def put(self, request: Request, user_id: int) -> Response:
        """Set fields; names that aren't Sendios' own are custom fields."""
        return _change(request, user_by_id(request, user_id))


class UserfieldsByEmailView(APIView):
    """The fields of a project's user, by e-mail."""

    @extend_schema(operation_id="get_userfields_by_email", responses={200: UserfieldsAnswer})
    def get(self, request: Request, project_id: int, email: str) -> Response:
        """Get a user and their custom fields."""
        return _shown(user_by_email(request, project_id, email, text=NOT_FOUND))

    @extend_schema(
        operation_id="put_userfields_by_email", request={"application/json": UserfieldsRequest}, responses=_changes
    )
    def put(self, request: Request, project_id: int, email: str) -> Response:
        """Set fields of a user who exists already."""
        return _change(request, user_by_email(request, project_id, email, text=NOT_FOUND))


class UserfieldsByEmailHashView(APIView):
    """The fields of a project's user, by the e-mail in base64."""

    @extend_schema(
        operation_id="put_userfields_by_emailhash", request={"application/json": UserfieldsRequest}, responses=_changes
    )
    def put(self, request: Request, project_id: int, email: str) -> Response:
        """Set fields of a user who exists already."""
        return _change(request, user_by_email(request, project_id, email, text=NOT_FOUND))


class EraseView(APIView):
    """GDPR."""

    @extend_schema(operation_id="erase_email_user", request=ErasureRequest, responses={200: ErasureAnswer})
    def post(self, request: Request) -> Response:
        """Erase a person in two days, with `force_delete` within ten minutes. From now on nothing is sent to them."""
        body = object_of(request)
        project, email = project_and_email(request, Reader(body))
        try:
            user = get_email_user(project, email.value)
        except NotFound:
            # In the spelling in which it was asked for.
            raise NotFound(f"Not found  user for project {project.pk} and email {body['email']}") from None
        request_erasure(user, force=_is_true(body.get("force_delete")))
        return Response({"deleted": True})


class ClientUserView(APIView):
    """The client's own ids."""

    @extend_schema(operation_id="create_client_user", request=ClientUserRequest, responses={200: DoneAnswer})
    def post(self, request: Request) -> Response:
        """Tie the client's own id to the person with this e-mail, who is made if new.

        409 where the person has another id, or somebody else has this one.
        """
        reader = Reader(object_of(request))
        client_user_id = reader.required("client_user_id", read_client_user_id, "")
        project, email = project_and_email(request, reader)
        name_email_user(project, email=email, client_user_id=client_user_id)
        return done()


def done() -> Response:
    """Sendios' answer to what is simply taken down."""
    return Response({"message": "done", "date": f"{now():%Y-%m-%d %H:%M:%S.%f}", "status": True})


def _shown(user: OmnichannelUser) -> Response:
    return Response({"result": userfields_as_json(user)})


def _change(request: Request, user: OmnichannelUser) -> Response:
    set_userfields(user, read_userfields(object_of(request)))
    return Response({"result": True})


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() in {"1", "true", "yes"}
