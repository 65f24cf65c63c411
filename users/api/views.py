"""Doors to the services of users."""

from collections import Counter
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.api.bodies import CUT_SLASH, object_of, rows_of
from projects.api.error_text import text_of
from projects.api.scope import project_of
from projects.models import Project
from users.api.serializers import Batch, BatchAnswer, Done, NewUser, UserAnswer, UserChange
from users.models import OmnichannelUser
from users.selectors import get_user, has_user, user_as_json
from users.services.people import RowResult, create_user, erase_user, update_user, upsert_users

LARGEST_BATCH = 1000
STATUSES = ("created", "updated", "failed")


class UsersView(APIView):
    """Users of a project."""

    @extend_schema(operation_id="create_user", request=NewUser, responses={200: UserAnswer})
    def post(self, request: Request, project_id: int) -> Response:
        """Create an omnichannel user. 409 for one who exists already."""
        user = create_user(project_of(request, project_id), payload=object_of(request))
        return _shown(user)


class UsersBatchView(APIView):
    """Many users at once."""

    @extend_schema(operation_id="create_or_update_users", request=Batch, responses={200: BatchAnswer})
    def post(self, request: Request, project_id: int) -> Response:
        """Create or update up to 1,000 users by client_user_id. A bad row never spoils the others."""
        project = project_of(request, project_id)
        rows = upsert_users(project, rows=rows_of(request, name="users", limit=LARGEST_BATCH))
        results = [_row_as_json(row) for row in rows]
        counts = Counter(row["status"] for row in results)
        return Response({**{status: counts[status] for status in STATUSES}, "results": results})


class UserView(APIView):
    """One user, by the client's own id, which may hold any characters, slashes included."""

    @extend_schema(operation_id="get_user", responses={200: UserAnswer})
    def get(self, request: Request, project_id: int, client_user_id: str) -> Response:
        """Get a user with channels and custom fields."""
        project = project_of(request, project_id)
        return _shown(get_user(project, _meant(request, project, client_user_id)))

    @extend_schema(operation_id="update_user", request=UserChange, responses={200: UserAnswer})
    def put(self, request: Request, project_id: int, client_user_id: str) -> Response:
        """Change what is sent and nothing else. PATCH does the same."""
        project = project_of(request, project_id)
        meant = _meant(request, project, client_user_id)
        return _shown(update_user(project, client_user_id=meant, payload=object_of(request)))

    @extend_schema(operation_id="patch_user", request=UserChange, responses={200: UserAnswer})
    def patch(self, request: Request, project_id: int, client_user_id: str) -> Response:
        """Change what is sent and nothing else."""
        return self.put(request, project_id, client_user_id)

    @extend_schema(operation_id="erase_user", responses={200: Done})
    def delete(self, request: Request, project_id: int, client_user_id: str) -> Response:
        """Erase a person (GDPR). What was counted stays counted."""
        project = project_of(request, project_id)
        erase_user(project, client_user_id=_meant(request, project, client_user_id))
        return Response({"result": True})


def _meant(request: Request, project: Project, client_user_id: str) -> str:
    """Whose id the path names: a slash at its end is the id's own where somebody has such an id.

    To erase, it always is: the same request again must not reach another person.
    """
    if not request.META.get(CUT_SLASH):
        return client_user_id
    own = f"{client_user_id}/"
    return own if request.method == "DELETE" or has_user(project, own) else client_user_id


def _shown(user: OmnichannelUser) -> Response:
    return Response({"user": user_as_json(user)})


def _row_as_json(row: RowResult) -> dict[str, Any]:
    status = "failed" if row.error else "created" if row.is_new else "updated"
    error = text_of(row.error) if row.error else None
    return {"client_user_id": row.client_user_id, "status": status, "id": row.user_id, "error": error}
