"""The screen before a launch: who gets it, who doesn't and why, what it takes, what they will see."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from campaigns.admin.moves import in_words, page_of, sentences_of
from campaigns.forecasts import Forecast, forecast
from campaigns.models import Campaign
from campaigns.services.control import launch_campaign, schedule_campaign
from projects.errors import DomainError
from projects.models import Operator
from templates.content import to_json
from templates.models import Channel
from users.vocabulary import PushProvider

PROVIDERS = dict(PushProvider.choices)
OTHERS = {Channel.SMS: "phones", Channel.EMAIL: "mailboxes"}


def launch_page(request: HttpRequest, page: Any, campaign: Campaign) -> HttpResponse:
    """GET shows the forecast. POST `go`: "now" launches, "schedule" lets it start at its time."""
    if request.method == "POST" and request.POST.get("go") in {"now", "schedule"}:
        return _go(request, page, campaign, is_now=request.POST["go"] == "now")
    context = {
        **page.admin_site.each_context(request),
        "title": f"Launch {campaign.name}",
        "opts": page.opts,
        "original": campaign,
        "campaign": campaign,
        "back": page_of(campaign),
        "starts_at": _starts_at(campaign),
        "is_past": bool(campaign.starts_at and campaign.starts_at <= now()),
        "is_scheduled": campaign.state == "scheduled",
        **_forecast_of(campaign),
    }
    return TemplateResponse(request, "campaigns/launch.html", context)


def _go(request: HttpRequest, page: Any, campaign: Campaign, *, is_now: bool) -> HttpResponse:
    move = launch_campaign if is_now else schedule_campaign
    try:
        move(campaign, operator=request.user if isinstance(request.user, Operator) else None)
    except DomainError as error:
        for sentence in sentences_of(error):
            page.message_user(request, sentence, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())
    told = "Launched." if is_now else f"Scheduled: it starts by itself at {_starts_at(campaign)}."
    page.message_user(request, told, messages.SUCCESS)
    return HttpResponseRedirect(page_of(campaign))


def _starts_at(campaign: Campaign) -> str:
    if campaign.starts_at is None:
        return ""
    zone = campaign.project.time_zone
    return f"{campaign.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _forecast_of(campaign: Campaign) -> dict[str, Any]:
    """The forecast for the template, or the sentences why there is none."""
    try:
        found = forecast(campaign)
    except DomainError as error:
        return {"problems": sentences_of(error), "forecast": None}
    return {
        "forecast": found,
        "problems": list(found.problems.values()),
        "duration": in_words(found.seconds),
        "by_provider": [(_receivers(campaign, name), count) for name, count in found.by_provider.items()],
        "previews": _previews(found),
        "sender_name": _sender_name(campaign),
    }


def _receivers(campaign: Campaign, provider: str) -> str:
    return PROVIDERS.get(provider) or OTHERS[Channel(campaign.channel)]


def _previews(found: Forecast) -> list[dict[str, Any]]:
    return [
        {
            "user": each.user,
            "template": each.template_name,
            "content": to_json(each.content) if each.content else None,
            "missing": each.missing,
            "error": each.error,
        }
        for each in found.previews
    ]


def _sender_name(campaign: Campaign) -> str:
    if campaign.sender and campaign.sender.address:
        return campaign.sender.address
    return campaign.project.sender_name or campaign.project.name
