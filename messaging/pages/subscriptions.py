"""/u/{token}: a person's own page. Looking changes nothing, so that scanners may look; RFC 8058's one click does."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging.links import PersonLink, read_person
from messaging.models import Message
from messaging.pages.answers import HEADERS, not_found, page
from messaging.pages.words import Words, masked, words_for
from messaging.services.person_choices import (
    Choices,
    choices_of,
    choose_reach,
    choose_types,
    unsubscribe_by_page,
)
from projects.tracked_hosts import serves
from users.consent_sources import Reach, Source
from users.models import OmnichannelUser
from users.vocabulary import AddressKind

LEVELS = (Reach.ALL, Reach.TRIGGER, Reach.SYSTEM)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def show_subscriptions(request: HttpRequest, token: str) -> HttpResponse:
    """The token is the right to choose: whoever has the message has it. No cookie, no sign-in (RFC 8058, section 3)."""
    link = read_person(token)
    user = _user_of(link) if link and serves(request, link.project_id) else None
    if link is None or user is None:
        return not_found(request)
    choices = choices_of(user, AddressKind(link.kind))
    done = _change(request, link, choices) if request.method == "POST" else ""
    if done == "one click":
        return HttpResponse("OK", content_type="text/plain", headers=HEADERS)
    return _shown(request, link, choices_of(user, choices.kind) if done else choices, done=done)


def _user_of(link: PersonLink) -> OmnichannelUser | None:
    return OmnichannelUser.objects.select_related("project").filter(pk=link.user_id, project=link.project_id).first()


def _message_of(link: PersonLink) -> Message | None:
    return Message.objects.filter(pk=link.message_id, project=link.project_id, user=link.user_id).first()


def _change(request: HttpRequest, link: PersonLink, choices: Choices) -> str:
    """Do what the form or the mailbox asks for; a word on what was done, "" for a form that isn't ours."""
    form, message = request.POST, _message_of(link)
    if form.get("List-Unsubscribe") == "One-Click":
        unsubscribe_by_page(choices, source=Source.LIST_HEADER, message=message)
        return "one click"
    if form.get("do") == "unsubscribe":
        source = Source.PAGE_CAMPAIGN if link.is_campaign else Source.PAGE
        unsubscribe_by_page(choices, source=source, message=message)
        return "unsubscribed"
    if form.get("do") == "save" and form.get("reach", "") in {str(int(level)) for level in LEVELS}:
        choose_reach(choices, Reach(int(form["reach"])), message=message)
        if form.get("with_types"):
            ticked = set(form.getlist("type"))
            choose_types(choices, wanted={each.type_id for each in choices.types if str(each.type_id) in ticked})
        return "saved"
    return ""


def _shown(request: HttpRequest, link: PersonLink, choices: Choices, *, done: str) -> HttpResponse:
    words = words_for(request.headers.get("Accept-Language", ""), preferred=choices.user.language)
    project = choices.user.project
    name = project.sender_name or project.name
    needed = Reach.TRIGGER if link.is_campaign else Reach.SYSTEM
    context: dict[str, Any] = {
        "words": words,
        "title": name,
        "to": getattr(words, choices.kind).format(to=masked(choices.address)),
        "is_blocked": choices.is_blocked,
        "blocked": words.blocked.format(project=name),
        "done": {"unsubscribed": words.unsubscribed, "saved": words.saved}.get(done, ""),
        "asks": link.page == "unsubscribe" and not done and choices.reach > needed,
        "unsubscribe": words.unsubscribe_campaign if link.is_campaign else words.unsubscribe,
        "levels": [(int(level), text, level == choices.reach) for level, text in _levels(words)],
        "types": choices.types,
    }
    return page("messaging/pages/subscriptions.html", context)


def _levels(words: Words) -> list[tuple[Reach, str]]:
    return [(Reach.ALL, words.get_all), (Reach.TRIGGER, words.get_no_campaigns), (Reach.SYSTEM, words.get_system)]
