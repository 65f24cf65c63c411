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
        ("When in doubt", {"fields": ["resend_in_doubt"]}),
    ]

    @admin.display(description="Project id for the API", ordering="pk")
    def number(self, project: Project) -> str:
        return str(project.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "client"] if obj else fixed
