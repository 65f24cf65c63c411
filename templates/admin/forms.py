"""The form of a template: its name, and the fields of its channel's content."""

from typing import Any

from django import forms
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from projects.errors import DomainError, InvalidInput
from templates import limits
from templates.content import CONTENT_KINDS, LABELS, field_names, label_of
from templates.models import Channel, MessageTemplate
from templates.services.templates import check_content, check_name

PREFIX = "content_"
MESSAGE_FIELDS = [PREFIX + name for name in LABELS]
PERSONALISE = "Personalise: {{ user.name }}, {{ user.any_custom_field }}, or {{ code }} from a request's data."
HELP = {
    "logo": "Address of a picture, https. May hold variables.",
    "subject": "The bold first line.",
    "preheader": "What an inbox shows beside the subject; the opened mail doesn't show it.",
    "html": f"{PERSONALISE} Style rules are put into the elements when the mail is made. "
    "{{ unsubscribeLink }} leads to the person's own page.",
    "text": PERSONALISE,
    "link": "Where a tap leads. May hold variables.",
}
HELP_OF_EMAIL = {
    "subject": "The line that an inbox shows. May hold variables.",
    "text": "For programs that show no HTML. Empty: it is made from the HTML.",
}
ROWS = {"text": 6, "html": 24}


def words_of_channels() -> dict[str, dict[str, tuple[str, str]]]:
    """By channel and field, the label and the help, which differ for some."""
    return {channel: {name: _words(channel, name) for name in field_names(channel)} for channel in CONTENT_KINDS}


def _words(channel: str, name: str) -> tuple[str, str]:
    help_text = HELP_OF_EMAIL.get(name, HELP[name]) if channel == Channel.EMAIL else HELP[name]
    return label_of(CONTENT_KINDS[channel], name), help_text


def _marked(help_text: str) -> str:
    """So that the page can say something else when another channel is chosen."""
    return format_html("<span data-help>{}</span>", help_text)


def _field(name: str) -> forms.Field:
    attrs: dict[str, Any] = {"data-content": name, "autocomplete": "off"}
    widget: forms.Widget = UnfoldAdminTextInputWidget(attrs=attrs)
    if name in ROWS:
        code = {"spellcheck": "false", "wrap": "off"} if name == "html" else {}
        widget = UnfoldAdminTextareaWidget(attrs={**attrs, **code, "rows": ROWS[name]})
    most = limits.HTML_SOURCE if name == "html" else limits.SOURCE
    return forms.CharField(
        required=False, strip=False, label=LABELS[name], help_text=_marked(HELP[name]), max_length=most, widget=widget
    )


class TemplateForm(forms.ModelForm[MessageTemplate]):
    """Every channel's fields are there; the page shows those of the channel that is chosen."""

    content_logo = _field("logo")
    content_subject = _field("subject")
    content_preheader = _field("preheader")
    content_html = _field("html")
    content_text = _field("text")
    content_link = _field("link")

    class Meta:
        model = MessageTemplate
        fields = ["project", "channel", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.channel in CONTENT_KINDS:
            self._say_channel(self.instance.channel)
        if self.instance.current:
            for name, value in self.instance.current.content.items():
                self.initial.setdefault(PREFIX + name, value)

    def _say_channel(self, channel: str) -> None:
        for name in field_names(channel):
            if PREFIX + name in self.fields:
                field = self.fields[PREFIX + name]
                label, help_text = _words(channel, name)
                field.label, field.help_text = label, _marked(help_text)

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
