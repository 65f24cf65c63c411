"""The screen before a launch: who gets it, who doesn't and why, what it takes, what they will see."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.timezone import now

from campaigns.admin.moves import in_words, page_of, sentences_of
from campaigns.forecasts import Forecast, forecast
from campaigns.models import Campaign
from campaigns.previews import Preview, preview_of
from campaigns.services.control import launch_campaign, schedule_campaign
from projects.errors import DomainError
from projects.models import Operator
from templates.admin.frame import mail_frame
from templates.content import EmailContent, to_json
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


def launch_frame(
    page: Any, request: HttpRequest, campaign: Campaign, *, user_id: int, template_id: int
) -> HttpResponse:
    """An e-mail as one recipient will get it, for a frame. 403 for who may not launch, 404 for another's person."""
    if not page.has_launch_permission(request, str(campaign.pk)):
        raise PermissionDenied
    seen = preview_of(campaign, user_id=user_id, template_id=template_id)
    if seen is None or campaign.channel != Channel.EMAIL:
        raise Http404
    return mail_frame(seen.content.html if isinstance(seen.content, EmailContent) else escape(seen.error))


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
        "previews": _previews(campaign, found),
        "sender_name": _sender_name(campaign),
    }


def _receivers(campaign: Campaign, provider: str) -> str:
    return PROVIDERS.get(provider) or OTHERS[Channel(campaign.channel)]


def _previews(campaign: Campaign, found: Forecast) -> list[dict[str, Any]]:
    return [
        {
            "user": each.user,
            "template": each.template_name,
            "content": to_json(each.content) if each.content else None,
            "missing": each.missing,
            "error": each.error,
            "frame": _frame_of(campaign, each),
        }
        for each in found.previews
    ]


def _frame_of(campaign: Campaign, shown: Preview) -> str:
    if campaign.channel != Channel.EMAIL:
        return ""
    return reverse("admin:campaigns_campaign_letter", args=[campaign.pk, shown.user.pk, shown.template_id])


def _sender_name(campaign: Campaign) -> str:
    if campaign.sender and campaign.sender.address:
        return campaign.sender.address
    return campaign.project.sender_name or campaign.project.name
