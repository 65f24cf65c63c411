"""Client accounts and the keys of their systems."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from projects.admin.decorators import action, display
from projects.admin.scoped import AuditedAdmin, ScopedTabularInline
from projects.errors import DomainError
from projects.models import ApiKey, ClientAccount, Membership, Project
from projects.scope import sees_everything, signed_in
from projects.services.accounts import issue_api_key, revoke_api_key


class ProjectsOfClient(ScopedTabularInline):
    model = Project
    fields = ["default_country", "time_zone"]
    readonly_fields = ["default_country", "time_zone"]
    show_change_link = True
    can_delete = False
    max_num = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class KeysOfClient(ScopedTabularInline):
    model = ApiKey
    fields = ["created_at", "revoked_at"]
    readonly_fields = ["created_at", "revoked_at"]
    show_change_link = True
    can_delete = False
    max_num = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class KeyNameForm(forms.Form):
    name = forms.CharField(
        max_length=64,
        initial="default",
        label="Which system will use it",
        help_text="Each system gets a key of its own, so that one can be revoked without the others.",
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(ClientAccount)
class ClientAccountAdmin(AuditedAdmin):
    list_display = ["name", "client_id", "state", "created_at"]
    search_fields = ["name"]
    readonly_fields = ["client_id"]
    fieldsets = [
        (None, {"fields": ["name", "client_id", "is_active"]}),
        ("Limits of the API", {"fields": [("requests_per_second", "request_burst")]}),
    ]
    inlines = [ProjectsOfClient, KeysOfClient]
    actions_detail = ["new_key"]

    @admin.display(description="Client id for the API")
    def client_id(self, client: ClientAccount) -> str:
        return str(client.pk) if client.pk else "Given when it is saved"

    @display(description="State", label={"Active": "success", "Off": "danger"})
    def state(self, client: ClientAccount) -> str:
        return "Active" if client.is_active else "Off"

    def has_new_key_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("projects.add_apikey") and self.has_view_permission(request, object_id)

    @action(description="New API key", icon="key", permissions=["new_key"], variant=ActionVariant.PRIMARY)
    def new_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a name; then show both keys, this once."""
        client = self.get_visible_object(request, object_id)
        form = KeyNameForm(request.POST or None)
        issued = issue_api_key(client, name=form.cleaned_data["name"]) if form.is_valid() else None
        if issued:
            self.log_change(request, client, f"Issued API key {issued.key.name} ({issued.key.hint}…).")
        context = {
            **self.admin_site.each_context(request),
            "title": f"New API key for {client}",
            "opts": self.opts,
            "client": client,
            "form": form,
            "issued": issued,
            "back": reverse("admin:projects_clientaccount_change", args=[client.pk]),
        }
        return never_cache(lambda _: TemplateResponse(request, "projects/new_key.html", context))(request)

    def save_model(self, request: HttpRequest, obj: ClientAccount, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and not sees_everything(request.user):
            # Whoever makes an account works with it: without this it would vanish from their sight.
            Membership.objects.get_or_create(operator=signed_in(request), client=obj)


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    """Keys are issued on the client account's page; here they are found and revoked."""

    list_display = ["name", "client", "starts_with", "created_at", "state"]
    list_select_related = ["client"]
    list_filter = ["client"]
    search_fields = ["name", "client__name", "hint"]
    fields = ["client", "name", "starts_with", "created_at", "revoked_at"]
    readonly_fields = ["client", "starts_with", "created_at", "revoked_at"]
    actions_detail = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="API key starts with")
    def starts_with(self, key: ApiKey) -> str:
        return f"{key.hint}…"

    @display(description="State", label={"Valid": "success", "Revoked": "danger"})
    def state(self, key: ApiKey) -> str:
        return "Revoked" if key.revoked_at else "Valid"

    @action(description="Revoke", icon="block", permissions=["change"], variant=ActionVariant.DANGER)
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask once more, then revoke."""
        key = self.get_visible_object(request, object_id)
        back = reverse("admin:projects_apikey_change", args=[key.pk])
        if not self.has_change_permission(request, key):
            raise PermissionDenied
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": f"Revoke {key}",
                "opts": self.opts,
                "back": back,
            }
            return TemplateResponse(request, "projects/revoke_key.html", context)
        try:
            revoke_api_key(key)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, f"{key} is revoked: the API answers 401 to it from now on.", messages.SUCCESS)
        return HttpResponseRedirect(back)
