"""The form of a user: what the API could change, with the API's own rules."""

import json
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from projects.admin.scoped import beside_field
from projects.services.rehearsals import mistakes_of
from users.models import OmnichannelUser
from users.segment_catalogue import default_fields
from users.selectors_addresses import emails_and_phones
from users.services.people import create_user, update_user

COLUMNS = ("name", "gender", "language", "country", "platform_id", "vip", "age", "photo", "ak", "time_zone")
ADDRESSES = ("email", "phone")
FORM_NAMES = {"": "client_user_id", "fields": "custom_fields"}


@cache
def _choices(name: str) -> list[tuple[str, str]]:
    found = next(spec.choices for spec in default_fields() if spec.name == name)
    return [("", "Unknown"), *((str(key), f"{label} ({key})") for key, label in found)]


def _text(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        required=False,
        label=label,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


class PersonForm(forms.ModelForm[OmnichannelUser]):
    """Addresses and custom fields beside the profile; everything goes through the services of the API."""

    client_user_id = forms.CharField(
        max_length=255,
        label="Client user id",
        help_text="Your systems' own id of this person. It can't be changed later.",
        widget=UnfoldAdminTextInputWidget,
    )
    language = forms.ChoiceField(required=False, choices=lambda: _choices("language"), widget=UnfoldAdminSelect2Widget)
    country = forms.ChoiceField(required=False, choices=lambda: _choices("country"), widget=UnfoldAdminSelect2Widget)
    time_zone = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "The project's"), *((zone, zone) for zone in sorted(available_timezones()))],
        widget=UnfoldAdminSelect2Widget,
    )
    email = _text("E-mail")
    phone = _text(
        "Phone", "With the country code, such as +380441234567; without it, it is read as the project's country's."
    )
    app_push_token = _text("Push token", "FCM or APNs: which of them is seen from its form.")
    custom_fields = forms.CharField(
        required=False,
        label="Custom fields",
        help_text='A JSON object such as {"city": "Kyiv", "orders": 3}. A field left out is removed.',
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false", "class": "font-mono"}),
    )

    class Meta:
        model = OmnichannelUser
        fields = ["project", "client_user_id", *COLUMNS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.instance
        self.initial["custom_fields"] = json.dumps(user.fields, ensure_ascii=False, indent=2) if user.fields else ""
        if user.pk:
            self.initial.update(emails_and_phones([user.pk]).get(user.pk, {}))

    def clean_custom_fields(self) -> dict[str, Any]:
        """The JSON as an object."""
        text = self.cleaned_data["custom_fields"].strip()
        try:
            read = json.loads(text) if text else {}
        except ValueError as error:
            raise forms.ValidationError(f"This isn't JSON: {error}.") from error
        if not isinstance(read, dict):
            raise forms.ValidationError('Give a JSON object, such as {"city": "Kyiv"}.')
        return read

    def clean(self) -> dict[str, Any]:
        """Ask the service, so that every refusal stands beside its field."""
        if not self.errors:
            for field, sentence in mistakes_of(self.perform).items():
                name, _, inner = field.partition(".")
                beside_field(self, FORM_NAMES.get(name, name), f"{inner}: {sentence}" if inner else sentence)
        return self.cleaned_data

    def perform(self) -> OmnichannelUser:
        """Make or change the user."""
        if self.instance.pk:
            stored = OmnichannelUser.objects.select_related("project").get(pk=self.instance.pk)
            return update_user(stored.project, client_user_id=str(stored.client_user_id), payload=self._payload(stored))
        payload = {"client_user_id": self.cleaned_data["client_user_id"], **self._payload(None)}
        return create_user(self.cleaned_data["project"], payload=payload)

    def _payload(self, stored: OmnichannelUser | None) -> dict[str, Any]:
        told = self.cleaned_data
        payload = {name: told[name] for name in (*COLUMNS, *ADDRESSES, "app_push_token") if name in told}
        if not payload.get("app_push_token"):
            payload.pop("app_push_token", None)  # empty would take the devices away
        if "custom_fields" in told:
            removed = dict.fromkeys(stored.fields) if stored else {}
            payload["fields"] = {**removed, **told["custom_fields"]}
        return payload
