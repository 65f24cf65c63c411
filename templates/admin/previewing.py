"""What a page asks for while somebody types: a preview as JSON, and an e-mail as the page in its frame."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from projects.scope import projects_of
from templates.admin.frame import mail_frame
from templates.content import CONTENT_KINDS
from templates.previews import Preview, preview

if TYPE_CHECKING:
    from projects.admin.scoped import ScopedAdmin as Admin
else:
    Admin = object

MOST_DATA = 50


class PreviewViews(Admin):
    """Both take POST project, channel, content_<field>…, client_user_id, data_<name>…; nothing is stored."""

    def preview_urls(self) -> list[Any]:
        """The addresses of both."""
        wrap = self.admin_site.admin_view
        return [
            path("preview/", wrap(self.preview_view), name="templates_messagetemplate_preview"),
            path("preview/frame/", wrap(self.frame_view), name="templates_messagetemplate_preview_frame"),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Answers a Preview as JSON."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        seen = _preview(request)
        if seen is None:
            return JsonResponse({"fields": {}, "problems": {}, "nothing": "Choose a project and a channel."})
        return JsonResponse(asdict(seen))

    def frame_view(self, request: HttpRequest) -> HttpResponse:
        """Answers the e-mail itself, locked up."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        seen = _preview(request)
        return mail_frame(seen.fields.get("html", "") if seen else "")


def _preview(request: HttpRequest) -> Preview | None:
    number = request.POST.get("project", "")
    if not number.isdecimal() or request.POST.get("channel") not in CONTENT_KINDS:
        return None
    project = get_object_or_404(projects_of(request.user), pk=int(number))
    return preview(
        project,
        channel=request.POST["channel"],
        sources=_named(request, "content_"),
        client_user_id=request.POST.get("client_user_id", "").strip(),
        data=dict(list(_named(request, "data_").items())[:MOST_DATA]),
    )


def _named(request: HttpRequest, prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): str(value) for key, value in request.POST.items() if key.startswith(prefix)}
