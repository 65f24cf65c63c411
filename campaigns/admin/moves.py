"""What the buttons of a campaign do, and how far it is."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from campaigns.models import Campaign, CampaignState
from campaigns.selectors import progress
from campaigns.services.control import cancel_campaign, pause_campaign, resume_campaign, unschedule_campaign
from campaigns.services.drafts import copy_campaign
from projects.errors import DomainError, InvalidInput
from templates.models import Channel

MOVES: dict[str, Callable[..., object]] = {
    "pause": pause_campaign,
    "resume": resume_campaign,
    "unschedule": unschedule_campaign,
    "cancel": cancel_campaign,
}
DONE = {
    "pause": "Paused: what a worker holds already still goes out, the rest waits.",
    "resume": "Sending goes on where it was paused.",
    "unschedule": "It is a draft again and can be changed.",
    "cancel": "Cancelled: what was waiting will not be sent.",
    "copy": "This is the copy, a draft: check its audience and time.",
}
LIVE = (CampaignState.SENDING, CampaignState.PAUSED)
# (counter, words): the parts that add up to the audience.
LEDGER = (
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("skipped", "Skipped"),
    ("cancelled", "Cancelled"),
    ("in_doubt", "In doubt"),
    ("expired", "Expired"),
    ("pending", "Waiting"),
)

# The same of what happened after sending: parts of what was sent.
_DELIVERED, _CLICKED, _UNSUBSCRIBED = (
    ("delivered", "Delivered"),
    ("clicked", "Clicked"),
    ("unsubscribed", "Unsubscribed"),
)
_UNDELIVERED = ("undelivered", "Reported as not delivered")
AFTER = {
    Channel.APP_PUSH: (_DELIVERED, _CLICKED, _UNDELIVERED),
    Channel.SMS: (_DELIVERED, _CLICKED, _UNDELIVERED, _UNSUBSCRIBED),
    Channel.EMAIL: (
        *(("opened", "Opened"), _CLICKED, ("undelivered", "Bounced")),
        *(_UNSUBSCRIBED, ("complained", "Complained of spam")),
    ),
}


def perform_move(request: HttpRequest, page: Any, campaign: Campaign, name: str) -> HttpResponse:
    """POST: make the move and tell what it means; a refusal is told as a sentence."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    shown = campaign
    try:
        if name == "copy":
            shown = copy_campaign(campaign)
        else:
            MOVES[name](campaign, operator=request.user)
    except DomainError as error:
        for sentence in sentences_of(error):
            page.message_user(request, sentence, messages.ERROR)
    else:
        page.message_user(request, DONE[name], messages.SUCCESS)
    return HttpResponseRedirect(page_of(shown))


def sentences_of(error: DomainError) -> list[str]:
    """All that a service refuses with."""
    return list(error.errors.values()) if isinstance(error, InvalidInput) else [error.message]


def page_of(campaign: Campaign) -> str:
    """The campaign's page."""
    return reverse("admin:campaigns_campaign_change", args=[campaign.pk])


def progress_of(campaign: Campaign) -> dict[str, Any]:
    """How far the campaign is, as the page and its live updates show it. One query."""
    found = progress(campaign)
    counters = {**asdict(found.counters), "done": found.done, "pending": found.counters.pending}
    eta = int(found.eta.total_seconds()) if found.eta is not None else None
    return {
        "state": found.state.value,
        "label": found.state.label,
        "reason": campaign.state_reason,
        "counters": counters,
        "ledger": [{"name": name, "label": label, "count": counters[name]} for name, label in LEDGER],
        "percent": round(100 * found.share, 1),
        "is_live": found.state in LIVE,
        "is_enrolling": found.is_enrolling,
        "eta": in_words(eta),
        "after": [
            {"name": name, "label": label, "count": counters[name]} for name, label in AFTER[Channel(campaign.channel)]
        ],
    }


def in_words(seconds: int | None) -> str:
    """A stretch of time as a person says it: "about 3 minutes"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 2:
        return "about a second"
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 2 * size or size == 1:
            return f"about {round(seconds / size)} {name}s"
    return ""


def progress_json(request: HttpRequest, page: Any, campaign: Campaign) -> HttpResponse:
    """The same for a script that asks every two seconds."""
    if not page.has_view_permission(request, campaign):
        raise PermissionDenied
    answer = JsonResponse(progress_of(campaign))
    answer["Cache-Control"] = "no-store"
    return answer
