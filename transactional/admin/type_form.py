"""The form of a type: everything goes through the services, so the panel and the API share every rule."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from messaging.admin.mix import MixField
from messaging.vocabulary import Category
from projects.admin.scoped import beside_field
from projects.services.rehearsals import mistakes_of
from transactional.models import TransactionalType
from transactional.services.types import TypeDraft, create_type, set_active, update_type

FORM_NAMES = {"templates": "mix", "weights": "mix"}
CATEGORIES = [(each.value, each.label) for each in (Category.SYSTEM, Category.TRIGGER)]


class TypeForm(forms.ModelForm[TransactionalType]):
    type_id = forms.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        label="Type ID",
        help_text="Your own number for this type; the API sends by it. Unique in the project and channel.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    category = forms.ChoiceField(
        choices=CATEGORIES,
        help_text="System: what somebody asked for, such as a code. Trigger: what an event sets off.",
        widget=UnfoldAdminSelectWidget,
    )
    mix = MixField(label="Templates", help_text="Each message draws one of them, by weight.")

    class Meta:
        model = TransactionalType
        fields = ["project", "channel", "category", "name", "type_id", "sender", "is_open"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["mix"] = dict(self.instance.mix.values_list("template_id", "weight"))

    def clean(self) -> dict[str, Any]:
        """Ask the service: every refusal stands beside its field."""
        if not self.errors:
            for field, sentence in mistakes_of(self.perform).items():
                beside_field(self, FORM_NAMES.get(field, field), sentence)
        return self.cleaned_data

    def perform(self) -> TransactionalType:
        """Make or change the type."""
        told = self.cleaned_data
        channel = told.get("channel") or self.instance.channel
        draft = TypeDraft(
            channel=channel,
            category=told["category"],
            name=told["name"],
            type_id=told["type_id"],
            weights=told["mix"],
            sender=told.get("sender") if channel != "app_push" else None,
        )
        if self.instance.pk:
            stored = TransactionalType.objects.select_related("project").get(pk=self.instance.pk)
            update_type(stored, draft)
        else:
            stored = create_type(told["project"], draft)
        set_active(stored, is_active=told.get("is_open", True))
        return stored
