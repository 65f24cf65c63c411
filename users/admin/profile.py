"""What stands below a user's form: channels, custom fields, segments, and what the apps above add."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from projects.errors import DomainError
from users.models import Address, CustomField, OmnichannelUser, Segment
from users.selectors_consent import consent_history, subscriptions_of
from users.selectors_segments import users_of
from users.services.address_status import BY_HAND
from users.statement_limits import time_limit
from users.vocabulary import SegmentKind

MOST_SEGMENTS = 100
SECONDS = 2.0
SHOWN_EVENTS = 50


class Value(NamedTuple):
    name: str
    type: str
    value: Any


class Membership(NamedTuple):
    """Whether somebody is in a segment; `is_in` is None where that couldn't be found out."""

    segment: Segment
    is_in: bool | None
    problem: str = ""


def profile_context(request: HttpRequest, user: OmnichannelUser) -> dict[str, Any]:
    """For the template. `sections` are functions of (request, user) to HTML, named in settings.PROFILE_SECTIONS."""
    asked = "dynamic" in request.GET
    return {
        "addresses": list(Address.objects.filter(user=user).order_by("kind", "-confirmed_at", "-pk")),
        "statuses": [(status.value, status.label) for status in BY_HAND],
        "subscriptions": subscriptions_of(user),
        "consent_history": consent_history(user, limit=SHOWN_EVENTS),
        "shown_events": SHOWN_EVENTS,
        "values": _values(user),
        "static_segments": [
            row.segment for row in user.memberships.select_related("segment").order_by("segment__name")
        ],
        "dynamic_segments": dynamic_segments_of(user) if asked else None,
        "sections": [import_string(name)(request, user) for name in getattr(settings, "PROFILE_SECTIONS", ())],
    }


def _values(user: OmnichannelUser) -> list[Value]:
    rows = CustomField.objects.filter(project=user.project_id, name__in=list(user.fields))
    types = {row.name: row.get_type_display() for row in rows}
    return [Value(name, types.get(name, "–"), value) for name, value in sorted(user.fields.items())]


def dynamic_segments_of(user: OmnichannelUser) -> list[Membership]:
    """Evaluate the project's dynamic segments for one person: a query each, so only when somebody asks."""
    rows = Segment.objects.filter(project=user.project_id, kind=SegmentKind.DYNAMIC).select_related("project")
    return [_membership(segment, user) for segment in rows.order_by("name")[:MOST_SEGMENTS]]


def _membership(segment: Segment, user: OmnichannelUser) -> Membership:
    try:
        with time_limit(SECONDS):
            return Membership(segment, users_of(segment).filter(pk=user.pk).exists())
    except DomainError as error:
        return Membership(segment, None, error.message)
