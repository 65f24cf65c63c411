"""The base of every page in the panel: whatever an operator asks for, they meet their own client accounts only.

Build each admin on `ScopedAdmin` (with a history: `AuditedAdmin`), each inline on `ScopedTabularInline` or
`ScopedStackedInline`, and take each object of a page of your own from `get_visible_object`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.contrib import messages
from django.contrib.admin import FieldListFilter
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Field, ForeignKey, ManyToManyField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter

from projects.admin.paginator import QuietChangeList
from projects.errors import DomainError
from projects.models import Project
from projects.scope import only_project_of, path_to_owner, visible


class ScopedRelatedFilter(RelatedDropdownFilter):  # type: ignore[misc]  # unfold has no types
    """A filter by a related object that offers only what the operator may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        rows = visible(field.remote_field.model._default_manager.all(), request.user)  # noqa: SLF001  (the admin's own way)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in rows.order_by(*ordering)]


class ProjectFilter(ScopedRelatedFilter):
    """The project picker; Django hides it from operators with one project."""


class ScopedChoices(BaseModelAdmin):  # type: ignore[type-arg]  # shared by pages and inlines of any model
    """Foreign keys and many-to-many fields offer and accept only what the operator may see, in the object's project."""

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Project:
            kwargs.setdefault("initial", self._project_at_hand(request))
        kwargs["queryset"] = self._choices(db_field, request, kwargs.get("queryset"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = self._choices(db_field, request, kwargs.get("queryset"))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choices(self, db_field: Any, request: HttpRequest, rows: QuerySet[Any] | None) -> QuerySet[Any]:
        model = db_field.remote_field.model
        if rows is None:
            ordering = self.get_field_queryset(None, db_field, request)
            rows = model._default_manager.all() if ordering is None else ordering  # noqa: SLF001  (the admin's own way)
        rows = visible(rows, request.user)
        edited: int | None = getattr(request, "edited_project_id", None)
        owner = path_to_owner(model)
        if edited and owner and owner[1] is Project and model is not Project:
            rows = rows.filter(**{owner[0]: edited})
        return rows

    def _project_at_hand(self, request: HttpRequest) -> int | None:
        """The project to fill a new form with: the one filtered by on the list, or the only one there is."""
        filters = parse_qs(request.GET.get("_changelist_filters", ""))
        picked = (filters.get("project__id__exact") or [""])[0]
        if picked.isdecimal():
            return int(picked)
        only = only_project_of(request.user)
        return only.pk if only else None


class ScopedAdmin(ScopedChoices, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A page about rows that belong to a project (or a client account).

    `project_path` is the lookup from the model to its Project ("mailing__project"); empty: found from the foreign keys.
    An object's project is chosen once, when it is made.
    """

    project_path: str = ""
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """The page's own paginator for its list; what else is paged here (a row's history) is small and counted."""
        if getattr(queryset, "model", None) is not self.model:
            return Paginator(queryset, per_page, *args, **kwargs)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return QuietChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible(super().get_queryset(request), request.user, path=self.project_path)

    def get_visible_object(self, request: HttpRequest, object_id: Any) -> Any:
        """The object, for a page of your own. Raises Http404 where the operator may not see it."""
        try:
            return self.get_queryset(request).get(pk=object_id)
        except (self.model.DoesNotExist, ValueError, ValidationError) as error:
            raise Http404 from error

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        return self._telling(request, super().changeform_view, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        return self._telling(request, super().delete_view, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return self._telling(request, super().changelist_view, extra_context)

    def _telling(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> Any:
        """Show a service's refusal as a sentence; forms ask beforehand, so this is a race or a delete."""
        try:
            return view(request, *args)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path().replace("/delete/", "/change/"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self._is_reached(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_reached(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_reached(request, obj)

    def _is_reached(self, request: HttpRequest, obj: Any) -> bool:
        """unfold's actions ask with an object's id instead of the object, which came from `get_queryset`."""
        if obj is None or isinstance(obj, Model):
            return True
        try:
            return self.get_queryset(request).filter(pk=obj).exists()
        except (ValueError, ValidationError):
            return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        request.edited_project_id = getattr(obj, "project_id", None)  # type: ignore[attr-defined]  # read by _choices
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = list(super().get_readonly_fields(request, obj))
        if obj is not None and self._has_field("project") and "project" not in fixed:
            fixed.append("project")
        return fixed

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        """The declared filters, related ones in their scoped form, the project picker before them."""
        declared = [self._scoped_filter(each) for each in super().get_list_filter(request)]
        path = self.project_path or ("project" if self._has_field("project") else "")
        if path and not any(isinstance(each, tuple) and each[0] == path for each in declared):
            declared.insert(0, (path, ProjectFilter))
        return declared

    def _scoped_filter(self, declared: Any) -> Any:
        if isinstance(declared, str) and self._is_related(declared):
            return declared, ScopedRelatedFilter
        if isinstance(declared, tuple) and self._is_unscoped(declared[1]):
            return declared[0], ScopedRelatedFilter
        return declared

    @staticmethod
    def _is_unscoped(kind: type[FieldListFilter]) -> bool:
        return issubclass(kind, RelatedDropdownFilter) and not issubclass(kind, ScopedRelatedFilter)

    def _is_related(self, path: str) -> bool:
        field: Field[Any, Any] | None = None
        model: Any = self.model
        for name in path.split("__"):
            field = model._meta.get_field(name)  # noqa: SLF001  (Django's documented way)
            model = getattr(field, "related_model", None)
        return bool(getattr(field, "remote_field", None))

    def _has_field(self, name: str) -> bool:
        try:
            self.model._meta.get_field(name)  # noqa: SLF001  (Django's documented way)
        except FieldDoesNotExist:
            return False
        return True


class AuditedAdmin(ScopedAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # simple_history has no types
    """A scoped page whose every change is kept with who, when and what. History isn't a way to foreign rows either."""

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        # simple_history marks the concrete model only; a proxy shares its history.
        mark = "simple_history_manager_attribute"
        if not hasattr(model._meta, mark):  # noqa: SLF001  (Django's documented way)
            setattr(model._meta, mark, getattr(model._meta.concrete_model._meta, mark))  # type: ignore[union-attr]  # noqa: SLF001  (as above)
        super().__init__(model, admin_site)  # type: ignore[call-arg]  # ModelAdmin's, behind untyped bases

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        self._check_history(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        self._check_history(request, object_id)
        if request.method != "GET":
            # simple_history would save the old values for anybody who may look, past the services and their rules.
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def render_history_view(self, request: HttpRequest, template: str, context: dict[str, Any], **kwargs: Any) -> Any:
        """A proxy's history makes rows of the concrete model, whose pages don't exist."""
        for name in ("object", "original"):
            if isinstance(context.get(name), self.model._meta.concrete_model):  # noqa: SLF001  (Django's documented way)
                context[name].__class__ = self.model
        return super().render_history_view(request, template, context, **kwargs)

    def _check_history(self, request: HttpRequest, object_id: str) -> None:
        rows = self.model.history.filter(**{self.model._meta.pk.attname: object_id})  # noqa: SLF001  (Django's documented way)
        try:
            reached = visible(rows, request.user, path=self.project_path).exists()
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        if not reached and not self._is_reached(request, object_id):
            raise Http404


class ScopedTabularInline(ScopedChoices, TabularInline):  # type: ignore[misc]  # unfold has no types
    """Rows of a page's object; their choices are scoped and stay within the object's project."""

    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        request.edited_project_id = getattr(obj, "project_id", None)  # type: ignore[attr-defined]  # read by _choices
        return super().get_formset(request, obj, **kwargs)


class ScopedStackedInline(ScopedChoices, StackedInline):  # type: ignore[misc]  # unfold has no types
    """As ScopedTabularInline, one block a row."""

    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        request.edited_project_id = getattr(obj, "project_id", None)  # type: ignore[attr-defined]  # read by _choices
        return super().get_formset(request, obj, **kwargs)


def beside_field(form: forms.BaseForm, field: str, sentence: str) -> None:
    """Put a domain error's sentence beside its field, or above the form where the form has no such field."""
    form.add_error(field if field in form.fields else None, sentence)
