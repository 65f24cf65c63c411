"""The weighted mix of templates as one field of a form: rows of template and weight, the share beside each."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from templates.models import MessageTemplate

Row = tuple[str, str]
LARGEST = 10_000


class MixWidget(forms.Widget):
    """Names: `<name>-template` and `<name>-weight`, once a row. `templates` are offered; the page narrows them."""

    template_name = "messaging/mix.html"
    templates: Iterable[MessageTemplate] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = list(value.items()) if isinstance(value, Mapping) else list(value or [])
        context["rows"] = [(str(template), weight) for template, weight in rows] or [("", 1)]
        context["templates"] = list(self.templates)
        context["add_url"] = reverse("admin:templates_messagetemplate_add")
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        if not isinstance(data, QueryDict | MultiValueDict):
            return []
        chosen, weights = data.getlist(f"{name}-template"), data.getlist(f"{name}-weight")
        return [row for row in zip(chosen, weights, strict=False) if row[0]]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-template" not in data


class MixField(forms.Field):
    """Cleans to {template id: weight}. Whether templates fit the mailing is the service's question."""

    widget = MixWidget

    def clean(self, value: list[Row]) -> dict[int, int]:
        if not value and self.required:
            raise forms.ValidationError("Choose at least one template.")
        mix: dict[int, int] = {}
        for template, weight in value:
            number = int(template) if template.isdecimal() else 0
            if number in mix:
                raise forms.ValidationError(
                    "A template is in the mix twice: give it one row with both weights together."
                )
            mix[number] = self._weight(weight)
        if mix and not any(mix.values()):
            raise forms.ValidationError("All weights are zero: give at least one template a weight of 1 or more.")
        if any(weight == 0 for weight in mix.values()):
            raise forms.ValidationError("A weight of zero would never be drawn: remove that template instead.")
        return mix

    @staticmethod
    def _weight(text: str) -> int:
        if not text.strip().isdecimal() or int(text) > LARGEST:
            raise forms.ValidationError("A weight is a whole number from 1 to 10,000.")
        return int(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return {str(key): str(value) for key, value in (initial or {}).items()} != dict(data or [])
