"""Projects."""

from typing import Any
from zoneinfo import available_timezones

import pycountry
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2Widget

from projects.admin.scoped import AuditedAdmin
from projects.models import Project


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        initial="UTC",
        widget=UnfoldAdminSelect2Widget,
        help_text="Campaigns' times and quiet hours are read in this zone.",
    )

    def clean_default_country(self) -> str:
        country = str(self.cleaned_data["default_country"]).upper()
        if country and pycountry.countries.get(alpha_2=country) is None:
            raise forms.ValidationError(f"“{country}” is no country of ISO 3166; Ukraine, for example, is UA.")
        return country

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        domain, client = given.get("tracking_domain"), given.get("client") or self.instance.client_id
        owner = getattr(client, "pk", client)
        if domain and domain.client_id != owner:
            self.add_error("tracking_domain", f"{domain} belongs to another client account.")
        if (given.get("quiet_from") is None) != (given.get("quiet_until") is None):
            self.add_error("quiet_until", "Quiet hours need both ends, or none.")
        return given

    class Meta:
        model = Project
        fields = "__all__"  # noqa: DJ007  (the page's fieldsets name them)


@admin.register(Project)
class ProjectAdmin(AuditedAdmin):
    form = ProjectForm
    list_display = ["name", "client", "default_country", "time_zone", "number"]
    list_select_related = ["client"]
    list_filter = ["client"]
    search_fields = ["name", "client__name"]
    fieldsets = [
        (None, {"fields": ["client", "name", "default_country", "time_zone"]}),
        ("For templates", {"fields": ["sender_name", "url"]}),
        (
            "Links and tracking",
            {
                "fields": ["tracking_domain", "is_tracking"],
                "description": "With a domain that isn't verified, nothing is tracked and links stay as they are.",
            },
        ),
        (
            "Quiet hours and caps",
            {
                "fields": [("quiet_from", "quiet_until"), ("cap_per_day", "cap_per_week")],
                "description": "System messages go at any time and are never counted.",
            },
        ),
        ("SMS replies", {"fields": ["help_type_id"]}),
        ("When in doubt", {"fields": ["resend_in_doubt"]}),
    ]

    @admin.display(description="Project id for the API", ordering="pk")
    def number(self, project: Project) -> str:
        return str(project.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "client"] if obj else fixed
