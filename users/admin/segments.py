"""Segments: lists of people from files, and rules with a builder that counts while one writes."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from projects.admin.decorators import action, display
from projects.admin.scoped import AuditedAdmin
from projects.errors import DomainError, InvalidInput
from projects.models import Operator, Project
from projects.scope import projects_of
from users.admin.segment_form import DynamicForm, SegmentForm, StaticForm
from users.models import OmnichannelUser, Segment
from users.segment_catalogue import catalogue, describe
from users.selectors_segments import count_and_sample
from users.services.segments import count_segment, delete_segment, remove_users
from users.spreadsheet_cells import as_csv
from users.statement_limits import TookTooLong
from users.vocabulary import SegmentKind

SHOWN_MEMBERS = 50
SHOWN_UPLOADS = 20
SHOWN_REJECTED = 500


@admin.register(Segment)
class SegmentAdmin(AuditedAdmin):
    form = SegmentForm
    list_display = ["name", "kind_label", "people", "project", "updated_at"]
    list_select_related = ["project"]
    list_filter = ["kind"]
    search_fields = ["name"]
    actions = ["count_chosen"]
    actions_detail = ["count"]
    change_form_after_template = "users/segment_builder.html"
    change_form_outer_after_template = "users/segment_people.html"

    class Media:
        css = {"all": ["users/users.css", "users/segments.css"]}
        js = ["users/segment-values.js", "users/segment-builder.js"]

    def get_urls(self) -> list[Any]:
        def page(route: str, view: Callable[..., HttpResponse], name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"users_segment_{name}")

        return [
            page("catalogue/", self.catalogue_view, "catalogue"),
            page("preview/", self.preview_view, "preview"),
            page("<path:object_id>/uploads/<int:number>/", self.upload_view, "upload"),
            page("<path:object_id>/uploads/<int:number>/rejected/", self.rejected_view, "rejected"),
            page("<path:object_id>/members/<int:number>/", self.remove_view, "remove"),
            *super().get_urls(),
        ]

    @display(description="Kind", ordering="kind", label={"Static": "info", "Dynamic": "success"})
    def kind_label(self, segment: Segment) -> str:
        return segment.get_kind_display()

    @admin.display(description="Users", ordering="counted_users")
    def people(self, segment: Segment) -> str:
        if segment.counted_users is None:
            return "Not counted yet"
        when = f" on {segment.counted_at:%Y-%m-%d %H:%M}" if segment.counted_at else ""
        return f"{segment.counted_users:,}" + (when if segment.kind == SegmentKind.DYNAMIC else "")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the kind, then its form."""
        if request.GET.get("kind") in SegmentKind.values:
            answer: HttpResponse = super().add_view(request, form_url, extra_context)
            return answer
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "New segment",
            "content_title": "New segment",
            "query": request.GET.urlencode(),
        }
        return TemplateResponse(request, "users/segment_choice.html", context)

    def _kind(self, request: HttpRequest, obj: Segment | None) -> str:
        return obj.kind if obj else request.GET.get("kind", "")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        is_dynamic = self._kind(request, obj) == SegmentKind.DYNAMIC
        kwargs["form"] = DynamicForm if is_dynamic else StaticForm
        kwargs["fields"] = ["project", "name"]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown: list[Any] = [(None, {"fields": [("project", "name")]})]
        if obj and not self.has_change_permission(request, obj):
            return shown
        if self._kind(request, obj) == SegmentKind.DYNAMIC:
            return [(None, {"fields": [("project", "name"), "rules"]})]
        people = {"fields": ["file", "people", "people_are"]}
        return [*shown, ("People", people)]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        segment = context.get("original")
        context["is_dynamic"] = self._kind(request, segment) == SegmentKind.DYNAMIC
        if segment and not context["is_dynamic"]:
            context["members"] = segment.members.select_related("user").order_by("-user_id")[:SHOWN_MEMBERS]
            context["uploads"] = segment.uploads.select_related("created_by")[:SHOWN_UPLOADS]
            context["may_remove"] = self.has_change_permission(request, segment)
        if segment:
            context["is_editable"] = self.has_change_permission(request, segment)
        else:
            context["is_editable"] = True
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = form.perform()
        obj.pk = saved.pk
        obj.uploads_now = form.take_people(saved, operator=_operator(request)) if isinstance(form, StaticForm) else []
        if saved.kind == SegmentKind.DYNAMIC:
            with suppress(TookTooLong):  # the list says that it isn't counted
                count_segment(saved)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)
        return self._to_upload(request, obj) or answer

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        answer: HttpResponse = super().response_change(request, obj)
        return self._to_upload(request, obj) or answer

    def _to_upload(self, request: HttpRequest, segment: Any) -> HttpResponse | None:
        """Where something was uploaded, its result is what one wants to see."""
        if not segment.uploads_now or "_popup" in request.POST:
            return None
        return HttpResponseRedirect(reverse("admin:users_segment_upload", args=[segment.pk, segment.uploads_now[0].pk]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return [str(each) for each in objs], {"segments": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_segment(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for segment in queryset:
            delete_segment(segment)

    @admin.action(description="Count the users now", permissions=["change"])
    def count_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for segment in queryset.select_related("project"):
            self._count(request, segment)

    @action(description="Count now", icon="calculate", permissions=["change"], attrs={"data-post": "1"})
    def count(self, request: HttpRequest, object_id: str) -> HttpResponse:
        segment = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._count(request, segment)
        return HttpResponseRedirect(_page(segment))

    def _count(self, request: HttpRequest, segment: Segment) -> None:
        try:
            self.message_user(request, f"{segment}: {count_segment(segment):,} users.", messages.SUCCESS)
        except DomainError as error:
            self.message_user(request, f"{segment}: {error.message}", messages.ERROR)

    def _project(self, request: HttpRequest, number: str) -> Project:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(projects_of(request.user), pk=int(number) if number.isdecimal() else 0)

    def catalogue_view(self, request: HttpRequest) -> HttpResponse:
        """GET ?project=: the fields that conditions may name, with operators and choices."""
        project = self._project(request, request.GET.get("project", ""))
        return JsonResponse({"fields": [asdict(spec) for spec in catalogue(project)]})

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """POST project, rules (JSON): {count, sample, description, errors}; count is null where it took too long."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        project = self._project(request, request.POST.get("project", ""))
        try:
            rules = orjson.loads(request.POST.get("rules") or "{}")
            found = count_and_sample(project, rules, size=8)
            told = describe(rules, project=project)
        except orjson.JSONDecodeError:
            return JsonResponse({"errors": {"rules": "The rules aren't JSON."}})
        except InvalidInput as error:
            return JsonResponse({"errors": error.errors})
        except DomainError as error:
            return JsonResponse({"errors": {"rules": error.message}})
        return JsonResponse(
            {
                "count": found.counted,
                "sample": [_shown(user) for user in found.users],
                "description": told,
                "errors": {},
            }
        )

    def upload_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """What an upload did: every rejected row with its reason."""
        segment, upload = self._upload(request, object_id, number)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Upload into {segment}",
            "opts": self.opts,
            "original": segment,
            "segment": segment,
            "upload": upload,
            "shown": upload.rejected[:SHOWN_REJECTED],
            "back": _page(segment),
        }
        return TemplateResponse(request, "users/segment_upload.html", context)

    def rejected_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """The rejected rows as a CSV, to mend and upload again."""
        _, upload = self._upload(request, object_id, number)
        rows = [(each["row"], each["value"], each["reason"]) for each in upload.rejected]
        answer = HttpResponse(as_csv(("row", "value", "reason"), rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="rejected-{upload.pk}.csv"'
        return answer

    def _upload(self, request: HttpRequest, object_id: str, number: int) -> tuple[Segment, Any]:
        segment = self.get_visible_object(request, object_id)
        if not self.has_view_permission(request, segment):
            raise PermissionDenied
        return segment, get_object_or_404(segment.uploads.select_related("created_by"), pk=number)

    def remove_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """POST: take one person out of a static segment."""
        segment = self.get_visible_object(request, object_id)
        if not self.has_change_permission(request, segment):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            remove_users(segment, users=OmnichannelUser.objects.filter(pk=number, project=segment.project_id))
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.log_change(request, segment, f"Took out user {number}.")
            count_segment(segment)
        return HttpResponseRedirect(_page(segment) + "#members")


def _operator(request: HttpRequest) -> Operator | None:
    return request.user if isinstance(request.user, Operator) else None


def _shown(user: OmnichannelUser) -> dict[str, str]:
    page = reverse("admin:users_omnichanneluser_change", args=[user.pk])
    return {"id": str(user), "name": user.name, "url": page}


def _page(segment: Segment) -> str:
    return reverse("admin:users_segment_change", args=[segment.pk])
