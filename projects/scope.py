"""What an operator may see: all that belongs to the client accounts of their memberships, everywhere.

The way from a model to its owner is found from the foreign keys, so that no new model can be forgotten; a model that
belongs to nobody is visible only to those who see everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from projects.models import ClientAccount, Membership, Operator, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

ADMINISTRATOR = "Administrator"
"""The role that sees every client account, with or without a membership."""

AnyModel = TypeVar("AnyModel", bound=Model)


@dataclass(frozen=True, slots=True)
class Reach:
    """The ids an operator reaches; `everything` makes them meaningless."""

    everything: bool
    client_ids: frozenset[int] = frozenset()
    project_ids: frozenset[int] = frozenset()


NOTHING = Reach(everything=False)


def reach_of(operator: "Operator | AnonymousUser") -> Reach:
    """What this operator reaches; at most two queries, remembered on the object, which lives for one request."""
    if not isinstance(operator, Operator) or not operator.is_active:
        return NOTHING
    known = operator.__dict__.get("_reach")
    if not isinstance(known, Reach):
        known = operator.__dict__["_reach"] = _find_reach(operator)
    return known


def _find_reach(operator: Operator) -> Reach:
    if operator.is_superuser or operator.groups.filter(name=ADMINISTRATOR).exists():
        return Reach(everything=True)
    rows = Membership.objects.filter(operator=operator).values_list("client_id", "client__projects")
    pairs = list(rows)
    return Reach(
        everything=False,
        client_ids=frozenset(client for client, _ in pairs),
        project_ids=frozenset(project for _, project in pairs if project is not None),
    )


def signed_in(request: HttpRequest) -> Operator:
    """The operator who asks. Raises PermissionDenied where nobody is signed in."""
    if isinstance(request.user, Operator):
        return request.user
    raise PermissionDenied


def sees_everything(operator: "Operator | AnonymousUser") -> bool:
    """Whether no membership limits this operator."""
    return reach_of(operator).everything


def projects_of(operator: "Operator | AnonymousUser") -> QuerySet[Project]:
    """The projects an operator may work in."""
    return visible(Project.objects.all(), operator)


def only_project_of(operator: "Operator | AnonymousUser") -> Project | None:
    """The operator's project where there is exactly one, so that forms need not ask."""
    first_two = list(projects_of(operator).order_by("pk")[:2])
    return first_two[0] if len(first_two) == 1 else None


def visible(rows: QuerySet[AnyModel], operator: "Operator | AnonymousUser", *, path: str = "") -> QuerySet[AnyModel]:
    """The rows among `rows` that the operator may see. `path` leads to the Project; "" finds it."""
    reach = reach_of(operator)
    if reach.everything:
        return rows
    if rows.model is Operator:
        return rows.filter(pk__in=Membership.objects.filter(client__in=reach.client_ids).values("operator"))
    owner = (path, Project) if path else path_to_owner(rows.model)
    if owner is None:
        return rows.none()
    lookup, kind = owner
    return rows.filter(**{f"{lookup}__in": reach.project_ids if kind is Project else reach.client_ids})


@cache
def path_to_owner(model: type[Model]) -> tuple[str, type[Model]] | None:
    """The shortest way over foreign keys from a model to its Project or ClientAccount; None where there is none."""
    if issubclass(model, Project | ClientAccount):
        return "pk", model
    return next(_walk(model), None)


def _walk(model: type[Model]) -> Iterator[tuple[str, type[Model]]]:
    level: list[tuple[str, type[Model]]] = [("", model)]
    seen = {model}
    while level:
        reached = [step for path, each in level for step in _steps(each, path)]
        yield from sorted(
            (step for step in reached if step[1] in (Project, ClientAccount)), key=lambda step: step[1] is not Project
        )
        level = [step for step in reached if step[1] not in seen]
        seen.update(each for _, each in level)


def _steps(model: type[Model], path: str) -> Iterator[tuple[str, type[Model]]]:
    for field in model._meta.get_fields():  # noqa: SLF001  (Django's documented way to a model's fields)
        if getattr(field, "remote_field", None) and not field.auto_created and (field.many_to_one or field.one_to_one):
            remote: Any = field.related_model
            yield f"{path}__{field.name}".lstrip("_"), remote
