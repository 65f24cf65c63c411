"""What moves campaigns without anybody's click: the clock, the last message, the pipeline, a crash."""

import structlog
from django.db import transaction
from django.utils.timezone import now

from campaigns.lifecycle import FAIL, FINISH, PAUSE, START
from campaigns.models import Campaign, CampaignState
from campaigns.readiness import check_launch
from campaigns.selectors import cancelled_with_queued, has_unfinished
from campaigns.services.control import start_sending
from campaigns.services.doorbells import ring_cancelling, ring_enrolment
from campaigns.services.moves import free_campaigns, move_campaign
from messaging.services.mailings import cancel_queued, close_mailing
from projects.errors import DomainError

log = structlog.get_logger(__name__)

CANCEL_SLICE = 20_000


def start_due() -> None:
    """Launch the scheduled campaigns whose time has come; one that can't be launched fails with the reason."""
    due = {"state": CampaignState.SCHEDULED, "starts_at__lte": now()}
    for pk in Campaign.objects.filter(**due).values_list("pk", flat=True):
        with transaction.atomic():
            for campaign in free_campaigns(pk=pk, **due):
                _start(campaign)


def _start(campaign: Campaign) -> None:
    try:
        check_launch(campaign)
    except DomainError as error:
        move_campaign(campaign, FAIL, reason=error.message)
        log.warning("campaign_failed", campaign=campaign.pk, reason=error.message)
        return
    move_campaign(campaign, START)
    start_sending(campaign)


def finish_done() -> None:
    """Look after the campaigns under way: follow a pipeline that closed one, finish those that are through."""
    with transaction.atomic():
        for campaign in free_campaigns(state=CampaignState.SENDING, is_open=False):
            # The pipeline closes a mailing by itself, e.g. because its template fails for everyone.
            move_campaign(campaign, PAUSE, reason=campaign.closed_reason)
    with transaction.atomic():
        for campaign in free_campaigns(state=CampaignState.SENDING, enrolled_at__isnull=False):
            if not has_unfinished(campaign):
                move_campaign(campaign, FINISH)
                close_mailing(campaign)


def ring_for_stopped() -> None:
    """Ring again for enrolments that stopped (their worker died) and for cancelled campaigns with queued messages."""
    # Free means: nobody is enrolling it at this moment. The locks end with this one statement.
    with transaction.atomic():
        for campaign in free_campaigns(state=CampaignState.SENDING, enrolled_at__isnull=True):
            ring_enrolment(campaign.pk, insist=True)
    for campaign_id in cancelled_with_queued():
        ring_cancelling(campaign_id, insist=True)


def cancel_next_slice(campaign_id: int, *, limit: int = CANCEL_SLICE) -> bool:
    """Cancel a slice of a cancelled campaign's queued messages; return whether there may be more."""
    campaign = Campaign.objects.filter(pk=campaign_id, state=CampaignState.CANCELLED).first()
    return campaign is not None and cancel_queued(campaign, limit=limit) == limit
