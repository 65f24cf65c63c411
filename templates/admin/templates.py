"""Message templates: written with a preview beside, versioned, archived."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.module_loading import import_string

from projects.admin.decorators import action, display
from projects.admin.scoped import AuditedAdmin
from projects.errors import DomainError
from projects.scope import signed_in
from templates.admin.filters import ArchivedFilter
from templates.admin.forms import MESSAGE_FIELDS, TemplateForm, words_of_channels
from templates.admin.frame import mail_frame
from templates.admin.previewing import PreviewViews
from templates.content import CONTENT_KINDS, field_names, label_of
from templates.models import Channel, MessageTemplate, TemplateVersion
from templates.previews import preview
from templates.services import templates as services

SHOWN_VERSIONS = 50


@admin.register(MessageTemplate)
class MessageTemplateAdmin(PreviewViews, AuditedAdmin):
    form = TemplateForm
    list_display = ["name", "channel_label", "project", "says", "version", "state"]
    list_select_related = ["project", "current"]
    list_filter = ["channel", ArchivedFilter]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["project", "channel", "name"]}),
        ("Message", {"fields": [*MESSAGE_FIELDS]}),
    ]
    actions = ["archive_chosen"]
    actions_detail = ["send_test", "archive", "unarchive"]
    change_form_after_template = "templates/preview.html"
    change_form_outer_after_template = "templates/versions.html"

    class Media:
        css = {"all": ["templates/preview.css"]}
        js = ["templates/mail_frame.js", "templates/preview.js"]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            *self.preview_urls(),
            path(
                "<path:object_id>/versions/<int:number>/",
                wrap(self.version_view),
                name="templates_messagetemplate_version",
            ),
            path(
                "<path:object_id>/versions/<int:number>/frame/",
                wrap(self.version_frame_view),
                name="templates_messagetemplate_version_frame",
            ),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "channel"] if obj else fixed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown: list[Any] = [self.fieldsets[0]]
        if obj is None:
            return [*shown, self.fieldsets[1]]
        if not self.has_change_permission(request, obj):
            return shown
        return [*shown, ("Message", {"fields": [f"content_{name}" for name in field_names(obj.channel)]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = ["project", "channel", "name"]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("current", "project")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.path.endswith("/autocomplete/"):
            found = found.filter(archived_at=None)
        return found, may_repeat

    @display(
        description="Channel", ordering="channel", label={"App push": "info", "SMS": "success", "E-mail": "primary"}
    )
    def channel_label(self, template: MessageTemplate) -> str:
        return template.get_channel_display()

    @admin.display(description="Says")
    def says(self, template: MessageTemplate) -> str:
        content = template.current.content if template.current else {}
        line = " · ".join(content[name] for name in ("subject", "preheader", "text") if content.get(name))
        return line if len(line) <= 70 else f"{line[:69]}…"

    @admin.display(description="Version")
    def version(self, template: MessageTemplate) -> str:
        return f"v{template.current.number}" if template.current else "–"

    @display(description="State", label={"In use": "success", "Archived": "warning"})
    def state(self, template: MessageTemplate) -> str:
        return "Archived" if template.archived_at else "In use"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            stored = MessageTemplate.objects.get(pk=obj.pk)
            services.rename_template(stored, name=obj.name)
            services.save_version(stored, content=form.content(), operator=signed_in(request))
            return
        made = services.create_template(
            obj.project, channel=obj.channel, name=obj.name, content=form.content(), operator=signed_in(request)
        )
        obj.pk, obj.current = made.pk, made.current

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_template(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for template in queryset:
            services.delete_template(template)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The service decides, with a sentence; Django would take a template's own version for an obstacle."""
        return [str(each) for each in objs], {"templates": len(objs)}, set(), []

    @admin.action(description="Archive", permissions=["change"])
    def archive_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for template in queryset:
            services.archive_template(template)
        self.message_user(request, "Archived. Types and campaigns that have them go on using them.", messages.SUCCESS)

    def has_archive_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is_archived(request, object_id, wanted=False)

    def has_unarchive_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is_archived(request, object_id, wanted=True)

    def _is_archived(self, request: HttpRequest, object_id: Any, *, wanted: bool) -> bool:
        if not self.has_change_permission(request, object_id):
            return False
        chosen = self.get_queryset(request).filter(pk=object_id, archived_at__isnull=not wanted)
        return object_id is None or chosen.exists()

    @action(description="Send a test…", icon="send", permissions=["archive"])
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send one message of it before anybody else gets it; POST does it."""
        page = import_string(settings.TRIAL_PAGE)
        answer: HttpResponse = page(request, self, self.get_visible_object(request, object_id))
        return answer

    @action(description="Archive", icon="archive", permissions=["archive"], attrs={"data-post": "1"})
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        template = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        services.archive_template(template)
        self.message_user(request, "Archived: it is out of the lists to choose from.", messages.SUCCESS)
        return HttpResponseRedirect(_page(template))

    @action(description="Bring back", icon="unarchive", permissions=["unarchive"], attrs={"data-post": "1"})
    def unarchive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        template = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        services.unarchive_template(template)
        self.message_user(request, "It can be chosen again.", messages.SUCCESS)
        return HttpResponseRedirect(_page(template))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        template = context.get("original")
        context["preview_url"] = reverse("admin:templates_messagetemplate_preview")
        context["frame_url"] = reverse("admin:templates_messagetemplate_preview_frame")
        context["words_of_channels"] = words_of_channels()
        context["fields_of_channels"] = {channel: field_names(channel) for channel in CONTENT_KINDS}
        if template:
            rows = template.versions.select_related("created_by")[:SHOWN_VERSIONS]
            context["versions"] = rows
            context["stored_content"] = template.current.content if template.current else {}
        return super().render_change_form(request, context, *args, **kwargs)

    def version_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """One version as it was saved; POST makes its text the newest version again."""
        template, version = self._version(request, object_id, number)
        if request.method == "POST":
            return self._bring_back(request, template, version)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{template.name}, version {number}",
            "opts": self.opts,
            "original": template,
            "version": version,
            "lines": _lines(template, version),
            "frame": f"{request.path}frame/" if template.channel == Channel.EMAIL else "",
            "may_bring_back": self.has_change_permission(request, template) and version.pk != template.current_id,
            "back": _page(template),
        }
        return TemplateResponse(request, "templates/version.html", context)

    def version_frame_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """An e-mail's version as somebody made up would get it."""
        template, version = self._version(request, object_id, number)
        if template.channel != Channel.EMAIL:
            raise Http404
        return mail_frame(preview(template.project, channel=template.channel, sources=version.content).fields["html"])

    def _version(self, request: HttpRequest, object_id: str, number: int) -> tuple[Any, TemplateVersion]:
        template = self.get_visible_object(request, object_id)
        if not self.has_view_permission(request, template):
            raise PermissionDenied
        version = template.versions.filter(number=number).select_related("created_by").first()
        if version is None:
            raise Http404
        return template, version

    def _bring_back(self, request: HttpRequest, template: Any, version: Any) -> HttpResponse:
        if not self.has_change_permission(request, template):
            raise PermissionDenied
        try:
            newest = services.save_version(template, content=version.content, operator=signed_in(request))
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, f"The text of v{version.number} is back as v{newest.number}.", messages.SUCCESS)
        return HttpResponseRedirect(_page(template))


def _lines(template: MessageTemplate, version: TemplateVersion) -> list[tuple[str, str]]:
    kind = CONTENT_KINDS[template.channel]
    return [(label_of(kind, name), version.content.get(name, "")) for name in field_names(template.channel)]


def _page(template: MessageTemplate) -> str:
    return reverse("admin:templates_messagetemplate_change", args=[template.pk])
