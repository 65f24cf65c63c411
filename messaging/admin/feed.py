"""The activity feed and a message's page. Both only show."""

from typing import Any

import orjson
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import escape

from messaging.admin.feed_form import FeedForm
from messaging.message_ids import message_uuid
from messaging.models import Mailing, Message
from messaging.selectors import timeline_of
from messaging.selectors_feed import feed_page, rows_of
from messaging.services.texts import text_as_sent
from messaging.vocabulary import Category
from projects.admin.scoped import ScopedAdmin
from projects.errors import DomainError
from templates.admin.frame import mail_frame
from templates.content import EmailContent
from templates.models import Channel


@admin.register(Message)
class MessageAdmin(ScopedAdmin):
    """What was sent is a record: nothing here adds, changes or deletes."""

    actions = None
    search_fields = ["provider_id"]
    list_filter = ["channel", "category", "state"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        frame = self.admin_site.admin_view(self.frame_view)
        return [path("<path:object_id>/frame/", frame, name="messaging_message_frame"), *super().get_urls()]

    def frame_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An e-mail as it was sent, for a frame; its links lead where they led before they were tracked."""
        message = self.get_visible_object(request, object_id)
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        if message.channel != Channel.EMAIL or message.content is None:
            raise Http404
        try:
            content = text_as_sent(message)
        except DomainError as error:
            return mail_frame(escape(error.message))
        return mail_frame(content.html if isinstance(content, EmailContent) else "")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The feed, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        form = FeedForm(request)
        form.is_valid()
        page = feed_page(form.query())
        context = {
            **self.admin_site.each_context(request),
            "title": "Activity feed",
            "content_title": "Activity feed",
            "form": form,
            "page": page,
            "filters": [form[name] for name in form.fields if name not in {"q", "user", "before"}],
            "is_filtered": any(form.cleaned_data.get(name) for name in form.fields if name != "before"),
            "older": form.link(before=page.next_before) if page.next_before else "",
            "newest": form.link(before=None) if form.cleaned_data.get("before") else "",
            "everyone": form.link(user=None, before=None),
        }
        return TemplateResponse(request, "messaging/feed.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One message: what it says, how it fared, what it was made of."""
        message = self.get_visible_object(request, object_id)
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        row = rows_of([message.pk])[0]
        title = f"{row.message.get_channel_display()} of {row.message.created_at:%Y-%m-%d %H:%M:%S} UTC"
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "content_title": title,
            "row": row,
            "message": row.message,
            "uuid": message_uuid(message.pk),
            "timeline": timeline_of(row.message),
            "mailing_link": mailing_link(row.message.mailing),
            "data": _readable(row.message.data),
            "meta": _readable(row.message.meta),
            "sender_name": _sender_name(row.message),
            "frame": f"{request.path.removesuffix('change/')}frame/" if message.channel == Channel.EMAIL else "",
        }
        return TemplateResponse(request, "messaging/message.html", context)


def mailing_link(mailing: Mailing) -> str:
    """The page of the type or campaign; they stand above messaging, so their pages are known by name only."""
    name = "campaigns_campaign" if mailing.category == Category.CAMPAIGN else "transactional_transactionaltype"
    try:
        return reverse(f"admin:{name}_change", args=[mailing.pk])
    except NoReverseMatch:
        return ""


def _readable(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if value else ""


def _sender_name(message: Message) -> str:
    if message.sender and message.sender.address:
        return message.sender.address
    return message.project.sender_name or message.project.name
