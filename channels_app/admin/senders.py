"""FCM identifiers, APNs identifiers, SMS and e-mail senders: one page, four doors."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince
from unfold.enums import ActionVariant

from channels_app.admin.forms import SenderForm, credential_names, sender_form
from channels_app.contract import Provider
from channels_app.models import ApnsIdentifier, EmailSender, FcmIdentifier, SmsSender
from channels_app.models.senders import SenderStatus
from channels_app.registry import get_provider, providers_for
from channels_app.services import senders
from projects.admin.decorators import action, display
from projects.admin.scoped import AuditedAdmin

RATES = {"app_push": 10_000, "sms": 30, "email": 100}
"""Messages a second to begin with. Vonage: https://api.support.vonage.com/hc/en-us/articles/203993598"""

WHERE_RECEIPTS_GO = {
    "sms": (
        "Delivery receipts",
        "Each message already names it; set it in the provider's dashboard too if receipts stay away.",
    ),
    "email": (
        "Bounces and complaints",
        "POST each message that comes to the return path and to your feedback loops, as it is. With Postfix, in"
        " /etc/aliases:",
    ),
}
"""The title of the section and a sentence on the address."""
PIPE = "bounces: \"|curl -sS --data-binary @- -H 'Content-Type: message/rfc822' {}\""
"""https://www.postfix.org/aliases.5.html"""


class SenderAdmin(AuditedAdmin):
    """Secrets go in and never come out; everything else is a service of `channels_app.services.senders`."""

    form = SenderForm
    provider_name = ""
    list_display = ["name", "project", "state", "checked", "rate_per_second"]
    list_select_related = ["project"]
    list_filter = ["status"]
    search_fields = ["name", "address", "project__name"]
    actions_detail = ["check_credentials", "pause", "resume"]
    change_form_outer_before_template = "channels_app/sender_state.html"

    def kind(self, request: HttpRequest, obj: Any = None) -> Provider:
        """The provider whose fields the form has."""
        return get_provider(obj.provider if obj else self.provider_name)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = sender_form(self.kind(request, obj), obj.credentials if obj else None)
        kwargs["form"] = form
        kwargs["fields"] = [*self._own_fields(), *form.declared_fields]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind = self.kind(request)
        return {
            "name": kind.title,
            "rate_per_second": RATES[kind.channel],
            **super().get_changeform_initial_data(request),
        }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        names = credential_names(self.kind(request, obj), obj.credentials if obj else None)
        own = [name for name in ["project", *self._own_fields()] if name != "rate_per_second"]
        shown = [
            (None, {"fields": list(dict.fromkeys(own))}),
            ("Credentials", {"fields": names, "description": "Encrypted at rest; secrets are never shown again."}),
            ("Speed", {"fields": ["rate_per_second"]}),
        ]
        if obj and obj.channel in WHERE_RECEIPTS_GO:
            shown.append((WHERE_RECEIPTS_GO[obj.channel][0], {"fields": ["receipts_address"]}))
        return shown if self.has_change_permission(request, obj) or not obj else [shown[0], *shown[2:]]

    def _own_fields(self) -> list[str]:
        return ["project", "name", "rate_per_second"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "receipts_address"]

    @display(description="State", label={"Active": "success", "Paused": "danger"})
    def state(self, sender: Any) -> str:
        return "Paused" if sender.status == SenderStatus.PAUSED else "Active"

    @display(description="Last check", label={"never": "warning", "fine": "success", "refused": "danger"})
    def checked(self, sender: Any) -> tuple[str, str]:
        if sender.checked_at is None:
            return "never", "Never checked"
        ago = timesince(sender.checked_at, depth=1)
        return ("fine", f"Fine, {ago} ago") if sender.check_ok else ("refused", f"Refused, {ago} ago")

    @admin.display(description="Address for the provider")
    def receipts_address(self, sender: Any) -> str:
        address, (_, sentence) = senders.receipts_url(sender), WHERE_RECEIPTS_GO[sender.channel]
        if sender.channel == "email":
            return format_html("<code>{}</code><br>{}<br><code>{}</code>", address, sentence, PIPE.format(address))
        return format_html("<code>{}</code><br>{}", address, sentence)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Form and service share their rules, so that what is left to raise is a race, told by `changeform_view`."""
        rate = form.cleaned_data.get("rate_per_second")
        shared = {"name": obj.name, "address": obj.address, "rate_per_second": rate}
        if change:
            senders.update_sender(obj, **shared)
            senders.replace_credentials(obj, values=form.values(), forget=form.forgotten())
            return
        provider = form.provider_kind.name
        made = senders.create_sender(obj.project, provider=provider, values=form.values(), **shared)
        obj.pk, obj.channel, obj.provider, obj.key = made.pk, made.channel, made.provider, made.key

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        senders.delete_sender(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for sender in queryset:
            senders.delete_sender(sender)

    def has_pause_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is_in_state(request, object_id, SenderStatus.ACTIVE)

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is_in_state(request, object_id, SenderStatus.PAUSED)

    def _is_in_state(self, request: HttpRequest, object_id: Any, status: SenderStatus) -> bool:
        if not self.has_change_permission(request, object_id):
            return False
        return object_id is None or self.get_queryset(request).filter(pk=object_id, status=status).exists()

    @action(
        description="Check credentials",
        icon="verified_user",
        permissions=["change"],
        variant=ActionVariant.PRIMARY,
        attrs={"data-post": "1"},
    )
    def check_credentials(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the provider, and show what it says. POST only: it talks to somebody else."""
        sender = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        answer = senders.check_credentials(sender)
        level = messages.SUCCESS if answer.ok else messages.ERROR
        self.message_user(request, answer.answer, level)
        return HttpResponseRedirect(self._page(sender))

    @action(description="Pause", icon="pause", permissions=["pause"])
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason, then pause."""
        sender = self.get_visible_object(request, object_id)
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": f"Pause {sender.name}",
                "opts": self.opts,
                "back": self._page(sender),
            }
            return TemplateResponse(request, "channels_app/pause.html", context)
        reason = request.POST.get("reason", "").strip() or "no reason given"
        senders.pause_sender(sender, reason=f"{reason} ({request.user})")
        self.message_user(request, "Paused: its messages wait until you resume it.", messages.WARNING)
        return HttpResponseRedirect(self._page(sender))

    @action(description="Resume", icon="play_arrow", permissions=["resume"], attrs={"data-post": "1"})
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        sender = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        senders.resume_sender(sender)
        self.message_user(request, "Active again: waiting messages go out now.", messages.SUCCESS)
        return HttpResponseRedirect(self._page(sender))

    def _page(self, sender: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[sender.pk])


@admin.register(FcmIdentifier)
class FcmIdentifierAdmin(SenderAdmin):
    provider_name = "fcm"


@admin.register(ApnsIdentifier)
class ApnsIdentifierAdmin(SenderAdmin):
    provider_name = "apns"


class AddressedSenderAdmin(SenderAdmin):
    """A channel with any number of senders, by any of its providers, each with the address that messages come from."""

    channel = ""
    list_display = ["name", "address", "project", "provider_title", "state", "checked", "rate_per_second"]

    def kind(self, request: HttpRequest, obj: Any = None) -> Provider:
        if obj:
            return get_provider(obj.provider)
        known = {kind.name: kind for kind in providers_for(self.channel)}
        return known.get(request.GET.get("provider", ""), next(iter(known.values())))

    def _own_fields(self) -> list[str]:
        return ["project", "name", "address", "rate_per_second"]

    @admin.display(description="Provider", ordering="provider")
    def provider_title(self, sender: Any) -> str:
        return get_provider(sender.provider).title


@admin.register(SmsSender)
class SmsSenderAdmin(AddressedSenderAdmin):
    channel = "sms"


@admin.register(EmailSender)
class EmailSenderAdmin(AddressedSenderAdmin):
    channel = "email"
