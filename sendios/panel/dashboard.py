"""What is worth knowing on opening the panel; the number of queries doesn't depend on how much there is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from campaigns.models import Campaign, CampaignState
from channels_app.models import Sender
from channels_app.models.senders import SenderStatus
from messaging.models import Message, Statistic
from projects.admin.charts import bar_options
from projects.models import Operator, Project
from projects.scope import projects_of, visible
from sendios.panel.navigation import SENDER_PAGES
from templates.models import Channel, MessageTemplate
from transactional.models import TransactionalType
from users.models import OmnichannelUser

DAYS = 14
UNDER_WAY = [CampaignState.SENDING, CampaignState.PAUSED, CampaignState.SCHEDULED]
COLOURS = {
    Channel.APP_PUSH: "var(--color-primary-600)",
    Channel.SMS: "var(--color-primary-300)",
    Channel.EMAIL: "var(--color-primary-800)",
}

# No mail server tells what was delivered: of e-mails it is known what was opened.
_SENT, _DELIVERED, _OPENED, _CLICKED, _FAILED = (
    *(("Sent", "sent_"), ("Delivered", "delivered_"), ("Opened", "opened_")),
    *(("Clicked", "clicked_"), ("Failed", "failed_")),
)
TODAY = {
    Channel.APP_PUSH: (_SENT, _DELIVERED, _CLICKED, _FAILED),
    Channel.SMS: (_SENT, _DELIVERED, _CLICKED, _FAILED),
    Channel.EMAIL: (_SENT, _OPENED, _CLICKED, ("Failed, bounced", "failed_")),
}

STEPS = (
    ("has_sender", "Add an FCM or APNs identifier, or an SMS or e-mail sender", "channels_app_fcmidentifier_add"),
    ("has_template", "Write a template", "templates_messagetemplate_add"),
    ("has_type", "Make a transactional type", "transactional_transactionaltype_add"),
    ("has_user", "Add a user (by the API or in the panel)", "users_omnichanneluser_changelist"),
    ("has_message", "Send the first message", "messaging_message_changelist"),
)


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """One channel's messages that were accepted today (UTC), and how they fared: (words, count)."""

    title: str
    accepted: int
    facts: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a project has come to its first message: (sentence, link, done)."""

    project: Project
    steps: list[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class Dashboard:
    channels: list[ChannelDay]
    chart: str
    chart_options: str
    campaigns: list[Campaign]
    troubled_senders: list[tuple[Sender, str]]
    first_steps: list[FirstSteps]
    has_projects: bool


def dashboard_of(operator: Operator | AnonymousUser) -> Dashboard:
    """The dashboard of what this operator may see: seven queries at most."""
    days = list(_days(operator))
    projects = list(_projects(operator))
    return Dashboard(
        channels=[_today(channel, days) for channel in Channel],
        chart=_chart(days),
        chart_options=bar_options(stacked=True),
        campaigns=list(_campaigns(operator)),
        troubled_senders=[(sender, _sender_link(sender)) for sender in _troubled_senders(operator)],
        first_steps=[_first_steps(project) for project in projects if not project.has_message],  # type: ignore[attr-defined]  # annotated
        has_projects=bool(projects),
    )


def _days(operator: Operator | AnonymousUser) -> Iterable[Mapping[str, Any]]:
    since = timezone.now().date() - timedelta(days=DAYS - 1)
    rows = visible(Statistic.objects.filter(day__gte=since), operator, path="mailing__project")
    return rows.values("day", channel=F("mailing__channel")).annotate(
        accepted=Sum("audience"),
        sent_=Sum("sent"),
        delivered_=Sum("delivered"),
        opened_=Sum("opened"),
        clicked_=Sum("clicked"),
        failed_=Sum(F("failed") + F("undelivered")),
    )


def _today(channel: Channel, days: Sequence[Mapping[str, Any]]) -> ChannelDay:
    today = timezone.now().date()
    row = next((each for each in days if each["day"] == today and each["channel"] == channel), {})
    facts = [(words, row.get(name, 0)) for words, name in TODAY[channel]]
    return ChannelDay(str(channel.label), row.get("accepted", 0), facts)


def _chart(days: Sequence[Mapping[str, Any]]) -> str:
    """Chart.js' data: messages handed over a day, one stack a channel."""
    today = timezone.now().date()
    axis: list[date] = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    sent = {(row["day"], row["channel"]): row["sent_"] for row in days}
    sets = [
        {"label": str(channel.label), "backgroundColor": colour, "data": [sent.get((day, channel), 0) for day in axis]}
        for channel, colour in COLOURS.items()
    ]
    return orjson.dumps({"labels": [day.strftime("%-d %b") for day in axis], "datasets": sets}).decode()


def _campaigns(operator: Operator | AnonymousUser) -> QuerySet[Campaign]:
    rows = visible(Campaign.objects.filter(state__in=UNDER_WAY), operator, path="project")
    totals = rows.annotate(
        audience=Coalesce(Sum("statistics__audience"), 0),
        done=Coalesce(
            Sum(
                F("statistics__sent")
                + F("statistics__failed")
                + F("statistics__skipped")
                + F("statistics__in_doubt")
                + F("statistics__expired")
                + F("statistics__cancelled")
            ),
            0,
        ),
    )
    return totals.select_related("project").order_by("-launched_at", "-pk")[:6]


def _troubled_senders(operator: Operator | AnonymousUser) -> QuerySet[Sender]:
    rows = visible(Sender.objects.filter(Q(status=SenderStatus.PAUSED) | Q(check_ok=False)), operator)
    return rows.defer("credentials").select_related("project").order_by("name")[:10]


def _sender_link(sender: Sender) -> str:
    kind = SENDER_PAGES.get(sender.provider, "smssender")
    try:
        return reverse(f"admin:channels_app_{kind}_change", args=[sender.pk])
    except NoReverseMatch:
        return ""


def _projects(operator: Operator | AnonymousUser) -> QuerySet[Project]:
    """The newest projects with what each already has."""
    of_project = {"project": OuterRef("pk")}
    return (
        projects_of(operator)
        .annotate(
            has_sender=Exists(Sender.objects.filter(**of_project)),
            has_template=Exists(MessageTemplate.objects.filter(**of_project)),
            has_type=Exists(TransactionalType.objects.filter(**of_project)),
            has_user=Exists(OmnichannelUser.objects.filter(**of_project)),
            has_message=Exists(Message.objects.filter(**of_project)),
        )
        .select_related("client")
        .order_by("-created_at")[:3]
    )


def _first_steps(project: Project) -> FirstSteps:
    steps = [(sentence, _link(page), bool(getattr(project, name))) for name, sentence, page in STEPS]
    return FirstSteps(project, steps)


def _link(page: str) -> str:
    try:
        return reverse(f"admin:{page}")
    except NoReverseMatch:
        return ""
