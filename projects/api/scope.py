"""Which projects a call reaches: those of its client."""

from rest_framework.request import Request

from projects.api.authentication import ApiClient
from projects.errors import Forbidden
from projects.models import ClientAccount, Project


def client_of(request: Request) -> ClientAccount:
    """The client account that calls. Raises Forbidden on a view without credentials."""
    if not isinstance(request.user, ApiClient):
        raise Forbidden
    return request.user.client


def project_of(request: Request, project_id: int) -> Project:
    """The project, if it is the caller's. Raises Forbidden alike for unknown and foreign ones; one query."""
    client = client_of(request)
    project = Project.objects.filter(pk=project_id, client_id=client.pk).first()
    if project is None:
        raise Forbidden
    project.client = client
    return project
