"""The form of a draft: content, audience, time. Everything goes through the services of drafts."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.models import Campaign
from campaigns.services.drafts import Draft, create_campaign, update_campaign
from messaging.admin.mix import MixField
from projects.admin.scoped import beside_field
from projects.services.rehearsals import mistakes_of
from templates.models import Channel

FORM_NAMES = {"templates": "mix", "weights": "mix"}
MOMENT = "%Y-%m-%dT%H:%M"


class CampaignForm(forms.ModelForm[Campaign]):
    mix = MixField(
        label="Templates",
        required=False,
        help_text="Each message draws one of them, by weight: a split test in one step.",
    )
    starts_at = forms.DateTimeField(
        required=False,
        label="Start at",
        input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text="In the project's time zone. Leave it empty to launch by hand.",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )

    class Meta:
        model = Campaign
        fields = ["project", "channel", "name", "sender", "segments", "exclusions", "confirmed_only", "starts_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaign = self.instance
        if not campaign.pk:
            return
        self.initial["mix"] = dict(campaign.mix.values_list("template_id", "weight"))
        if campaign.starts_at:
            self.initial["starts_at"] = campaign.starts_at.astimezone(ZoneInfo(campaign.project.time_zone)).strftime(
                MOMENT
            )

    def clean(self) -> dict[str, Any]:
        """Ask the service: every refusal stands beside its field."""
        if not self.errors:
            for field, sentence in mistakes_of(self.perform).items():
                beside_field(self, FORM_NAMES.get(field, field), sentence)
        return self.cleaned_data

    def perform(self) -> Campaign:
        """Make or change the draft."""
        if self.instance.pk:
            stored = Campaign.objects.select_related("project").get(pk=self.instance.pk)
            update_campaign(stored, draft=self._draft(stored.channel, stored.project.time_zone))
            return stored
        project, channel = self.cleaned_data["project"], Channel(self.cleaned_data["channel"])
        return create_campaign(project, channel=channel, draft=self._draft(channel, project.time_zone))

    def _draft(self, channel: str, time_zone: str) -> Draft:
        told = self.cleaned_data
        return Draft(
            name=told["name"],
            sender=told.get("sender") if channel != Channel.APP_PUSH else None,
            weights=told["mix"],
            segments=list(told["segments"]),
            exclusions=list(told["exclusions"]),
            starts_at=_in_zone(told.get("starts_at"), time_zone),
            confirmed_only=bool(told.get("confirmed_only")) and channel == Channel.EMAIL,
        )


def _in_zone(moment: datetime | None, time_zone: str) -> datetime | None:
    """What was typed is a clock's time in the project's zone; Django read it in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=ZoneInfo(time_zone)) if moment else None
