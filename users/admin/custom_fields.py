"""Custom fields: which there are, and of which type."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from projects.admin.scoped import ScopedAdmin, beside_field
from projects.services.rehearsals import mistakes_of
from users.models import CustomField
from users.services.field_schema import change_field_type, create_field, is_used

EXPLAINED = "The type is fixed: users have values of this field, and segments and templates rely on their type."
FREE = "Can be changed until a user has a value. The first value that the API brings makes a field, too."


class CustomFieldForm(forms.ModelForm[CustomField]):
    class Meta:
        model = CustomField
        fields = ["project", "name", "type"]

    def clean(self) -> dict[str, Any]:
        """Ask the service: every refusal stands beside its field."""
        if not self.errors:
            for field, sentence in mistakes_of(self.perform).items():
                beside_field(self, field, sentence)
        return self.cleaned_data

    def perform(self) -> CustomField:
        """Make the field, or change its type."""
        told = self.cleaned_data
        if self.instance.pk:
            change_field_type(CustomField.objects.get(pk=self.instance.pk), type_=told.get("type", self.instance.type))
            return self.instance
        return create_field(told["project"], name=told["name"], type_=told["type"])


@admin.register(CustomField)
class CustomFieldAdmin(ScopedAdmin):
    form = CustomFieldForm
    list_display = ["name", "type", "project", "in_templates", "created_at"]
    list_select_related = ["project"]
    list_filter = ["type"]
    search_fields = ["name"]

    @admin.display(description="In templates")
    def in_templates(self, field: CustomField) -> str:
        return "{{ user." + field.name + " }}" if field.name.isidentifier() else f'{{{{ user["{field.name}"] }}}}'

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        if obj is None:
            return fixed
        return [*fixed, "name", "type"] if is_used(obj) else [*fixed, "name"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = obj is not None and "type" in self.get_readonly_fields(request, obj)
        return [(None, {"fields": ["project", "name", "type"], "description": EXPLAINED if fixed else FREE})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.perform().pk
