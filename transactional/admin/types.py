"""Transactional types: what the API sends by number."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from messaging.admin.counted import CHANNEL_LABELS, CountedAdmin, statistics_of
from messaging.vocabulary import TESTS_TYPE_ID
from projects.admin.decorators import display
from templates.models import Channel
from transactional.admin.type_form import TypeForm
from transactional.example_requests import curl_of
from transactional.models import TransactionalType
from transactional.services.types import delete_type


@admin.register(TransactionalType)
class TransactionalTypeAdmin(CountedAdmin):
    form = TypeForm
    list_display = [
        "name",
        "type_id",
        "channel_label",
        "category",
        "mixed",
        "project",
        "state",
        *CountedAdmin.figure_columns,
    ]
    list_select_related = ["project"]
    list_filter = ["channel", "category", "is_open"]
    search_fields = ["name", "type_id"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("project", "channel"), ("name", "type_id"), "category", "sender", "is_open"]}),
        ("Templates", {"fields": ["mix"]}),
    ]
    change_form_after_template = "messaging/mailing_facts.html"
    change_form_outer_after_template = "transactional/type_page.html"

    class Media:
        css = {"all": ["messaging/messaging.css"]}
        js = ["messaging/mailing-form.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("mix__template")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The type of the panel's tests is made by the first of them, and changed by nobody."""
        is_for_tests = isinstance(obj, TransactionalType) and obj.type_id == TESTS_TYPE_ID
        return not is_for_tests and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "channel", "mixed"] if obj else fixed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [self.fieldsets[0], ("Templates", {"fields": ["mixed"]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        fixed = self.get_readonly_fields(request, obj)
        kwargs["fields"] = [name for name in TypeForm.Meta.fields if name not in fixed]
        kwargs["help_texts"] = {"sender": "Who the SMS or e-mails come from."}
        form = super().get_form(request, obj, change=change, **kwargs)
        if "mix" in form.base_fields:
            form.base_fields["mix"].widget.templates = self.mix_choices(request, obj)
        if "sender" in form.base_fields:
            channels = [obj.channel] if obj else [Channel.SMS, Channel.EMAIL]
            form.base_fields["sender"].queryset = form.base_fields["sender"].queryset.filter(channel__in=channels)
        return form

    @display(description="Channel", ordering="channel", label=CHANNEL_LABELS)
    def channel_label(self, row: TransactionalType) -> str:
        return row.get_channel_display()

    @display(description="State", ordering="is_open", label={"Active": "success", "Off": "warning"})
    def state(self, row: TransactionalType) -> str:
        return "Active" if row.is_open else "Off"

    @admin.display(description="Templates")
    def mixed(self, row: TransactionalType) -> str:
        entries = list(row.mix.all())
        whole = sum(entry.weight for entry in entries)
        return ", ".join(f"{entry.template.name} {100 * entry.weight / whole:.0f} %" for entry in entries)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.perform().pk

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return [str(each) for each in objs], {"types": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_type(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for each in queryset:
            delete_type(each)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        stored = context.get("original")
        context["mailing_facts"] = self.facts(request, stored, context["adminform"].form)
        if stored:
            context["is_for_tests"] = stored.type_id == TESTS_TYPE_ID
            context["statistics"] = statistics_of(stored)
            context["curl"] = curl_of(stored)
        return super().render_change_form(request, context, *args, **kwargs)
