"""Webhooks and what was sent to them."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminURLInputWidget

from projects.admin.decorators import action, display
from projects.admin.scoped import AuditedAdmin, ScopedAdmin
from projects.errors import DomainError
from projects.models import Webhook, WebhookDelivery
from projects.outgoing import Answer, url_error
from projects.services import webhook_deliveries, webhooks
from projects.webhook_events import EVENTS

STATES = {"Waiting": "warning", "Delivered": "success", "Failed": "danger"}
MOST_SHOWN = 100_000
TICKS = [
    (name, f"{group}: {words[:1].lower()}{words[1:]} ({name})")
    for group, names in EVENTS.items()
    for name, words in names.items()
]


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    url = forms.CharField(
        label="URL",
        max_length=2048,
        widget=UnfoldAdminURLInputWidget,
        help_text="Gets a POST with JSON. It must be reachable from the internet; https:// is advised.",
    )
    events = forms.MultipleChoiceField(
        choices=TICKS,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None ticked: all, and those that are yet to be invented.",
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if wrong := url_error(url):
            raise forms.ValidationError(wrong)
        return url

    class Meta:
        model = Webhook
        fields = ["project", "url", "is_active", "events"]


@admin.register(Webhook)
class WebhookAdmin(AuditedAdmin):
    form = WebhookForm
    list_display = ["url", "project", "state", "hears", "last_answer"]
    list_select_related = ["project"]
    list_filter = ["is_active"]
    search_fields = ["url", "project__name"]
    readonly_fields = ["state", "last_answer", "deliveries"]
    actions_detail = ["send_test", "new_secret"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        own = (None, {"fields": ["project", "url", "is_active", "events"]})
        return [own, ("How it goes", {"fields": ["state", "last_answer", "deliveries"]})] if obj else [own]

    @display(description="State", label={"Active": "success", "Off": "info", "Failing": "danger"})
    def state(self, webhook: Webhook) -> str:
        if not webhook.is_active:
            return "Off"
        return "Failing" if webhook.failing_since else "Active"

    @admin.display(description="Hears of")
    def hears(self, webhook: Webhook) -> str:
        return ", ".join(webhook.events) or "everything"

    @admin.display(description="What was sent")
    def deliveries(self, webhook: Webhook) -> str:
        link = reverse("admin:projects_webhookdelivery_changelist")
        return format_html(
            '<a class="panel-link" href="{}?webhook__id__exact={}">Deliveries of this webhook</a>', link, webhook.pk
        )

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        told = {"url": obj.url, "events": form.cleaned_data["events"], "is_active": obj.is_active}
        if change:
            webhooks.update_webhook(obj, **told)
            return
        made, request.fresh_secret = webhooks.create_webhook(obj.project, **told)  # type: ignore[attr-defined]  # shown below
        obj.pk = made.pk

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        """The secret, this once."""
        return self._show_secret(request, obj, request.fresh_secret)  # type: ignore[attr-defined]  # see save_model

    def delete_model(self, request: HttpRequest, obj: Webhook) -> None:
        webhooks.delete_webhook(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            webhooks.delete_webhook(webhook)

    @action(
        description="Send a test event",
        icon="send",
        permissions=["change"],
        variant=ActionVariant.PRIMARY,
        attrs={"data-post": "1"},
    )
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Call the URL now, and show what it says. POST only: it talks to somebody else."""
        webhook = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        answer = webhook_deliveries.send_test(webhook)
        level = messages.SUCCESS if 200 <= answer.status < 300 else messages.ERROR
        self.message_user(request, _in_words(answer), level)
        return HttpResponseRedirect(_page(webhook))

    @action(description="New secret", icon="key", permissions=["change"])
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask once more, then replace the secret and show it, this once."""
        webhook = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return self._show_secret(request, webhook, "")
        secret = webhooks.replace_secret(webhook)
        self.log_change(request, webhook, "Replaced the secret.")
        return self._show_secret(request, webhook, secret)

    def _show_secret(self, request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Secret of the webhook" if secret else "New secret",
            "opts": self.opts,
            "webhook": webhook,
            "secret": secret,
            "back": _page(webhook),
        }
        return never_cache(lambda _: TemplateResponse(request, "projects/webhook_secret.html", context))(request)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ScopedAdmin):
    """What was sent is a record; it may be sent again as it was."""

    project_path = "webhook__project"
    list_display = ["created_at", "webhook", "events", "status", "attempts", "status_code", "answer"]
    list_select_related = ["webhook"]
    list_filter = ["state", "webhook", "status_code", "created_at"]
    ordering = ["-id"]
    actions = ["send_these_again"]
    actions_detail = ["send_again"]
    fieldsets = [
        (None, {"fields": ["webhook", "status", "events", "created_at"]}),
        ("How it went", {"fields": ["attempts", "next_try", "give_up_at", "delivered_at", "status_code", "answer"]}),
        ("The body", {"fields": ["readable_body"]}),
    ]
    readonly_fields = ["status", "events", "next_try", "readable_body"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        return super().get_queryset(request).defer("body")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_send_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("projects.change_webhookdelivery") and self.has_view_permission(request, object_id)

    @display(description="State", ordering="state", label=STATES)
    def status(self, delivery: WebhookDelivery) -> str:
        return delivery.get_state_display()

    @admin.display(description="Events", ordering="event_count")
    def events(self, delivery: WebhookDelivery) -> int:
        return delivery.event_count

    @admin.display(description="Next try")
    def next_try(self, delivery: WebhookDelivery) -> Any:
        if delivery.state != "waiting":
            return "–"
        return delivery.webhook.hold_until or "Now"

    @admin.display(description="As it is sent, made readable")
    def readable_body(self, delivery: WebhookDelivery) -> str:
        text = json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False)
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', text[:MOST_SHOWN])

    @action(
        description="Send again",
        icon="replay",
        permissions=["send_again"],
        variant=ActionVariant.PRIMARY,
        attrs={"data-post": "1"},
    )
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        delivery = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._send_again(request, [delivery])
        return HttpResponseRedirect(_page(delivery))

    @action(description="Send again", permissions=["send_again"])
    def send_these_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """The ticked ones, in the order in which they happened."""
        self._send_again(request, list(queryset.order_by("pk")))

    def _send_again(self, request: HttpRequest, deliveries: list[WebhookDelivery]) -> None:
        queued, refusals = 0, set()
        for delivery in deliveries:
            try:
                webhook_deliveries.send_again(delivery)
                queued += 1
            except DomainError as error:
                refusals.add(error.message)
        if queued:
            self.message_user(request, f"{queued} going out again, one try each.", messages.SUCCESS)
        for refusal in sorted(refusals):
            self.message_user(request, refusal, messages.ERROR)


def _in_words(answer: Answer) -> str:
    if not answer.status:
        return f"No answer: {answer.error}"
    said = answer.body.decode(errors="replace").replace("\0", "").strip()[:300]
    return f"Answered {answer.status} in {answer.seconds:.1f} s" + (f": {said}" if said else ".")


def _page(row: Webhook | WebhookDelivery) -> str:
    return reverse(f"admin:projects_{row._meta.model_name}_change", args=[row.pk])  # noqa: SLF001  (Django's documented way)
