"""The schema of custom fields, which grows by use: the first value of a field fixes its type."""

from typing import Any

from django.db import connection

from projects.errors import Conflict
from projects.models import Project
from users.custom_values import fits, type_of
from users.models import CustomField
from users.vocabulary import FieldType

_NAMES = {
    FieldType.STRING: "string",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date (YYYY-MM-DD or ISO 8601)",
    FieldType.LIST: "list",
}


def settle_field_types(project: Project, fields: dict[str, Any]) -> None:
    """Register the fields that are new to the project and check the values against the types of all.

    Within the caller's transaction. Of two that bring the same new field at once, the second waits for the first.
    Raises Conflict, naming the field and both types.
    """
    values = {name: value for name, value in sorted(fields.items()) if value is not None}
    if not values:
        return
    types = _known_types(project, list(values))
    missing = [name for name in values if name not in types]
    if missing:
        types |= _register(project, {name: values[name] for name in missing})
    for name in fields:
        if name in values and not fits(values[name], types[name]):
            told, wanted = _NAMES[type_of(values[name])], _NAMES[FieldType(types[name])]
            raise Conflict(f"This field is of type {wanted}, {told} given.", field=f"fields.{name}")


def _known_types(project: Project, names: list[str]) -> dict[str, str]:
    # Asked by every request with fields, so by hand: building the same by the ORM takes longer than the answer.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, type FROM users_customfield WHERE project_id = %s AND name = ANY(%s)", [project.pk, names]
        )
        return dict(cursor.fetchall())


def _register(project: Project, values: dict[str, Any]) -> dict[str, str]:
    # In the order of their names, so that two such statements wait for each other and don't deadlock.
    made = [CustomField(project=project, name=name, type=type_of(value)) for name, value in values.items()]
    CustomField.objects.bulk_create(made, ignore_conflicts=True)
    return _known_types(project, list(values))
