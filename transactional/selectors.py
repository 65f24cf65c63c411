"""Reads of transactional types."""

from messaging.models import Mailing
from projects.errors import Conflict, InvalidInput, NotFound
from projects.models import Project
from transactional.models import TransactionalType


def find_type(project: Project, *, channel: str, type_id: int, category: str) -> Mailing:
    """The type that the API may send by. Raises NotFound, InvalidInput (category) or Conflict with the reason."""
    found = TransactionalType.objects.filter(project=project, channel=channel, type_id=type_id).first()
    if found is None:
        raise NotFound(f"Not found  type {type_id} for project {project.pk}")
    if found.category != category:
        raise InvalidInput({"category": f"The type {type_id} is of the category {found.category}, not {category}."})
    if not found.is_open:
        raise Conflict(f"The type {type_id} is not active.")
    return found
