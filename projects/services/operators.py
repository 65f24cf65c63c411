"""Operators: who may sign in to the panel, with which roles, for which client accounts."""

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from projects.errors import Conflict, Forbidden, InvalidInput
from projects.models import ClientAccount, Membership, Operator
from projects.scope import sees_everything


@transaction.atomic
def create_operator(
    username: str,
    *,
    password: str,
    roles: Collection[str] = (),
    clients: Collection[ClientAccount] = (),
    email: str = "",
) -> Operator:
    """Make an operator who can sign in. `roles` are names of groups.

    Raises InvalidInput (unknown role, weak password) and Conflict (name taken).
    """
    groups = _groups(roles)
    if Operator.objects.filter(username=username).exists():
        raise Conflict(f"There is an operator “{username}” already.", field="username")
    operator = Operator(username=username, email=email, is_staff=True)
    try:
        validate_password(password, operator)
    except ValidationError as error:
        raise InvalidInput({"password": " ".join(error.messages)}) from error
    operator.set_password(password)
    operator.save()
    operator.groups.set(groups)
    Membership.objects.bulk_create(Membership(operator=operator, client=client) for client in clients)
    return operator


def _groups(roles: Collection[str]) -> list[Group]:
    groups = list(Group.objects.filter(name__in=roles))
    missing = set(roles) - {group.name for group in groups}
    if missing:
        raise InvalidInput({"roles": f"There is no role “{min(missing)}”."})
    return groups


def grantable_roles(actor: Operator) -> QuerySet[Group]:
    """The roles an operator may give to others: an Administrator all, anybody else only their own."""
    return Group.objects.all() if sees_everything(actor) else Group.objects.filter(pk__in=actor.groups.values("pk"))


def check_may_manage(actor: Operator, operator: Operator) -> None:
    """Raise Forbidden unless `actor` may change `operator`: a superuser is changed by superusers only."""
    if operator.is_superuser and not actor.is_superuser:
        raise Forbidden("Only a superuser may change a superuser.")
