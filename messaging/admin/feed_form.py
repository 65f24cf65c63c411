"""The feed's filters, read from the address bar."""

from typing import Any

from django import forms
from django.http import HttpRequest

from messaging.message_ids import message_number
from messaging.models import Mailing
from messaging.selectors_feed import FeedQuery
from messaging.vocabulary import Category, State
from projects.scope import projects_of, sees_everything, visible
from templates.models import Channel, MessageTemplate
from users.models import OmnichannelUser
from users.selectors_search import find_user_ids

MOST_CHOICES = 300
MOST_PEOPLE = 50
ANY = [("", "Any")]


class FeedForm(forms.Form):
    """Every filter is optional, and what isn't understood is told beside it."""

    q = forms.CharField(
        required=False,
        label="Search",
        max_length=300,
        widget=forms.TextInput(
            attrs={"placeholder": "client user id, e-mail, phone, push token, message id", "type": "search"}
        ),
    )
    project = forms.ChoiceField(required=False)
    channel = forms.ChoiceField(required=False, choices=[*ANY, *Channel.choices])
    category = forms.ChoiceField(required=False, choices=[*ANY, *Category.choices])
    mailing = forms.ChoiceField(required=False, label="Type or campaign")
    template = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, label="Status", choices=[*ANY, *State.choices])
    since = forms.DateTimeField(
        required=False, label="From (UTC)", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        required=False, label="Until (UTC)", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    user = forms.IntegerField(required=False, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET)
        self.request = request
        self.projects = list(projects_of(request.user).select_related("client").order_by("name"))
        self._offer("project", [(each.pk, str(each)) for each in self.projects])
        self._offer("mailing", self._mailings())
        self._offer("template", self._templates())

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [*ANY, *choices]

    def _mailings(self) -> list[tuple[int, str]]:
        """The newest, and the one that is asked for whatever its age."""
        mine = visible(Mailing.objects.all(), self.request.user)
        rows = list(mine.order_by("-pk")[:MOST_CHOICES])
        asked = self.data.get("mailing", "")
        if asked.isdecimal() and int(asked) not in {each.pk for each in rows}:
            rows += list(mine.filter(pk=int(asked)))
        return [(each.pk, f"{each.name} ({each.type_id or 'campaign'})") for each in rows]

    def _templates(self) -> list[tuple[int, str]]:
        mine = visible(MessageTemplate.objects.all(), self.request.user)
        rows = list(mine.order_by("name")[:MOST_CHOICES])
        asked = self.data.get("template", "")
        if asked.isdecimal() and int(asked) not in {each.pk for each in rows}:
            rows += list(mine.filter(pk=int(asked)))
        return [(each.pk, str(each)) for each in rows]

    def query(self) -> FeedQuery:
        """What is asked for; a filter that isn't understood is left out. People are looked up first."""
        told: dict[str, Any] = self.cleaned_data
        mine = [each.pk for each in self.projects]
        picked = int(told["project"]) if told.get("project") else None
        bound = [picked] if picked else mine
        message = message_number(told.get("q", "").strip()) if told.get("q") else None
        return FeedQuery(
            projects=None if sees_everything(self.request.user) and not picked else bound,
            channel=told.get("channel", ""),
            category=told.get("category", ""),
            state=told.get("state", ""),
            mailing=int(told["mailing"]) if told.get("mailing") else None,
            template=int(told["template"]) if told.get("template") else None,
            message=message,
            users=None if message else self._people(told, bound),
            since=told.get("since"),
            until=told.get("until"),
            before=told.get("before"),
        )

    def _people(self, told: dict[str, Any], projects: list[int]) -> list[int] | None:
        if told.get("user"):
            rows = OmnichannelUser.objects.filter(pk=told["user"], project_id__in=projects)
            return list(rows.values_list("pk", flat=True))
        return find_user_ids(projects, told["q"], limit=MOST_PEOPLE) if told.get("q", "").strip() else None

    def link(self, **changes: Any) -> str:
        """The address of this feed with other values; None takes a filter away."""
        query = self.request.GET.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = str(value)
        for name in [name for name, value in query.items() if not value]:
            query.pop(name)
        return f"?{query.urlencode()}"
