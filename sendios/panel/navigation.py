"""The sidebar: the pages in the order of the integration flow, under the words of those who use them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Page:
    """A sidebar entry. `target` is a model's label ("users.segment") or the name of a page of the site ("index")."""

    title: str
    icon: str
    target: str


GROUPS: tuple[tuple[str, tuple[Page, ...]], ...] = (
    ("", (Page("Dashboard", "space_dashboard", "index"),)),
    (
        "Audience",
        (
            Page("Users", "group", "users.omnichanneluser"),
            Page("Segments", "donut_small", "users.segment"),
            Page("Custom fields", "data_object", "users.customfield"),
            Page("Suppression list", "do_not_disturb_on", "users.suppression"),
        ),
    ),
    ("Content", (Page("Templates", "article", "templates.messagetemplate"),)),
    ("Transactional", (Page("Types", "bolt", "transactional.transactionaltype"),)),
    ("Campaigns", (Page("Campaigns", "campaign", "campaigns.campaign"),)),
    (
        "Activity",
        (
            Page("Activity feed", "list_alt", "messaging.message"),
            Page("Statistics", "bar_chart", "messaging.statistic"),
        ),
    ),
    (
        "Setup",
        (
            Page("Projects", "deployed_code", "projects.project"),
            Page("FCM identifiers", "phone_android", "channels_app.fcmidentifier"),
            Page("APNs identifiers", "phone_iphone", "channels_app.apnsidentifier"),
            Page("SMS senders", "sms", "channels_app.smssender"),
            Page("E-mail senders", "mail", "channels_app.emailsender"),
            Page("Tracking domains", "link", "projects.trackingdomain"),
            Page("Webhooks", "webhook", "projects.webhook"),
            Page("Webhook deliveries", "outbox", "projects.webhookdelivery"),
            Page("Client accounts", "domain", "projects.clientaccount"),
            Page("API keys", "key", "projects.apikey"),
            Page("Operators", "badge", "projects.operator"),
            Page("Audit history", "history", "audit"),
            Page("Queues", "stacks", "django_rq.dashboard"),
        ),
    ),
)


SENDER_PAGES = {"fcm": "fcmidentifier", "apns": "apnsidentifier", "smtp": "emailsender"}
"""The page of a sender by its provider; all others are SMS senders."""


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups in unfold's form; a page is there only where this operator may open it."""
    groups = [
        {"title": title, "separator": bool(title), "items": [_entry(page, request) for page in pages]}
        for title, pages in GROUPS
    ]
    for group in groups:
        group["items"] = [entry for entry in group["items"] if entry]  # type: ignore[attr-defined]  # a list by build
    return [group for group in groups if group["items"]]


def _entry(page: Page, request: HttpRequest) -> dict[str, Any] | None:
    link = _link(page.target, request)
    if link is None:
        return None
    active = request.path == link if page.target == "index" else request.path.startswith(link)
    return {"title": page.title, "icon": page.icon, "link": link, "active": lambda _request: active}


def _link(target: str, request: HttpRequest) -> str | None:
    if "." not in target:
        return reverse(f"admin:{target}")
    shown = next((each for model, each in admin.site._registry.items() if model._meta.label_lower == target), None)  # noqa: SLF001  (the site's table of pages has no public name)
    if shown is None or not shown.has_view_permission(request):
        return None
    try:
        return reverse(f"admin:{target.replace('.', '_')}_changelist")
    except NoReverseMatch:
        return None
