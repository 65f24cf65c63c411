"""People whom client systems of the e-mail era know by project and e-mail address; a client user id may come later."""

from typing import Any

from django.db import transaction

from projects.errors import Conflict, NotFound
from projects.models import Project
from users.address_forms import FIELD_NAMES, ParsedAddress, normal_email
from users.models import OmnichannelUser
from users.profile import NUMBERS, SEND_FIELDS, Profile, read_client_user_id, read_profile
from users.services.addresses import attach_address
from users.services.people import finish_user
from users.services.user_rows import change_user_row, insert_user
from users.vocabulary import AddressKind

TAKEN = "This value belongs to another user of the project."


def find_email_user(project: Project, email: str) -> OmnichannelUser | None:
    """The user of the project with this e-mail address, however its case and its domain are written."""
    value = normal_email(email)
    if not value or "\0" in value:
        return None
    found = OmnichannelUser.objects.filter(
        addresses__project=project, addresses__kind=AddressKind.EMAIL, addresses__value=value
    )
    return found.select_related("project").first()


def get_email_user(project: Project, email: str) -> OmnichannelUser:
    """The same. Raises NotFound in Sendios' words, doubled space included (facts, section 1.5)."""
    user = find_email_user(project, email)
    if user is None:
        raise NotFound(f"Not found  user for project {project.pk} and email {email}")
    return user


def identify_email_recipient(
    project: Project,
    *,
    email: ParsedAddress,
    profile: dict[str, Any],
    client_user_id: object = None,
    may_replace: bool = True,
) -> tuple[OmnichannelUser, bool]:
    """The user to write to, made or brought up to date, and whether they are new. Within the caller's transaction.

    Whoever has the address is the user; a `client_user_id` is theirs from now on if they had none. Somebody who has
    that id and another address gets this one: the client's system says so. Raises InvalidInput for a wrong profile and
    Conflict (client_user_id) where the address is of somebody with another id, or, unless `may_replace`, where somebody
    with that id has another address.
    """
    told = read_profile(profile, only=SEND_FIELDS | set(NUMBERS))
    wanted = None if client_user_id in (None, "") else read_client_user_id(client_user_id)
    known = find_email_user(project, email.value)
    if known is None:
        try:
            return _make(project, email, told, wanted, may_replace=may_replace)
        except Conflict as error:
            # Another request made them at this moment: it waited for the address, as ours did.
            known = find_email_user(project, email.value) if error.field == FIELD_NAMES[email.kind] else None
            if known is None:
                raise
    if wanted is not None:
        name_user(known, wanted)
    if told.columns or told.fields != {}:
        known = finish_user(project, _still_there(change_user_row(known.pk, told)), told)
    return known, False


def name_user(user: OmnichannelUser, client_user_id: str) -> None:
    """Give an e-mail user the client's own id. The same again changes nothing; raises Conflict (client_user_id)."""
    if user.client_user_id == client_user_id:
        return
    others = OmnichannelUser.objects.filter(project=user.project_id, client_user_id=client_user_id)
    if user.client_user_id is not None or others.exclude(pk=user.pk).exists():
        raise Conflict(TAKEN, field="client_user_id")
    OmnichannelUser.objects.filter(pk=user.pk).update(client_user_id=client_user_id)
    user.client_user_id = client_user_id


def _make(
    project: Project, email: ParsedAddress, told: Profile, client_user_id: str | None, *, may_replace: bool
) -> tuple[OmnichannelUser, bool]:
    with transaction.atomic():
        user, is_new = insert_user(project, client_user_id, told), True
        if user is None:
            named = OmnichannelUser.objects.get(project=project, client_user_id=client_user_id)
            user, is_new = _still_there(change_user_row(named.pk, told)), False
            if not may_replace and user.addresses.filter(kind=email.kind).exclude(value=email.value).exists():
                raise Conflict(TAKEN, field="client_user_id")
        attach_address(user, email)
        return finish_user(project, user, told), is_new


def _still_there(user: OmnichannelUser | None) -> OmnichannelUser:
    if user is None:
        raise NotFound("User not found")
    return user
