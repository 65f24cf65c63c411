"""Enrolment: the users of a campaign's segments get their message rows, slice by slice."""

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.utils.timezone import now

from campaigns.lifecycle import PAUSE
from campaigns.models import Campaign, CampaignState
from campaigns.selectors import audience_of_campaign
from campaigns.services.moves import move_campaign
from messaging.models import Message
from messaging.queue import ring_campaign
from messaging.services.enrolment import Slice, enrol_slice
from messaging.services.mailings import close_mailing
from projects.errors import DomainError
from projects.table_estimates import correct_estimates
from users.models import Address, OmnichannelUser, SegmentMember

SLICE = 20_000
FIRST_SLICE = 2_000
"""Small, so that the first messages are on their way while the rest is enrolled."""


def enrol_next_slice(campaign_id: int, *, limit: int = SLICE) -> bool:
    """Enrol one more slice and ring for its messages; return whether there is more to do.

    Rows and cursor are one transaction: after any crash the next call goes on exactly there. The campaign's row is
    locked meanwhile: two enrolments never run at once (the second returns False), and pause and cancel take effect
    between two slices. A mistake in the campaign (a rule's field is gone, all templates archived) pauses it with the
    reason.
    """
    correct_estimates(OmnichannelUser, Address, SegmentMember)
    with transaction.atomic():
        campaign = _campaign_to_enrol(campaign_id)
        if campaign is None:
            return False
        try:
            with transaction.atomic():
                done = _enrol(campaign, limit if campaign.enrol_cursor else min(limit, FIRST_SLICE))
        except DomainError as error:
            move_campaign(campaign, PAUSE, reason=error.message)
            close_mailing(campaign)
            return False
        ended = now() if done.is_last else None
        Campaign.objects.filter(pk=campaign.pk).update(enrol_cursor=done.last_user_id, enrolled_at=ended)
    correct_estimates(Message)
    ring_campaign(campaign.pk)
    return not done.is_last


def _campaign_to_enrol(campaign_id: int) -> Campaign | None:
    rows = Campaign.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.filter(pk=campaign_id, state=CampaignState.SENDING, enrolled_at__isnull=True).first()


def _enrol(campaign: Campaign, limit: int) -> Slice:
    try:
        users = audience_of_campaign(campaign)
        return enrol_slice(campaign, users=users, after=campaign.enrol_cursor, limit=limit)
    except EmptyResultSet:  # Django can tell without asking that the rules find nobody
        return Slice(campaign.enrol_cursor, 0, 0, is_last=True)
