"""The suppression list: addresses that a project never writes to, whosever they are."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from projects.admin.decorators import display
from projects.admin.paginator import UncountedPaginator
from projects.admin.scoped import ScopedAdmin
from projects.errors import InvalidInput
from projects.scope import only_project_of, projects_of, signed_in
from users.admin.suppression_form import ImportForm, SuppressionForm
from users.models import Suppression
from users.selectors_consent import CHANNELS
from users.selectors_search import beginnings
from users.services.consent import unsuppress
from users.services.suppression_import import ImportResult, import_suppressions
from users.spreadsheet_cells import csv_lines
from users.vocabulary import AddressKind

EXPORTED = ("value", "channel", "source", "still sent", "reason", "project", "added by", "added at")


@admin.register(Suppression)
class SuppressionAdmin(ScopedAdmin):
    form = SuppressionForm
    paginator = UncountedPaginator
    list_display = ["address", "channel", "source", "still_sent", "reason", "project", "created_by", "created_at"]
    list_select_related = ["project", "created_by"]
    list_filter = ["kind", "source_id"]
    search_fields = ["value"]
    search_help_text = "E-mail, phone or push token, from its beginning"
    ordering = ["-pk"]
    list_per_page = 50
    list_max_show_all = 0
    list_before_template = "users/suppression_tools.html"
    delete_confirmation_template = "users/suppression_delete.html"
    fieldsets = [(None, {"fields": ["project", "kind", "value", "reason"]})]

    class Media:
        css = {"all": ["users/users.css"]}

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        return [
            path("import/", guarded(self.import_view), name="users_suppression_import"),
            path("export/", guarded(self.export_view), name="users_suppression_export"),
            *super().get_urls(),
        ]

    @admin.display(description="Address", ordering="value")
    def address(self, row: Suppression) -> str:
        return row.value if len(row.value) <= 48 else f"{row.value[:47]}…"

    @admin.display(description="Channel", ordering="kind")
    def channel(self, row: Suppression) -> str:
        return CHANNELS[AddressKind(row.kind)]

    @admin.display(description="Source")
    def source(self, row: Suppression) -> str:
        return row.get_source_id_display()

    @display(description="Still sent", label={"Nothing": "danger"})
    def still_sent(self, row: Suppression) -> str:
        return row.get_reach_display()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        text = search_term.strip()
        conditions = beginnings(text)
        if not text:
            return queryset, False
        return (queryset.filter(reduce(or_, conditions)) if conditions else queryset.none()), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An entry is added or removed, not changed: its history would be lost."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets
        shown = [("project", "channel"), "value", ("source", "still_sent"), "reason", ("created_by", "created_at")]
        return [(None, {"fields": shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return (
            [*fixed, "channel", "value", "source", "still_sent", "reason", "created_by", "created_at"] if obj else fixed
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        tools = {"query": request.GET.urlencode(), "may_import": self.has_add_permission(request)}
        return super().changelist_view(request, {**tools, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.perform(signed_in(request)).pk

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return [str(each) for each in objs], {"addresses": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        unsuppress(obj, actor=str(signed_in(request)))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """GET the form; POST project, kind, file or lines, reason: what became of each line."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(
            request.POST or None, request.FILES or None, initial={"project": only_project_of(request.user)}
        )
        form.fields["project"].queryset = projects_of(request.user).order_by("name")  # type: ignore[attr-defined]  # a model choice
        result = self._import(request, form) if request.method == "POST" and form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": "Import into the suppression list",
            "opts": self.opts,
            "form": form,
            "result": result,
        }
        return TemplateResponse(request, "users/suppression_import.html", context)

    def _import(self, request: HttpRequest, form: ImportForm) -> ImportResult | None:
        told = form.cleaned_data
        given = {"kind": AddressKind(told["kind"]), "reason": told["reason"], "operator": signed_in(request)}
        try:
            return import_suppressions(told["project"], form.content(), **given)
        except InvalidInput as error:
            form.add_error("file" if told["file"] else "lines", error.message)
            return None

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """The rows of the list with its filters, as a CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        answer = StreamingHttpResponse(csv_lines(EXPORTED, _cells(rows)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="suppression-list.csv"'
        return answer


def _cells(rows: QuerySet[Suppression]) -> Iterator[list[object]]:
    for row in rows.iterator(chunk_size=2_000):
        yield [
            row.value,
            CHANNELS[AddressKind(row.kind)],
            row.get_source_id_display(),
            row.get_reach_display(),
            row.reason,
            row.project.name,
            row.created_by or "",
            f"{row.created_at:%Y-%m-%d %H:%M:%S}",
        ]
