"""Lists of mailings with their counters: one query more, however many rows the page shows."""

from typing import Any

import orjson
from django.db.models import Q
from django.http import HttpRequest
from django.utils.timezone import now

from messaging.models import Mailing
from messaging.selectors import Counters, counters_by_template, counters_of, daily_counters
from projects.admin.paginator import QuietChangeList
from projects.admin.scoped import AuditedAdmin
from projects.scope import visible
from templates.models import Channel, MessageTemplate

DAYS = 30


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
    """Columns and tables of counters for types and campaigns."""

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
        return {"owners": owners}


def statistics_of(mailing: Mailing) -> dict[str, Any]:
    """For messaging/statistics.html: totals, days of the last month, templates, and a chart."""
    since = now().date().fromordinal(now().date().toordinal() - DAYS + 1)
    days = daily_counters([mailing.pk], since=since)
    by_template = counters_by_template(mailing.pk)
    names = dict(mailing.project.message_templates.filter(pk__in=by_template).values_list("pk", "name"))
    return {
        "counters": counters_of([mailing.pk])[mailing.pk],
        "days": list(reversed(days)),
        "chart": chart_of(days, has_clicks=mailing.channel == Channel.APP_PUSH),
        "variants": sorted((names.get(pk, "–"), counters) for pk, counters in by_template.items()),
        "has_clicks": mailing.channel == Channel.APP_PUSH,
    }


def chart_of(days: list[tuple[Any, Counters]], *, has_clicks: bool) -> str:
    """Chart.js' data as unfold's component takes it."""
    # Bars stand in front of each other, the first in front: the smallest has to be there.
    shown = [("Clicks", "clicked", "800"), ("Delivered", "delivered", "500"), ("Sends", "sent", "200")]
    sets = [
        {
            "label": label,
            "backgroundColor": f"var(--color-primary-{shade})",
            "data": [getattr(row, name) for _, row in days],
        }
        for label, name, shade in shown
        if has_clicks or name != "clicked"
    ]
    return orjson.dumps({"labels": [f"{day:%-d %b}" for day, _ in days], "datasets": sets}).decode()
