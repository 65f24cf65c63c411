"""The schema of custom fields, changed by hand in the panel."""

from django.db import IntegrityError, transaction

from projects.errors import Conflict, InvalidInput
from projects.models import Project
from users.models import CustomField, OmnichannelUser
from users.statement_limits import TookTooLong, time_limit
from users.vocabulary import FieldType

SECONDS = 1.0


def create_field(project: Project, *, name: str, type_: str) -> CustomField:
    """Announce a custom field before its first value. Raises InvalidInput (name, type)."""
    name = name.strip()
    if not 1 <= len(name) <= 255 or "\0" in name:
        raise InvalidInput({"name": "Give a name of up to 255 characters."})
    if type_ not in FieldType.values:
        raise InvalidInput({"type": "Choose one of the types."})
    try:
        with transaction.atomic():
            return CustomField.objects.create(project=project, name=name, type=type_)
    except IntegrityError as error:
        raise InvalidInput({"name": f"This project has a field “{name}” already."}) from error


def change_field_type(field: CustomField, *, type_: str) -> None:
    """Give a field that nobody has yet another type. Raises Conflict once a user has a value."""
    if type_ == field.type:
        return
    if is_used(field):
        raise Conflict(
            "Users have values of this field, so its type stays: other values would make segments and templates wrong.",
            field="type",
        )
    CustomField.objects.filter(pk=field.pk).update(type=type_)


def is_used(field: CustomField) -> bool:
    """Whether any user has a value of this field. Without an answer within a second the answer is yes."""
    try:
        with time_limit(SECONDS):
            return OmnichannelUser.objects.filter(project=field.project_id, fields__has_key=field.name).exists()
    except TookTooLong:
        return True
