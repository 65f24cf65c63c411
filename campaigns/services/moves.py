"""Moving a campaign from state to state: one at a time, each with its line in the history."""

from django.utils.timezone import now

from campaigns.lifecycle import Move
from campaigns.models import Campaign
from campaigns.models.campaigns import CampaignState
from projects.models import Operator

ENDS = (CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED)


def locked_campaign(campaign_id: int) -> Campaign:
    """The campaign as it stands now; who else wants to move or enrol it waits for the end of this transaction."""
    return Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)


def free_campaigns(**filters: object) -> list[Campaign]:
    """The campaigns that nobody else is busy with; locked until the end of this transaction."""
    rows = Campaign.objects.select_for_update(of=("self",), skip_locked=True)
    return list(rows.filter(**filters).order_by("pk"))


def move_campaign(locked: Campaign, move: Move, *, operator: Operator | None = None, reason: str = "") -> None:
    """Make the move on a locked campaign. Raises Conflict where it isn't legal."""
    move.check(locked.state)
    locked.state, locked.state_reason = move.target, reason[:500]
    if move.target == CampaignState.SENDING and locked.launched_at is None:
        locked.launched_at, locked.launched_by = now(), operator
    if move.target in ENDS:
        locked.finished_at = now()
    if operator:
        setattr(locked, "_history_user", operator)  # noqa: B010  (simple_history's own way, unknown to the model)
    locked.save(update_fields=["state", "state_reason", "launched_at", "launched_by", "finished_at"])
