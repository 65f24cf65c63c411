"""Reads of segments: whose users, how many, a few of them."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from projects.models import Project
from users.models import OmnichannelUser, Segment, SegmentMember
from users.segment_catalogue import validate_rules
from users.segment_queries import condition_of
from users.statement_limits import TookTooLong, time_limit
from users.vocabulary import SegmentKind

COUNT_SECONDS = 3.0


class Preview(NamedTuple):
    """How many users the rules find, and a few of them, newest first. `counted` is None when counting took too long."""

    counted: int | None
    users: list[OmnichannelUser]


def users_of(segment: Segment) -> QuerySet[OmnichannelUser]:
    """The segment's users; dynamic ones are evaluated now. Raises InvalidInput if a field of its rules is gone."""
    return OmnichannelUser.objects.filter(_condition_of([segment]), project_id=segment.project_id)


def audience_of(segments: Sequence[Segment], exclusions: Sequence[Segment] = ()) -> QuerySet[OmnichannelUser]:
    """The users of any of the segments but of none of the exclusions, each once, in one statement.

    All segments are of one project; without segments nobody. It is one condition on the table of users, so
    `.filter(pk__gt=cursor).order_by("pk")[:limit]` walks through it along an index.
    """
    if not segments:
        return OmnichannelUser.objects.none()
    found = OmnichannelUser.objects.filter(_condition_of(segments), project_id=segments[0].project_id)
    return found.exclude(_condition_of(exclusions)) if exclusions else found


def count_and_sample(project: Project, rules: object, size: int = 10) -> Preview:
    """Count the rules' users and take up to `size` of them, within 3 seconds each.

    Raises InvalidInput for wrong rules, TookTooLong when not even a sample comes in time.
    """
    found = OmnichannelUser.objects.filter(
        condition_of(validate_rules(rules, project=project), project=project, whole=True), project=project
    )
    count = _count(found)
    with time_limit(COUNT_SECONDS):
        return Preview(count, list(found.order_by("-pk")[:size]))


def _count(users: QuerySet[OmnichannelUser]) -> int | None:
    try:
        with time_limit(COUNT_SECONDS):
            return users.count()
    except TookTooLong:
        return None


def _condition_of(segments: Sequence[Segment]) -> Q:
    """In any of the segments. All static ones are one look-up."""
    static = [segment.pk for segment in segments if segment.kind == SegmentKind.STATIC]
    parts = [_rules_of(segment) for segment in segments if segment.kind == SegmentKind.DYNAMIC]
    if static:
        parts.append(Q(Exists(SegmentMember.objects.filter(segment_id__in=static, user_id=OuterRef("pk")))))
    return reduce(or_, parts)


def _rules_of(segment: Segment) -> Q:
    return condition_of(validate_rules(segment.rules, project=segment.project), project=segment.project)
