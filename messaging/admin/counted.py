"""Lists of mailings with their counters: one query more, however many rows the page shows."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.timezone import now

from messaging.figures import (
    CLICK_RATE,
    CLICK_TO_OPEN,
    CLICKS,
    DELIVERED,
    FIGURES,
    MORE,
    OPEN_RATE,
    OPENS,
    SENDS,
    Figure,
    figure_text,
)
from messaging.models import Mailing
from messaging.selectors import Counters, counters_by_template, counters_of, daily_counters
from projects.admin.charts import bar_options
from projects.admin.paginator import QuietChangeList
from projects.admin.scoped import AuditedAdmin
from projects.scope import visible
from templates.models import MessageTemplate

DAYS = 30
CHANNEL_LABELS = {"App push": "info", "SMS": "success", "E-mail": "warning"}


class CountedChangeList(QuietChangeList):
    """Gives each row of the page `counters`."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]  # unfold has no types
        found = counters_of(row.pk for row in rows)
        for row in rows:
            row.counters = found[row.pk]
        self.result_list = rows


class CountedAdmin(AuditedAdmin):
    """Columns and tables of counters for types and campaigns; a channel fills those that it has."""

    figure_columns = ("sends", "delivered", "opens", "clicks", "open_rate", "click_rate", "click_to_open")

    @admin.display(description="Sends")
    def sends(self, mailing: Any) -> str:
        return figure_text(mailing.channel, SENDS, mailing.counters)

    @admin.display(description="Delivered")
    def delivered(self, mailing: Any) -> str:
        return figure_text(mailing.channel, DELIVERED, mailing.counters)

    @admin.display(description="Opens")
    def opens(self, mailing: Any) -> str:
        return figure_text(mailing.channel, OPENS, mailing.counters)

    @admin.display(description="Clicks")
    def clicks(self, mailing: Any) -> str:
        return figure_text(mailing.channel, CLICKS, mailing.counters)

    @admin.display(description="OR")
    def open_rate(self, mailing: Any) -> str:
        return figure_text(mailing.channel, OPEN_RATE, mailing.counters)

    @admin.display(description="CTR")
    def click_rate(self, mailing: Any) -> str:
        return figure_text(mailing.channel, CLICK_RATE, mailing.counters)

    @admin.display(description="CTOR")
    def click_to_open(self, mailing: Any) -> str:
        return figure_text(mailing.channel, CLICK_TO_OPEN, mailing.counters)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return CountedChangeList

    def mix_choices(self, request: HttpRequest, mailing: Mailing | None) -> list[MessageTemplate]:
        """The templates a mix may be made of: not archived, or in this mix already."""
        mine = visible(MessageTemplate.objects.order_by("name"), request.user)
        if mailing is None:
            return list(mine.filter(archived_at=None))
        mine = mine.filter(project=mailing.project_id, channel=mailing.channel)
        return list(mine.filter(Q(archived_at=None) | Q(mixes__mailing=mailing)).distinct())

    def facts(self, request: HttpRequest, mailing: Mailing | None, form: Any) -> dict[str, Any]:
        """For mailing-form.js: what is settled, and which project each choice belongs to."""
        if mailing:
            return {"project": mailing.project_id, "channel": mailing.channel}
        owners = {
            name: dict(form.fields[name].queryset.values_list("pk", "project_id"))
            for name in ("sender", "segments", "exclusions")
            if name in form.fields
        }
        channels = dict(form.fields["sender"].queryset.values_list("pk", "channel")) if "sender" in form.fields else {}
        return {"owners": owners, "channels": channels}


def statistics_of(mailing: Mailing) -> dict[str, Any]:
    """For messaging/statistics.html: totals, days of the last month, templates, and a chart."""
    since = now().date().fromordinal(now().date().toordinal() - DAYS + 1)
    days = daily_counters([mailing.pk], since=since)
    by_template = counters_by_template(mailing.pk)
    names = dict(mailing.project.message_templates.filter(pk__in=by_template).values_list("pk", "name"))
    total = counters_of([mailing.pk])[mailing.pk]
    columns = FIGURES[mailing.channel]
    variants = sorted((names.get(pk, "–"), counters) for pk, counters in by_template.items())
    return {
        "counters": total,
        "columns": columns,
        "totals": [(figure, figure.text(total)) for figure in (*columns, *MORE[mailing.channel])],
        "days": [(day, counters, _row(mailing, counters)) for day, counters in reversed(days)],
        "chart": chart_of(days, columns),
        "chart_options": bar_options(stacked=False),
        "variants": [(name, _row(mailing, counters)) for name, counters in variants],
    }


def _row(mailing: Mailing, counters: Counters) -> list[str]:
    return [figure.text(counters) for figure in FIGURES[mailing.channel]]


def chart_of(days: list[tuple[Any, Counters]], columns: Sequence[Figure]) -> str:
    """Chart.js' data as unfold's component takes it."""
    # Bars stand in front of each other, the first in front: the smallest has to be there.
    shown = [(CLICKS, "800"), (OPENS, "600"), (DELIVERED, "400"), (SENDS, "200")]
    sets = [
        {
            "label": figure.label,
            "backgroundColor": f"var(--color-primary-{shade})",
            "data": [figure.value(row) for _, row in days],
        }
        for figure, shade in shown
        if figure in columns
    ]
    return orjson.dumps({"labels": [f"{day:%-d %b}" for day, _ in days], "datasets": sets}).decode()
