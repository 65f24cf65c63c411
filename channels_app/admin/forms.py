"""The form of a sender: its own few fields, and the provider's credential fields from the provider's table."""

from collections.abc import Iterator
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from channels_app.contract import CredentialError, CredentialField, Provider
from channels_app.models import Sender
from channels_app.services.senders import ADDRESS_RULES, check_unique
from projects.errors import InvalidInput

PREFIX = "credential_"
FILE = "_file"
FORGET = "_forget"
ADDRESS_HELP = {
    "sms": "What phones show: the number in E.164 form, or up to 11 letters and digits.",
    "email": "The address that letters come from. Its domain should let your mail server send for it (SPF, DKIM).",
}
MOST_FILE = 64 * 1024
STORED = "Stored. Paste a new one to replace it."


class SenderForm(forms.ModelForm):  # type: ignore[type-arg]  # the model is one of the proxies
    """What every sender has. `credential_forms` makes the subclass with a provider's fields."""

    provider_kind: Provider

    class Meta:
        model = Sender
        fields = ["project", "name", "address", "rate_per_second"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "address" in self.fields:
            self.fields["address"].help_text = ADDRESS_HELP[self.provider_kind.channel]

    def clean_address(self) -> str:
        try:
            return ADDRESS_RULES[self.provider_kind.channel](self.cleaned_data["address"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Ask the provider about the credentials, so that a mistake stands beside its field."""
        super().clean()
        for spec in self.provider_kind.fields:
            self._take_file(spec)
        self._ask_provider()
        if not self.errors:
            self._look_for_others()
        return self.cleaned_data

    def _look_for_others(self) -> None:
        project = self.cleaned_data.get("project") or self.instance.project
        kind = self.provider_kind
        draft = Sender(pk=self.instance.pk, project=project, channel=kind.channel, provider=kind.name)
        draft.name = self.cleaned_data["name"].strip()
        try:
            check_unique(draft)
        except InvalidInput as error:
            for field, sentence in error.errors.items():
                self.add_error(field if field in self.fields else None, sentence)

    def _take_file(self, spec: CredentialField) -> None:
        upload = self.cleaned_data.get(PREFIX + spec.name + FILE)
        if not upload:
            return
        if upload.size > MOST_FILE:
            self.add_error(PREFIX + spec.name, "This file is too big to be a key.")
            return
        try:
            self.cleaned_data[PREFIX + spec.name] = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error(PREFIX + spec.name, "This file isn't text: choose the key file as you got it.")

    def _ask_provider(self) -> None:
        kept = {} if self._state_is_new() else {spec.name: self._stored(spec) for spec in self.provider_kind.fields}
        given = {name: value for name, value in self.values().items() if value.strip()}
        try:
            self.provider_kind.clean({**kept, **given})
        except CredentialError as error:
            self.add_error(PREFIX + error.field, error.sentence)

    def _state_is_new(self) -> bool:
        return self.instance.pk is None

    def _stored(self, spec: CredentialField) -> str:
        if not spec.secret or spec.name in self.forgotten():
            return ""
        return str(self.instance.credentials.get(spec.name, ""))

    def values(self) -> dict[str, str]:
        """The credentials as typed or uploaded; "" where nothing was."""
        return {spec.name: self.cleaned_data.get(PREFIX + spec.name) or "" for spec in self.provider_kind.fields}

    def forgotten(self) -> list[str]:
        """The secrets to be removed."""
        specs = self.provider_kind.fields
        return [spec.name for spec in specs if self.cleaned_data.get(PREFIX + spec.name + FORGET)]


def sender_form(kind: Provider, stored: dict[str, str] | None) -> type[SenderForm]:
    """The form's class for a provider; `stored` are the credentials of the sender that is changed."""
    fields: dict[str, Any] = {"provider_kind": kind}
    for spec in kind.fields:
        fields.update(_fields(spec, stored))
    return type("ProviderSenderForm", (SenderForm,), fields)


def credential_names(kind: Provider, stored: dict[str, str] | None) -> list[Any]:
    """The names of the form's credential fields, in order, for a fieldset."""
    return [name for spec in kind.fields for name, _ in _fields(spec, stored)]


def _fields(spec: CredentialField, stored: dict[str, str] | None) -> Iterator[tuple[str, forms.Field]]:
    name = PREFIX + spec.name
    has_secret = bool(spec.secret and stored and stored.get(spec.name))
    yield name, _field(spec, stored, has_secret=has_secret)
    if spec.kind in {"json-file", "key-file"}:
        accept = ".json,application/json" if spec.kind == "json-file" else ".p8,.pem"
        yield (
            name + FILE,
            forms.FileField(
                required=False,
                label="… or its file",
                widget=UnfoldAdminFileFieldWidget(attrs={"accept": accept}),
            ),
        )
    if has_secret and not spec.required:
        label = f"Remove the stored {spec.label.lower()}"
        yield name + FORGET, forms.BooleanField(required=False, label=label, widget=UnfoldBooleanSwitchWidget)


def _field(spec: CredentialField, stored: dict[str, str] | None, *, has_secret: bool) -> forms.Field:
    # Whether a field must be filled is the provider's word (SenderForm.clean): a file may stand in for a pasted key.
    shared: dict[str, Any] = {
        "required": False,
        "label": spec.label,
        "help_text": spec.help_text,
        "initial": spec.default if spec.secret or not stored else stored.get(spec.name, spec.default),
    }
    placeholder = STORED if has_secret else ""
    if spec.kind == "choice":
        return forms.ChoiceField(choices=spec.choices, widget=UnfoldAdminSelectWidget, **shared)
    if spec.kind in {"textarea", "json-file", "key-file"}:
        attrs = {"rows": 4, "placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"}
        return forms.CharField(max_length=MOST_FILE, widget=UnfoldAdminTextareaWidget(attrs=attrs), **shared)
    attrs = {"placeholder": placeholder, "autocomplete": "off"}
    return forms.CharField(max_length=512, widget=UnfoldAdminTextInputWidget(attrs=attrs), **shared)
