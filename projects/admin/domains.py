"""Tracking domains."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse

from projects.admin.decorators import action, display
from projects.admin.scoped import AuditedAdmin
from projects.models import TrackingDomain
from projects.models.domains import DomainStatus
from projects.services.domains import check_domain, forget_check, target, why_no_target
from projects.tracked_hosts import forget_hosts

TOLD_AS = {
    DomainStatus.VERIFIED: messages.SUCCESS,
    DomainStatus.PENDING: messages.WARNING,
    DomainStatus.NOT_VERIFIED: messages.ERROR,
}

HOST_HELP = "A name of its own below your domain, such as go.example.com; nothing else may answer there."


@admin.register(TrackingDomain)
class TrackingDomainAdmin(AuditedAdmin):
    """A domain that a project uses stays: links that were sent lead over it."""

    list_display = ["host", "client", "state", "used_by", "checked_at"]
    list_select_related = ["client"]
    list_filter = ["client", "status"]
    search_fields = ["host", "client__name"]
    readonly_fields = ["record", "state", "answer", "checked_at", "used_by"]
    fieldsets = [
        (None, {"fields": ["client", "host", "is_https"]}),
        ("DNS", {"fields": ["record", "state", "answer", "checked_at"]}),
        ("Use", {"fields": ["used_by"]}),
    ]
    actions_detail = ["check_now"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("projects")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, help_texts={"host": HOST_HELP}, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "client"] if obj else fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_used = isinstance(obj, TrackingDomain) and obj.projects.exists()
        return super().has_delete_permission(request, obj) and not is_used

    def has_check_now_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_change_permission(request, object_id)

    @admin.display(description="DNS record to make")
    def record(self, domain: TrackingDomain) -> str:
        if problem := why_no_target():
            return f"None yet: {problem}"
        return f"{domain.host or 'your host'} CNAME {target()}"

    @display(
        description="Status",
        ordering="status",
        label={"Verified": "success", "Pending": "warning", "Not verified": "danger"},
    )
    def state(self, domain: TrackingDomain) -> str:
        return domain.get_status_display()

    @admin.display(description="What the check found")
    def answer(self, domain: TrackingDomain) -> str:
        return domain.check_answer or "It wasn't checked yet; “Check now” does, and so does a job every hour."

    @admin.display(description="Projects")
    def used_by(self, domain: TrackingDomain) -> str:
        return ", ".join(str(each) for each in domain.projects.all()) if domain.pk else ""

    @action(description="Check now", icon="refresh", permissions=["check_now"], attrs={"data-post": "1"})
    def check_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look the domain up while the operator waits: 13 seconds at most."""
        domain = self.get_visible_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        status = check_domain(domain)
        self.message_user(request, f"{status.label}. {domain.check_answer}", TOLD_AS[status])
        return HttpResponseRedirect(reverse("admin:projects_trackingdomain_change", args=[domain.pk]))

    def save_model(self, request: HttpRequest, obj: TrackingDomain, form: Any, change: bool) -> None:
        if {"host", "is_https"} & set(form.changed_data):
            forget_check(obj)
        super().save_model(request, obj, form, change)
        forget_hosts()
