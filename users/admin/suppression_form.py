"""The forms of the suppression list: one address, and many."""

import io
from typing import IO, Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from projects.admin.scoped import beside_field
from projects.errors import InvalidInput
from projects.models import Operator, Project
from users.consent_sources import Reach, Source
from users.models import Suppression
from users.selectors_consent import CHANNELS
from users.services.consent import EASILY_LIFTED, suppress
from users.services.suppression_import import parse_value
from users.vocabulary import AddressKind

KINDS = [(str(kind), label) for kind, label in CHANNELS.items()]
MOST_BYTES = 10 * 1024 * 1024


class SuppressionForm(forms.ModelForm[Suppression]):
    """One address, written in any form that the API takes."""

    class Meta:
        model = Suppression
        fields = ["project", "kind", "value", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            self.fields["kind"].label = "Channel"
            self.fields["kind"].choices = KINDS  # type: ignore[attr-defined]  # a choice field by its column
        if "value" in self.fields:
            self.fields["value"].widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
            self.fields["value"].label = "Address"
            self.fields[
                "value"
            ].help_text = "The e-mail, the phone (without +: of the project's country), or the token."

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self._read()
            except InvalidInput as error:
                beside_field(self, "value", error.message)
        return self.cleaned_data

    def _read(self) -> None:
        told = self.cleaned_data
        told["value"] = parse_value(told["project"], AddressKind(told["kind"]), told["value"]).value
        same = Suppression.objects.filter(project=told["project"], kind=told["kind"], value=told["value"])
        known = same.exclude(source_id__in=EASILY_LIFTED).filter(reach=Reach.NOTHING).first()
        if known:
            raise InvalidInput({"value": f"This address is on the list already: {known.get_source_id_display()}."})

    def _get_validation_exclusions(self) -> set[str]:
        """Not its uniqueness: the service knows what to do with an address that is listed for a weaker reason."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's own hook, untyped
        return exclusions | {"value"}

    def perform(self, operator: Operator) -> Suppression:
        """Suppress it; one that is on the list for a weaker reason is from now on there by an operator's choice."""
        told = self.cleaned_data
        return suppress(
            told["project"],
            kind=AddressKind(told["kind"]),
            value=told["value"],
            source=Source.SUPPRESSION_LIST,
            reason=told["reason"],
            operator=operator,
        )


class ImportForm(forms.Form):
    """Many addresses of one channel, from a file or pasted."""

    project = forms.ModelChoiceField(queryset=Project.objects.none(), widget=UnfoldAdminSelectWidget())
    kind = forms.ChoiceField(label="Channel", choices=KINDS, widget=UnfoldAdminSelectWidget())
    file = forms.FileField(
        required=False,
        label="A CSV or text file",
        help_text="An address a line, or a column named value, email, phone or token. Up to 100,000 lines, 10 MB.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    lines = forms.CharField(
        required=False,
        label="Or paste them",
        help_text="An address a line.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
    )
    reason = forms.CharField(
        required=False,
        max_length=255,
        help_text="Kept with each address.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        file, lines = told.get("file"), told.get("lines", "").strip()
        if bool(file) == bool(lines):
            self.add_error("file", "Choose a file, or paste addresses below: one of the two.")
        elif file and file.size > MOST_BYTES:
            self.add_error("file", "The file is larger than 10 MB: divide it into several.")
        return told

    def content(self) -> IO[bytes]:
        """What was chosen or pasted."""
        file: IO[bytes] = self.cleaned_data["file"] or io.BytesIO(self.cleaned_data["lines"].encode())
        return file
