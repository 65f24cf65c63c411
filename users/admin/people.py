"""Users: found by anything, understood on one page, changed and erased by those who may."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.module_loading import import_string

from projects.admin.decorators import action, display
from projects.admin.paginator import UncountedPaginator
from projects.errors import DomainError
from projects.scope import projects_of, signed_in
from users.admin.person_filters import ConsentFilter, ReachFilter, TroubleFilter
from users.admin.person_form import PersonForm
from users.admin.profile import profile_context
from users.admin.subscriptions import SubscriptionPages
from users.models import Address, OmnichannelUser
from users.selectors import user_as_json
from users.selectors_export import consent_and_purchases
from users.selectors_search import find_user_ids
from users.services.address_status import set_address_status
from users.services.erasure import erase_person

PROFILE = [
    ("name", "gender"),
    ("language", "country"),
    ("age", "vip"),
    ("platform_id", "time_zone"),
    ("photo", "ak"),
]


@admin.register(OmnichannelUser)
class OmnichannelUserAdmin(SubscriptionPages):
    form = PersonForm
    paginator = UncountedPaginator
    list_display = ["__str__", "name", "reached_by", "country", "language", "vip_label", "project", "last_online_at"]
    list_select_related = ["project"]
    list_filter = [ReachFilter, ConsentFilter, TroubleFilter, "vip", "platform_id"]
    search_fields = ["client_user_id"]
    search_help_text = "Client user id, name, e-mail, phone or push token, from its beginning"
    ordering = ["-pk"]
    list_per_page = 50
    list_max_show_all = 0
    actions = None
    actions_detail = ["export"]
    change_form_outer_before_template = "users/profile_links.html"
    change_form_outer_after_template = "users/profile.html"
    delete_confirmation_template = "users/erase.html"

    class Media:
        css = {"all": ["users/users.css"]}

    def get_urls(self) -> list[Any]:
        status = path(
            "<path:object_id>/addresses/<int:number>/",
            self.admin_site.admin_view(self.status_view),
            name="users_omnichanneluser_address",
        )
        return [status, *self.subscription_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("addresses", Address.objects.order_by("-confirmed_at", "-pk")))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        projects = projects_of(request.user).values_list("pk", flat=True)
        return queryset.filter(pk__in=find_user_ids(list(projects), search_term)), False

    @display(description="Reached by", label=True)
    def reached_by(self, user: OmnichannelUser) -> list[str]:
        labels = {"email": "E-mail", "phone": "SMS", "fcm": "Android", "apns": "iOS"}
        active = {each.provider or each.kind for each in user.addresses.all() if each.status == "active" and each.reach}
        return [label for key, label in labels.items() if key in active]

    @display(description="VIP", ordering="vip", label={"VIP": "success"}, empty_value="")
    def vip_label(self, user: OmnichannelUser) -> str | None:
        return "VIP" if user.vip else None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        known = not isinstance(obj, OmnichannelUser) or obj.client_user_id is not None
        return known and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "client_user_id", "registered_at", "last_online_at", "created_at"] if obj else fixed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [
                (None, {"fields": ["project", "client_user_id"]}),
                ("Addresses", {"fields": [("email", "phone"), "app_push_token"]}),
                ("Profile", {"fields": PROFILE}),
                ("Custom fields", {"fields": ["custom_fields"]}),
            ]
        dates = [("registered_at", "last_online_at", "created_at")]
        who = (None, {"fields": [("project", "client_user_id"), *dates]})
        if not self.has_change_permission(request, obj):
            return [who, ("Profile", {"fields": PROFILE})]
        return [
            who,
            ("Profile", {"fields": PROFILE}),
            ("Addresses", {"fields": [("email", "phone"), "app_push_token"]}),
            ("Custom fields", {"fields": ["custom_fields"]}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        fixed = self.get_readonly_fields(request, obj)
        kwargs["fields"] = [name for name in PersonForm.Meta.fields if name not in fixed]
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in fixed:
            form.base_fields.pop(name, None)
        if obj and "app_push_token" in form.base_fields:
            form.base_fields["app_push_token"].label = "Add a push token"
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.perform().pk

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if user := context.get("original"):
            context |= profile_context(request, user)
            may = signed_in(request).has_perm
            context |= {
                "may_change_addresses": may("users.change_address"),
                "may_change_subscriptions": may("users.change_unsubscription"),
                "may_change_types": may("users.change_typeunsubscription"),
                "may_erase": may("users.delete_omnichanneluser"),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return [str(each) for each in objs], {"users": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Forget the person, with all that other apps keep."""
        with transaction.atomic():
            erase_person(get_object_or_404(OmnichannelUser.objects.select_for_update(), pk=obj.pk))

    @action(description="Export as JSON", icon="download", permissions=["view"])
    def export(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All that is stored about this person, for the person."""
        user = self.get_visible_object(request, object_id)
        document = user_as_json(user)
        document |= consent_and_purchases(user)
        document["segments"] = [row.segment.name for row in user.memberships.select_related("segment")]
        for name in getattr(settings, "PROFILE_EXPORTS", ()):
            document |= import_string(name)(user)
        answer = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
        answer["Content-Disposition"] = f'attachment; filename="user-{user.pk}.json"'
        return answer

    def status_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """POST status, reason: change one address."""
        user = self.get_visible_object(request, object_id)
        if not request.user.has_perm("users.change_address"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        address = user.addresses.filter(pk=number).first()
        if address is None:
            raise Http404
        reason = request.POST.get("reason", "").strip()
        try:
            set_address_status(
                address,
                status=request.POST.get("status", ""),
                reason=f"{reason} ({request.user})".strip(),
                operator=signed_in(request),
            )
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.log_change(request, user, f"{address.get_kind_display()} is {address.get_status_display()}: {reason}")
            self.message_user(request, f"The address is {address.get_status_display().lower()} now.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:users_omnichanneluser_change", args=[user.pk]) + "#channels")
