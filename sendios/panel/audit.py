# ruff: noqa: SLF001  (a model's `_meta` is public in Django's documents)
"""The audit history: the newest changes of everything that is configured, over all kinds of rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst

from channels_app.models import Sender
from projects.models import Operator
from projects.scope import sees_everything, visible
from sendios.panel.navigation import SENDER_PAGES

PAGE = 50
KINDS = {"+": "added", "~": "changed", "-": "deleted"}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit: who did what to which row, and which fields before → after."""

    at: datetime
    who: str
    kind: str
    what: str
    name: str
    link: str
    details: list[str]
    row: Any = None


def show_audit(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The page; `?before=` an ISO time goes back, `?kind=` an app.model narrows. Raises PermissionDenied."""
    if not request.user.has_module_perms("projects"):
        raise PermissionDenied
    before = parse_datetime(request.GET.get("before", "").replace(" ", "+"))
    kind = request.GET.get("kind", "")
    changes = newest_changes(request, before=before, kind=kind)
    context = {
        **site.each_context(request),
        "title": "Audit history",
        "changes": [_explained(change) for change in changes[:PAGE]],
        "older": changes[PAGE - 1].at.isoformat() if len(changes) > PAGE else "",
        "kind": kind,
        "kinds": sorted((each._meta.label_lower, _title(each)) for each in audited_models()),
    }
    return TemplateResponse(request, "panel/audit.html", context)


def newest_changes(request: HttpRequest, *, before: datetime | None, kind: str) -> list[Change]:
    """Up to PAGE + 1 changes that the operator may see, newest first; one query a kind of row."""
    found = [
        change
        for model in audited_models()
        if not kind or model._meta.label_lower == kind
        if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        for change in _changes_of(model, request, before)
    ]
    if not kind and sees_everything(request.user):
        found += _changes_of_operators(before)
    return sorted(found, key=attrgetter("at"), reverse=True)[: PAGE + 1]


def audited_models() -> list[Any]:
    """The models with a history, each table once."""
    return [each for each in apps.get_models() if hasattr(each, "history") and not each._meta.proxy]


def _title(model: type[Model]) -> str:
    return str(capfirst(model._meta.verbose_name))


def _changes_of(model: Any, request: HttpRequest, before: datetime | None) -> Iterator[Change]:
    rows = visible(model.history.select_related("history_user").order_by("-history_date", "-history_id"), request.user)
    if before:
        rows = rows.filter(history_date__lt=before)
    for row in islice(rows, PAGE + 1):
        yield Change(
            at=row.history_date,
            who=str(row.history_user or "the system"),
            kind=KINDS[row.history_type],
            what=_title(model),
            name=str(row.history_object),
            link=_history_link(model, row),
            details=[],
            row=row,
        )


def _explained(change: Change) -> Change:
    """With the fields that changed, before → after; asked only for what is shown."""
    before = change.row.prev_record if change.kind == "changed" and change.row else None
    if before is None:
        return change
    changed = [field for field in change.row.tracked_fields if _differs(field, before, change.row)]
    return replace(change, details=[f"{_label(f)}: {_shown(f, before)} → {_shown(f, change.row)}" for f in changed])


def _differs(field: Any, before: Any, after: Any) -> bool:
    # simple_history's own comparison leaves out what no form edits, such as a template's current version.
    return bool(getattr(before, field.attname) != getattr(after, field.attname))


def _label(field: Any) -> str:
    return str(field.verbose_name)


def _shown(field: Any, row: Any) -> str:
    try:
        return _short(getattr(row, field.name))
    except ObjectDoesNotExist:
        return _short(getattr(row, field.attname))


def _short(value: Any) -> str:
    text = "–" if value in ("", None) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _history_link(model: Any, row: Any) -> str:
    name = SENDER_PAGES.get(row.provider, "smssender") if model is Sender else model._meta.model_name
    try:
        return reverse(f"admin:{model._meta.app_label}_{name}_history", args=[row.instance.pk])
    except NoReverseMatch:
        return ""


def _changes_of_operators(before: datetime | None) -> Iterator[Change]:
    rows = LogEntry.objects.filter(content_type__app_label="projects", content_type__model=Operator._meta.model_name)
    if before:
        rows = rows.filter(action_time__lt=before)
    for row in rows.select_related("user").order_by("-action_time")[: PAGE + 1]:
        yield Change(
            at=row.action_time,
            who=str(row.user),
            kind={1: "added", 2: "changed", 3: "deleted"}.get(row.action_flag, ""),
            what="Operator",
            name=row.object_repr,
            link="",
            details=[row.get_change_message()],
        )
