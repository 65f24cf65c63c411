"""What operators do with a campaign: schedule, launch, pause, resume, cancel.

Each locks the campaign's row and looks at the state again, so that of two operators who launch at once one launches
and the other is told. Everything else (enrolment, doorbells) follows after the commit and can be repeated.
"""

from django.db import transaction
from django.utils.timezone import now

from campaigns.lifecycle import CANCEL, LAUNCH, PAUSE, RESUME, SCHEDULE, UNSCHEDULE
from campaigns.models import Campaign
from campaigns.readiness import check_launch
from campaigns.services.doorbells import ring_cancelling, ring_enrolment
from campaigns.services.moves import locked_campaign, move_campaign
from messaging.models import Mailing
from messaging.services.mailings import close_mailing, open_mailing
from projects.errors import InvalidInput
from projects.models import Operator


def schedule_campaign(campaign: Campaign, *, operator: Operator | None = None) -> None:
    """Let the campaign launch by itself at `starts_at`.

    Raises InvalidInput (starts_at and everything that launch_campaign checks), Conflict unless it is a draft.
    """
    with transaction.atomic():
        locked = locked_campaign(campaign.pk)
        SCHEDULE.check(locked.state)
        if locked.starts_at is None:
            raise InvalidInput({"starts_at": "Give the time at which it shall start, or launch it now."})
        if locked.starts_at <= now():
            raise InvalidInput({"starts_at": "This time has passed: give a later one, or launch it now."})
        check_launch(locked)
        move_campaign(locked, SCHEDULE, operator=operator)
    campaign.refresh_from_db()


def unschedule_campaign(campaign: Campaign, *, operator: Operator | None = None) -> None:
    """Take a scheduled campaign back to a draft, so that it can be changed. Raises Conflict."""
    with transaction.atomic():
        move_campaign(locked_campaign(campaign.pk), UNSCHEDULE, operator=operator)
    campaign.refresh_from_db()


def launch_campaign(campaign: Campaign, *, operator: Operator | None = None) -> None:
    """Start sending now, whatever `starts_at` says.

    Raises InvalidInput with a sentence for each field that isn't in order, Conflict if it was launched already.
    """
    with transaction.atomic():
        locked = locked_campaign(campaign.pk)
        LAUNCH.check(locked.state)
        check_launch(locked)
        move_campaign(locked, LAUNCH, operator=operator)
        start_sending(locked)
    campaign.refresh_from_db()


def pause_campaign(campaign: Campaign, *, operator: Operator | None = None, reason: str = "") -> None:
    """Stop enrolling and handing over; what a worker holds already still goes out. Raises Conflict."""
    with transaction.atomic():
        locked = locked_campaign(campaign.pk)
        move_campaign(locked, PAUSE, operator=operator, reason=reason)
        close_mailing(locked)
    campaign.refresh_from_db()


def resume_campaign(campaign: Campaign, *, operator: Operator | None = None) -> None:
    """Go on where the campaign was paused. Raises Conflict, and InvalidInput if its mix or sender broke meanwhile."""
    with transaction.atomic():
        locked = locked_campaign(campaign.pk)
        RESUME.check(locked.state)
        check_launch(locked, counts_recipients=False)
        move_campaign(locked, RESUME, operator=operator)
        start_sending(locked)
    campaign.refresh_from_db()


def cancel_campaign(campaign: Campaign, *, operator: Operator | None = None) -> None:
    """End the campaign for good; its queued messages become `cancelled` by a job. Raises Conflict."""
    with transaction.atomic():
        locked = locked_campaign(campaign.pk)
        move_campaign(locked, CANCEL, operator=operator)
        close_mailing(locked)
        ring_cancelling(locked.pk)
    campaign.refresh_from_db()


def start_sending(locked: Campaign) -> None:
    """Open the mailing of a campaign that has just become `sending`, and ring for its enrolment."""
    Mailing.objects.filter(pk=locked.pk).update(closed_reason="")
    open_mailing(locked)
    if locked.enrolled_at is None:
        ring_enrolment(locked.pk)
