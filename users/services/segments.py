"""Segments: making them, changing whom they hold, counting, deleting."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.timezone import now

from projects.errors import Conflict, InvalidInput
from projects.models import Project
from users.models import OmnichannelUser, Segment, SegmentMember
from users.segment_catalogue import normalised_rules
from users.selectors_segments import users_of
from users.statement_limits import time_limit
from users.vocabulary import SegmentKind

COUNT_SECONDS = 30.0

Guard = Callable[[Segment], str]
"""Says in a sentence why a segment must stay, or "" if it may go. `settings.SEGMENT_GUARDS` names them."""


def create_segment(project: Project, *, name: str, kind: SegmentKind, rules: object = None) -> Segment:
    """Make a static segment without members, or a dynamic one. Raises InvalidInput (name, rules…)."""
    if kind == SegmentKind.STATIC and rules:
        raise InvalidInput({"rules": "A static segment has a list of users and no rules."})
    segment = Segment(project=project, name=_clean_name(name), kind=kind)
    segment.rules = normalised_rules(rules, project=project) if kind == SegmentKind.DYNAMIC else {}
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError as error:
        raise InvalidInput({"name": f"This project has a segment “{segment.name}” already."}) from error
    return segment


def _clean_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 128 or "\x00" in name:
        raise InvalidInput({"name": "Give a name of up to 128 characters."})
    return name


def rename_segment(segment: Segment, *, name: str) -> None:
    """Give the segment another name. Raises InvalidInput (name)."""
    segment.name = _clean_name(name)
    try:
        with transaction.atomic():
            segment.save(update_fields=["name", "updated_at"])
    except IntegrityError as error:
        raise InvalidInput({"name": f"This project has a segment “{segment.name}” already."}) from error


def save_rules(segment: Segment, *, rules: object) -> None:
    """Replace a dynamic segment's rules. Its old count is forgotten. Raises InvalidInput (rules…)."""
    if segment.kind != SegmentKind.DYNAMIC:
        raise InvalidInput({"rules": "A static segment has a list of users and no rules."})
    segment.rules = normalised_rules(rules, project=segment.project)
    segment.counted_users = segment.counted_at = None
    segment.save(update_fields=["rules", "counted_users", "counted_at", "updated_at"])


def count_segment(segment: Segment) -> int:
    """Count the segment's users now and store the figure. Raises TookTooLong after 30 seconds."""
    with time_limit(COUNT_SECONDS):
        segment.counted_users = users_of(segment).count()
    segment.counted_at = now()
    figures = {"counted_users": segment.counted_users, "counted_at": segment.counted_at}
    Segment.objects.filter(pk=segment.pk).update(**figures)
    return segment.counted_users


def add_users(segment: Segment, *, users: Iterable[OmnichannelUser]) -> int:
    """Put users into a static segment; return how many are new in it. Users of other projects are left out."""
    _must_be_static(segment)
    mine = {user.pk for user in users if user.project_id == segment.project_id}
    with transaction.atomic():
        known = set(SegmentMember.objects.filter(segment=segment, user_id__in=mine).values_list("user_id", flat=True))
        rows = [SegmentMember(segment=segment, user_id=pk) for pk in sorted(mine - known)]
        SegmentMember.objects.bulk_create(rows, batch_size=5_000, ignore_conflicts=True)
    return len(rows)


def remove_users(segment: Segment, *, users: Iterable[OmnichannelUser]) -> int:
    """Take users out of a static segment; return how many were in it."""
    _must_be_static(segment)
    removed, _ = SegmentMember.objects.filter(segment=segment, user_id__in=[user.pk for user in users]).delete()
    return removed


def _must_be_static(segment: Segment) -> None:
    if segment.kind != SegmentKind.STATIC:
        raise Conflict("A dynamic segment finds its users by rules: change the rules.", field="users")


def delete_segment(segment: Segment) -> None:
    """Delete the segment; its users stay. Raises Conflict while something above still needs it.

    Who needs it is asked of the guards: campaigns stands above users and can't be imported here.
    """
    with transaction.atomic():
        # Locked, so that no campaign takes it up in between.
        locked = Segment.objects.select_for_update().get(pk=segment.pk)
        for path in getattr(settings, "SEGMENT_GUARDS", ()):
            guard: Guard = import_string(path)
            if reason := guard(locked):
                raise Conflict(reason)
        locked.delete()
