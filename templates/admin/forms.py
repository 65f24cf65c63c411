"""The form of a template: its name, and the fields of its channel's content."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from projects.errors import DomainError, InvalidInput
from templates.content import LABELS, field_names
from templates.models import MessageTemplate
from templates.services.templates import check_content, check_name

PREFIX = "content_"
HELP = {
    "logo": "Address of a picture, https. May hold variables.",
    "subject": "The bold first line.",
    "text": "Personalise: {{ user.name }}, {{ user.any_custom_field }}, or {{ code }} from a request's data.",
    "link": "Where a tap leads. May hold variables.",
}


def _field(name: str) -> forms.Field:
    attrs: dict[str, Any] = {"data-content": name, "autocomplete": "off"}
    widget: forms.Widget = UnfoldAdminTextInputWidget(attrs=attrs)
    if name == "text":
        widget = UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 6})
    return forms.CharField(
        required=False, strip=False, label=LABELS[name], help_text=HELP[name], max_length=64 * 1024, widget=widget
    )


class TemplateForm(forms.ModelForm[MessageTemplate]):
    """Every channel's fields are there; the page shows those of the channel that is chosen."""

    content_logo = _field("logo")
    content_subject = _field("subject")
    content_text = _field("text")
    content_link = _field("link")

    class Meta:
        model = MessageTemplate
        fields = ["project", "channel", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.current:
            for name, value in self.instance.current.content.items():
                self.initial.setdefault(PREFIX + name, value)

    def clean(self) -> dict[str, Any]:
        """Ask the services, so that each mistake stands beside its field."""
        super().clean()
        project = self.cleaned_data.get("project") or (self.instance.project if self.instance.pk else None)
        if self.channel():
            self._ask(lambda: check_content(self.channel(), self.content()), PREFIX)
        if self.channel() and project and self.cleaned_data.get("name"):
            name = self.cleaned_data["name"]
            self._ask(lambda: check_name(project, channel=self.channel(), name=name, but=self.instance.pk), "")
        return self.cleaned_data

    def _ask(self, question: Any, prefix: str) -> None:
        try:
            question()
        except InvalidInput as error:
            for field, sentence in error.errors.items():
                self.add_error(prefix + field, sentence)
        except DomainError as error:
            self.add_error(None, error.message)

    def channel(self) -> str:
        """The channel, chosen now or when the template was made; "" where none is."""
        return str(self.cleaned_data.get("channel") or self.instance.channel or "")

    def content(self) -> dict[str, str]:
        """The fields of the channel as typed."""
        return {name: self.cleaned_data.get(PREFIX + name) or "" for name in field_names(self.channel())}
