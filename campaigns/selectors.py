"""Reads of campaigns: audience, what is left to do, progress."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import now

from campaigns.lifecycle import UNFINISHED
from campaigns.models import Campaign, CampaignState
from messaging.models import Message
from messaging.selectors import Counters, counters_of
from messaging.vocabulary import Category, State
from users.models import OmnichannelUser, Segment
from users.selectors_segments import audience_of


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is. The ledger adds up: audience = done + pending.

    `share` is 0 to 1 of those enrolled so far; `is_enrolling` says that more are coming. `eta` is None while nothing
    can be said: not sending, or nothing sent yet.
    """

    state: CampaignState
    counters: Counters
    audience: int
    done: int
    share: float
    is_enrolling: bool
    eta: timedelta | None


def audience_of_campaign(campaign: Campaign) -> QuerySet[OmnichannelUser]:
    """The users whom the campaign is for, whether they can be reached or not."""
    audience = unfiltered_audience(campaign)
    return audience.filter(email_confirmed_at__isnull=False) if campaign.confirmed_only else audience


def unfiltered_audience(campaign: Campaign, *, exclusions: bool = True) -> QuerySet[OmnichannelUser]:
    """The users of the campaign's segments, by default without those of its exclusions."""
    left_out = list(campaign.exclusions.select_related("project")) if exclusions else []
    return audience_of(list(campaign.segments.select_related("project")), left_out)


def progress(campaign: Campaign) -> Progress:
    """How far the campaign is, from the counters alone: one query, however many recipients."""
    counters = counters_of([campaign.pk])[campaign.pk]
    is_enrolling = campaign.state in (CampaignState.SENDING, CampaignState.PAUSED) and campaign.enrolled_at is None
    share = counters.done / counters.audience if counters.audience else float(campaign.finished_at is not None)
    return Progress(
        state=CampaignState(campaign.state),
        counters=counters,
        audience=counters.audience,
        done=counters.done,
        share=share,
        is_enrolling=is_enrolling,
        eta=_eta(campaign, counters),
    )


def _eta(campaign: Campaign, counters: Counters) -> timedelta | None:
    """By the pace since the launch. After a pause it is too long at first and mends itself."""
    if campaign.state != CampaignState.SENDING or campaign.launched_at is None or not counters.done:
        return None
    return (now() - campaign.launched_at) * (counters.pending / counters.done)


def has_unfinished(campaign: Campaign) -> bool:
    """Whether a message of the campaign is queued or in a worker's hands. Two look-ups in partial indexes."""
    mine = Message.objects.filter(mailing_id=campaign.pk, category=Category.CAMPAIGN)
    return mine.filter(state=State.QUEUED).exists() or mine.filter(state=State.SENDING).exists()


def cancelled_with_queued() -> list[int]:
    """The cancelled campaigns that have queued messages left."""
    queued = Message.objects.filter(mailing_id=OuterRef("pk"), category=Category.CAMPAIGN, state=State.QUEUED)
    cancelled = Campaign.objects.filter(Exists(queued), state=CampaignState.CANCELLED)
    return list(cancelled.values_list("pk", flat=True))


def why_segment_stays(segment: Segment) -> str:
    """A guard of users.services.segments.delete_segment: the unfinished campaign that uses the segment, or ""."""
    unfinished = Campaign.objects.filter(state__in=UNFINISHED)
    campaign = unfinished.filter(segments=segment).first() or unfinished.filter(exclusions=segment).first()
    if campaign is None:
        return ""
    return f"The campaign “{campaign.name}” uses this segment: take it out there, or wait until the campaign is over."
