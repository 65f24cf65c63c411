"""What client systems of the e-mail era tell about people they know by e-mail or by number (facts, section 2B.2)."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest
from django.utils.timezone import now

from projects.errors import Conflict, InvalidInput, NotFound, WrongFields
from projects.models import Project
from users.address_forms import ParsedAddress
from users.models import OmnichannelUser
from users.profile import Profile
from users.services.consent import confirm_email
from users.services.email_users import identify_email_recipient
from users.services.people import finish_user
from users.services.user_rows import change_user_row
from users.userfields import sentence

ACTOR = "API"


def set_userfields(user: OmnichannelUser, profile: Profile) -> None:
    """Change what the profile names, custom fields key by key. Raises WrongFields; nothing is kept then."""
    try:
        with transaction.atomic():
            row = change_user_row(user.pk, profile)
            if row is None:
                raise NotFound("User not found")
            finish_user(user.project, row, profile)
    except InvalidInput as error:
        raise WrongFields(error.errors) from error
    except Conflict as error:
        name = error.field.removeprefix("fields.")
        raise WrongFields({name: sentence(name)}) from error


def see_online(user: OmnichannelUser, *, at: datetime) -> None:
    """The person was seen at the client's product; the latest time counts, and it is never in the future."""
    _latest(user, "last_online_at", at)


def confirm(user: OmnichannelUser, *, at: datetime) -> None:
    """The person confirmed their e-mail, then reacted last at `at`. Confirming again keeps the first confirmation."""
    with transaction.atomic():
        confirm_email(user, at=min(at, now()), actor=ACTOR)
        _latest(user, "last_reaction_at", at)


def name_email_user(project: Project, *, email: ParsedAddress, client_user_id: str) -> None:
    """Tie the client's own id to the person with this e-mail; both are made one person, who is made if new.

    The same again changes nothing. Raises Conflict (client_user_id) where the person has another id already, or
    somebody with this id another e-mail: a customer's client sends one id for everybody, who would all become one.
    """
    with transaction.atomic():
        identify_email_recipient(project, email=email, profile={}, client_user_id=client_user_id, may_replace=False)


def _latest(user: OmnichannelUser, column: str, at: datetime) -> None:
    # PostgreSQL's GREATEST passes over NULL.
    seen = Greatest(column, Value(min(at, now())), output_field=DateTimeField())
    OmnichannelUser.objects.filter(pk=user.pk).update(**{column: seen})
