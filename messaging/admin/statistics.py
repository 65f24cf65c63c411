"""The statistics page: types and campaigns side by side over a span of days, a chart, and the same as a CSV."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.timezone import now

from messaging.admin.counted import chart_of
from messaging.admin.feed import mailing_link
from messaging.figures import ALL_COLUMNS, figure_text
from messaging.models import Mailing, Statistic
from messaging.selectors import Counters
from messaging.selectors_statistics import Period, by_day, by_mailing
from projects.admin.charts import bar_options
from projects.admin.scoped import ScopedAdmin
from projects.scope import projects_of, sees_everything
from templates.models import Channel
from users.spreadsheet_cells import as_csv

DAYS = 30
WHAT = ("project", "channel", "category", "name", "type_id")
COUNTED = (
    *("sent", "delivered", "opened", "clicked", "undelivered", "failed", "skipped", "in_doubt", "expired", "cancelled"),
    *("unsubscribed", "complained"),
)
TOTALS = ("sent", "delivered", "opened", "clicked", "undelivered", "failed", "skipped", "unsubscribed", "complained")


class PeriodForm(forms.Form):
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    project = forms.ChoiceField(required=False)
    channel = forms.ChoiceField(required=False, choices=[("", "Any"), *Channel.choices])

    def __init__(self, request: HttpRequest) -> None:
        today = now().date()
        given = {"since": (today - timedelta(days=DAYS - 1)).isoformat(), "until": today.isoformat()}
        super().__init__({**given, **{name: value for name, value in request.GET.items() if value}})
        self.request = request
        self.mine = list(projects_of(request.user).order_by("name"))
        field = self.fields["project"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [("", "Any"), *((each.pk, str(each)) for each in self.mine)]

    def period(self) -> Period:
        """What is asked for; what isn't understood is left out."""
        self.is_valid()
        told, today = self.cleaned_data, now().date()
        until = told.get("until") or today
        everything = sees_everything(self.request.user)
        picked = [int(told["project"])] if told.get("project") else None
        return Period(
            since=told.get("since") or until - timedelta(days=DAYS - 1),
            until=until,
            projects=picked or (None if everything else [each.pk for each in self.mine]),
            channel=told.get("channel", ""),
        )


@admin.register(Statistic)
class StatisticAdmin(ScopedAdmin):
    """Counters are kept by the pipeline: here they are looked at."""

    project_path = "mailing__project"
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page; `?format=csv` gives the table as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        form = PeriodForm(request)
        period = form.period()
        rows = by_mailing(period)
        if request.GET.get("format") == "csv":
            return _csv(rows)
        days = by_day(period)
        query = request.GET.copy()
        query["format"] = "csv"
        context = {
            **self.admin_site.each_context(request),
            "title": "Statistics",
            "content_title": "Statistics",
            "form": form,
            "filters": [form[name] for name in form.fields],
            "columns": ALL_COLUMNS,
            "rows": [
                (mailing, counters, _cells(mailing, counters), mailing_link(mailing)) for mailing, counters in rows
            ],
            "total": _total([counters for _, counters in days]),
            "chart": chart_of(days, ALL_COLUMNS) if days else "",
            "chart_options": bar_options(stacked=False),
            "csv": f"?{query.urlencode()}",
        }
        return TemplateResponse(request, "messaging/statistics_page.html", context)


def _total(days: list[Counters]) -> dict[str, int]:
    return {name: sum(getattr(each, name) for each in days) for name in TOTALS}


def _cells(mailing: Mailing, counters: Counters) -> list[str]:
    return [figure_text(mailing.channel, figure, counters) for figure in ALL_COLUMNS]


def _csv(rows: list[tuple[Mailing, Counters]]) -> HttpResponse:
    lines = [_csv_line(mailing, counters) for mailing, counters in rows]
    answer = HttpResponse(as_csv((*WHAT, "accepted", *COUNTED), lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="statistics.csv"'
    return answer


def _csv_line(mailing: Mailing, counters: Counters) -> list[object]:
    what = [mailing.project.name, mailing.channel, mailing.category, mailing.name, mailing.type_id or ""]
    return [*what, counters.audience, *(getattr(counters, name) for name in COUNTED)]
