"""What several endpoints read from a request alike."""

from rest_framework.request import Request

from projects.api.scope import client_of, project_of
from projects.errors import NotFound
from projects.models import Project
from users.address_forms import ParsedAddress, parse_email
from users.models import OmnichannelUser
from users.product_rows import Reader, integer
from users.selectors_email_era import NOT_FOUND, get_user_of_client
from users.services.email_users import find_email_user
from users.vocabulary import AddressKind

NO_EMAIL = ParsedAddress(AddressKind.EMAIL, "")


def user_by_id(request: Request, user_id: int) -> OmnichannelUser:
    """The user with this number. Raises NotFound alike for an unknown one and for another client's."""
    return get_user_of_client(client_of(request), user_id)


def user_by_email(request: Request, project_id: int, email: str, *, text: str = NOT_FOUND) -> OmnichannelUser:
    """The project's user with this e-mail. Raises Forbidden (project), NotFound with `text`."""
    user = find_email_user(project_of(request, project_id), email)
    if user is None:
        raise NotFound(text)
    return user


def project_and_email(request: Request, reader: Reader) -> tuple[Project, ParsedAddress]:
    """`project_id` and `email` of a body. Raises InvalidInput with all that `reader` found wrong, Forbidden."""
    email = reader.required("email", parse_email, NO_EMAIL)
    project_id = reader.required("project_id", integer, 0)
    reader.finish()
    return project_of(request, project_id), email
