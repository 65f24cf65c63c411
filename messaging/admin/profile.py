"""What messaging adds to a user's page and export, plugged in by settings.PROFILE_SECTIONS and PROFILE_EXPORTS."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from messaging.message_ids import message_uuid
from messaging.models import Message
from messaging.selectors_feed import rows_of
from messaging.services.texts import text_as_sent
from projects.errors import DomainError
from templates.content import to_json
from users.models import OmnichannelUser

SHOWN = 50
MOST_EXPORTED = 10_000


def timeline_section(request: HttpRequest, user: OmnichannelUser) -> SafeString | str:
    """The user's newest messages over all channels."""
    if not request.user.has_perm("messaging.view_message"):
        return ""
    ids = list(Message.objects.filter(user=user.pk).order_by("-pk").values_list("pk", flat=True)[:SHOWN])
    context = {"rows": rows_of(ids), "person": user, "is_cut": len(ids) == SHOWN}
    return render_to_string("messaging/timeline_section.html", context, request=request)


def messages_of_user(user: OmnichannelUser) -> dict[str, Any]:
    """The user's newest 10,000 messages for an export: {"messages": [...]}."""
    rows = (
        Message.objects.filter(user=user.pk)
        .select_related("mailing")
        .prefetch_related("events")
        .order_by("-pk")[:MOST_EXPORTED]
    )
    return {"messages": [_exported(each) for each in rows]}


def _exported(message: Message) -> dict[str, Any]:
    return {
        "id": str(message_uuid(message.pk)),
        "channel": message.channel,
        "category": message.category,
        "name": message.mailing.name,
        "status": message.state,
        "content": _said(message),
        "data": message.data,
        "meta": message.meta,
        "reason": message.reason,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
        "delivered_at": message.delivered_at,
        "opened_at": message.opened_at,
        "clicked_at": message.clicked_at,
        "unsubscribed_at": message.unsubscribed_at,
        "complained_at": message.complained_at,
        "events": [
            {"kind": each.kind, "at": each.at, "source": each.source, "detail": each.detail}
            for each in message.events.all()
        ],
    }


def _said(message: Message) -> dict[str, str] | None:
    """The text as it was sent; of an e-mail that can't be rendered any more, its subject."""
    try:
        content = text_as_sent(message)
    except DomainError:
        return {"subject": (message.content or {}).get("subject", "")}
    return to_json(content) if content else None
