"""Which projects a call reaches: those of its client."""

from rest_framework.request import Request

from projects.api.authentication import ApiClient
from projects.errors import Forbidden
from projects.models import ClientAccount, Project
from projects.short_memory import ShortMemory

_remembered: ShortMemory[tuple[int, int], Project] = ShortMemory(seconds=1.0)


def client_of(request: Request) -> ClientAccount:
    """The client account that calls. Raises Forbidden on a view without credentials."""
    if not isinstance(request.user, ApiClient):
        raise Forbidden
    return request.user.client


def project_of(request: Request, project_id: int) -> Project:
    """The project, if it is the caller's. Raises Forbidden alike for unknown and foreign; remembered for a second."""
    client = client_of(request)
    project = _remembered.get((client.pk, project_id))
    if project is None:
        project = Project.objects.select_related("client").filter(pk=project_id, client_id=client.pk).first()
        if project is None:
            raise Forbidden
        _remembered.put((client.pk, project_id), project)
    return project


def forget_projects() -> None:
    """Look every project up anew; for tests, whose changes are seen at once."""
    _remembered.clear()
