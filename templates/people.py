"""For whom a preview is rendered: a real user, or somebody made up who has every field of the project."""

from django.db.models import QuerySet

from projects.errors import NotFound
from projects.models import Project
from templates.variables import Variables, build_context
from users.models import CustomField, OmnichannelUser
from users.selectors_addresses import emails_and_phones
from users.vocabulary import FieldType

PROFILE = (
    "client_user_id",
    "name",
    "gender",
    "language",
    "country",
    "city",
    "platform_id",
    "vip",
    "age",
    "photo",
    "ak",
)
MADE_UP: dict[str, object] = {
    "client_user_id": "u-1001",
    "name": "Olena",
    "gender": "f",
    "language": "uk",
    "country": "UA",
    "city": "Kyiv",
    "platform_id": 3,
    "vip": True,
    "age": 29,
    "photo": "",
    "ak": "a1b2c3",
    "email": "olena@example.com",
    "phone": "+380441234567",
}
UNSUBSCRIBE_PAGE = "https://example.com/unsubscribe"
"""Stands in previews for the page that each recipient has."""

VALUES: dict[str, object] = {
    FieldType.STRING: "text",
    FieldType.NUMBER: 7,
    FieldType.BOOLEAN: True,
    FieldType.DATE: "2026-12-31",
    FieldType.LIST: ["one", "two"],
}


def variables_of(project: Project, *, client_user_id: str = "", data: dict[str, object] | None = None) -> Variables:
    """The variables of a message to this user; "" takes somebody made up. Raises NotFound."""
    person = real_person(project, client_user_id) if client_user_id else made_up_person(project)
    told = {"sender_name": project.sender_name or project.name, "project_url": project.url}
    told |= {"unsubscribeLink": UNSUBSCRIBE_PAGE, "unsubscribeSettingsLink": UNSUBSCRIBE_PAGE}
    return build_context(person, told, data or {})


def made_up_person(project: Project) -> dict[str, object]:
    """Somebody with a value for every default and custom field."""
    return {**{field.name: VALUES[field.type] for field in custom_fields(project)}, **MADE_UP}


def real_person(project: Project, client_user_id: str) -> dict[str, object]:
    """A user's fields under the names that templates use. Raises NotFound."""
    user = OmnichannelUser.objects.filter(project=project, client_user_id=client_user_id).first()
    if user is None:
        raise NotFound(f"There is no user “{client_user_id}” in this project.", field="client_user_id")
    profile = {name: getattr(user, name) for name in PROFILE}
    filled = {name: value for name, value in profile.items() if value not in ("", None)}
    return {**user.fields, **filled, **emails_and_phones([user.pk]).get(user.pk, {})}


def custom_fields(project: Project) -> QuerySet[CustomField]:
    """What a user of this project may have beside the default fields."""
    return CustomField.objects.filter(project=project)
