"""Drafts: making, changing and copying campaigns before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from campaigns.lifecycle import EDIT
from campaigns.models import Campaign
from campaigns.services.moves import locked_campaign
from channels_app.models import Sender
from messaging.services.mailings import check_mix, set_mix
from messaging.vocabulary import Category
from projects.errors import InvalidInput
from projects.models import Project
from templates.models import Channel
from users.models import Segment


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign is about. `weights` maps template ids to weights; a draft may leave all but the name open."""

    name: str
    sender: Sender | None = None
    weights: Mapping[int, int] = field(default_factory=dict)
    segments: Sequence[Segment] = ()
    exclusions: Sequence[Segment] = ()
    starts_at: datetime | None = None
    confirmed_only: bool = False


def create_campaign(project: Project, *, channel: Channel, draft: Draft) -> Campaign:
    """Make a draft. Raises InvalidInput (name, sender, templates, weights, segments, exclusions)."""
    campaign = Campaign(project=project, channel=channel, category=Category.CAMPAIGN, is_open=False)
    with transaction.atomic():
        _fill(campaign, draft)
    return campaign


def update_campaign(campaign: Campaign, *, draft: Draft) -> None:
    """Replace all of a draft. Raises InvalidInput as create_campaign, and Conflict once it is scheduled or launched."""
    with transaction.atomic():
        locked = locked_campaign(campaign.pk)
        EDIT.check(locked.state)
        _fill(locked, draft)
    campaign.refresh_from_db()


def copy_campaign(campaign: Campaign, *, name: str = "") -> Campaign:
    """A new draft with the same content and audience, without the time. Archived templates are left out."""
    entries = campaign.mix.filter(template__archived_at__isnull=True)
    draft = Draft(
        name=name or f"{campaign.name[:120]} (copy)",
        sender=campaign.sender,
        weights=dict(entries.values_list("template_id", "weight")),
        segments=list(campaign.segments.all()),
        exclusions=list(campaign.exclusions.all()),
        confirmed_only=campaign.confirmed_only,
    )
    return create_campaign(campaign.project, channel=Channel(campaign.channel), draft=draft)


def _fill(campaign: Campaign, draft: Draft) -> None:
    draft = replace(draft, name=draft.name.strip())
    _hold_segments([*draft.segments, *draft.exclusions])
    if errors := _mistakes(campaign, draft):
        raise InvalidInput(errors)
    campaign.name, campaign.sender, campaign.starts_at = draft.name, draft.sender, draft.starts_at
    campaign.confirmed_only = draft.confirmed_only
    campaign.save()
    if draft.weights:
        set_mix(campaign, weights=draft.weights)
    else:
        campaign.mix.all().delete()
    campaign.segments.set(draft.segments)
    campaign.exclusions.set(draft.exclusions)


def _hold_segments(segments: Sequence[Segment]) -> None:
    """Keep the segments from being deleted until the end of this transaction: foreign keys are only looked at then."""
    wanted = {segment.pk for segment in segments}
    held = Segment.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    if set(held.values_list("pk", flat=True)) != wanted:
        raise InvalidInput({"segments": "A segment was deleted meanwhile: choose another."})


def _mistakes(campaign: Campaign, draft: Draft) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not 1 <= len(draft.name) <= 128 or "\x00" in draft.name:
        errors["name"] = "Give a name of up to 128 characters."
    if draft.sender and campaign.channel == Channel.APP_PUSH:
        errors["sender"] = "App push needs no sender: the identifier is found from the token."
    elif draft.sender and (draft.sender.project_id, draft.sender.channel) != (campaign.project_id, campaign.channel):
        errors["sender"] = f"The sender must be an {Channel(campaign.channel).label} sender of the same project."
    if draft.confirmed_only and campaign.channel != Channel.EMAIL:
        errors["confirmed_only"] = "Only e-mail addresses are confirmed."
    for name, segments in (("segments", draft.segments), ("exclusions", draft.exclusions)):
        if any(segment.project_id != campaign.project_id for segment in segments):
            errors[name] = "Every segment must be of the same project."
    if draft.weights:
        try:
            check_mix(campaign, weights=draft.weights)
        except InvalidInput as error:
            errors |= error.errors
    return errors
