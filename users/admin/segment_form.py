"""The forms of segments: one for lists of people, one for rules."""

import csv
import io
import json
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from projects.admin.scoped import beside_field
from projects.errors import InvalidInput
from projects.models import Operator
from projects.services.rehearsals import mistakes_of
from users.models import Segment, SegmentUpload
from users.segment_csv import read_rows
from users.services.segment_uploads import upload_csv
from users.services.segments import create_segment, rename_segment, save_rules
from users.vocabulary import SegmentKind

IDENTIFIERS = [("client_user_id", "client user ids"), ("email", "e-mails"), ("phone", "phones")]


class SegmentForm(forms.ModelForm[Segment]):
    """What both kinds share: the name, and asking the service before saving."""

    kind = SegmentKind.STATIC

    class Meta:
        model = Segment
        fields = ["project", "name"]

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            for field, sentence in mistakes_of(self.perform).items():
                beside_field(self, "rules" if field.startswith("rules") else field, sentence)
        return self.cleaned_data

    def perform(self) -> Segment:
        """Make or change the segment, its people left aside."""
        told = self.cleaned_data
        if not self.instance.pk:
            return create_segment(told["project"], name=told["name"], kind=self.kind, rules=told.get("rules"))
        stored = Segment.objects.select_related("project").get(pk=self.instance.pk)
        if stored.name != told["name"]:
            rename_segment(stored, name=told["name"])
        if "rules" in told and told["rules"] != stored.rules:
            save_rules(stored, rules=told["rules"])
        return stored


class StaticForm(SegmentForm):
    """People come from a file or are typed in."""

    file = forms.FileField(
        required=False,
        label="Add people from a CSV",
        help_text="A column client_user_id, email or phone; commas, semicolons or tabs. Up to 1,000,000 rows, 20 MB.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    people = forms.CharField(
        required=False,
        label="Add people by hand",
        help_text="One a line.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )
    people_are = forms.ChoiceField(
        required=False, label="These lines are", choices=IDENTIFIERS, widget=UnfoldAdminSelectWidget
    )

    def clean_file(self) -> Any:
        """Look at the file's beginning: whether it is a CSV with a column that names people."""
        file = self.cleaned_data.get("file")
        if file:
            try:
                next(read_rows(file), None)
            except InvalidInput as error:
                raise forms.ValidationError(error.message) from error
        return file

    def take_people(self, segment: Segment, *, operator: Operator | None) -> list[SegmentUpload]:
        """Put the file's and the typed people into the segment; one upload each."""
        uploads = []
        if file := self.cleaned_data.get("file"):
            uploads.append(upload_csv(segment, file=file, file_name=file.name, operator=operator))
        if lines := [line.strip() for line in self.cleaned_data.get("people", "").splitlines() if line.strip()]:
            typed = self._as_csv(lines)
            uploads.append(upload_csv(segment, file=typed, file_name="added by hand", operator=operator))
        return uploads

    def _as_csv(self, lines: list[str]) -> io.BytesIO:
        text = io.StringIO()
        csv.writer(text).writerows(
            [[self.cleaned_data.get("people_are") or "client_user_id"], *([line] for line in lines)]
        )
        return io.BytesIO(text.getvalue().encode("utf-8", errors="replace"))


class DynamicForm(SegmentForm):
    """The builder writes the rules into a hidden field."""

    kind = SegmentKind.DYNAMIC
    rules = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-rules": "1"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["rules"] = json.dumps(self.instance.rules or {})

    def clean_rules(self) -> Any:
        """The rules as JSON; whether they make sense is the service's question."""
        try:
            return json.loads(self.cleaned_data["rules"] or "{}")
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("The rules aren't JSON.") from error
