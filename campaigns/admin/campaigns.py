"""Campaigns: listed with progress, drafted, launched from a screen that says what will happen, followed live."""

from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from campaigns.admin.campaign_form import CampaignForm
from campaigns.admin.launch import launch_frame, launch_page
from campaigns.admin.moves import perform_move, progress_json, progress_of
from campaigns.lifecycle import moves_from
from campaigns.models import Campaign, CampaignState
from messaging.admin.counted import CHANNEL_LABELS, CountedAdmin, statistics_of
from projects.admin.decorators import action, display
from templates.models import Channel

POST = {"data-post": "1"}
SURE = "Cancel this campaign for good? What waits will not be sent."


@admin.register(Campaign)
class CampaignAdmin(CountedAdmin):
    form = CampaignForm
    list_display = ["name", "channel_label", "state_label", "bar", *CountedAdmin.figure_columns, "project", "when"]
    list_select_related = ["project"]
    list_filter = ["state", "channel"]
    search_fields = ["name"]
    ordering = ["-pk"]
    list_per_page = 50
    actions = None
    actions_detail = ["launch", "pause", "resume", "unschedule", "cancel", "copy"]
    change_form_outer_before_template = "campaigns/progress.html"
    change_form_after_template = "messaging/mailing_facts.html"
    change_form_outer_after_template = "campaigns/after.html"

    class Media:
        css = {"all": ["messaging/messaging.css", "campaigns/campaigns.css"]}
        js = ["messaging/mailing-form.js", "campaigns/progress.js"]

    def get_urls(self) -> list[Any]:
        live = path(
            "<path:object_id>/progress/",
            self.admin_site.admin_view(self.progress_view),
            name="campaigns_campaign_progress",
        )
        letter = path(
            "<path:object_id>/launch/<int:user_id>/<int:template_id>/",
            self.admin_site.admin_view(self.letter_view),
            name="campaigns_campaign_letter",
        )
        return [live, letter, *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a draft can be edited."""
        is_over = isinstance(obj, Campaign) and obj.state != CampaignState.DRAFT
        return not is_over and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_over = isinstance(obj, Campaign) and obj.state != CampaignState.DRAFT
        return not is_over and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("project", "sender", "launched_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "channel", "mixed", "audience", "starts"] if obj else fixed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            main, audience = (
                [("project", "channel"), "name", "sender", "mix"],
                ["segments", "exclusions", "confirmed_only"],
            )
            if obj and obj.channel == Channel.APP_PUSH:
                main.remove("sender")
            if obj and obj.channel != Channel.EMAIL:
                audience.remove("confirmed_only")
            return [("What", {"fields": main}), ("To whom", {"fields": audience}), ("When", {"fields": ["starts_at"]})]
        shown = [("project", "channel"), "name", "mixed", "audience", "starts"]
        if obj.channel == Channel.EMAIL:
            shown.append("confirmed_only")
        return [(None, {"fields": shown if obj.channel == Channel.APP_PUSH else [*shown, "sender"]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        fixed = self.get_readonly_fields(request, obj)
        kwargs["fields"] = [name for name in CampaignForm.Meta.fields if name not in fixed]
        kwargs["help_texts"] = {"sender": "Who the SMS or e-mails come from."}
        form = super().get_form(request, obj, change=change, **kwargs)
        if "mix" in form.base_fields:
            form.base_fields["mix"].widget.templates = self.mix_choices(request, obj)
        if "sender" in form.base_fields:
            channels = [obj.channel] if obj else [Channel.SMS, Channel.EMAIL]
            form.base_fields["sender"].queryset = form.base_fields["sender"].queryset.filter(channel__in=channels)
        for name in {"segments", "exclusions"} & set(form.base_fields):
            form.base_fields[name].widget.widget = UnfoldAdminSelect2MultipleWidget()
        if "segments" in form.base_fields:
            form.base_fields["segments"].help_text = "Users of any of these get it, each once."
            form.base_fields["exclusions"].help_text = "Users of these don't get it."
        return form

    @display(description="Channel", ordering="channel", label=CHANNEL_LABELS)
    def channel_label(self, campaign: Campaign) -> str:
        return campaign.get_channel_display()

    @display(
        description="State",
        ordering="state",
        label={"Scheduled": "info", "Sending": "primary", "Paused": "warning", "Sent": "success", "Failed": "danger"},
    )
    def state_label(self, campaign: Campaign) -> str:
        return campaign.get_state_display()

    @admin.display(description="Progress")
    def bar(self, campaign: Any) -> str:
        counters = campaign.counters
        if not counters.audience:
            return "–"
        share = 100 * counters.done / counters.audience
        told = f"{intcomma(counters.done)} of {intcomma(counters.audience)}"
        shape = (
            '<progress class="bar" max="100" value="{}" title="{}"></progress> <span class="panel-quiet">{} %</span>'
        )
        return format_html(shape, round(share, 1), told, int(share))

    @admin.display(description="Launched (UTC)", ordering="launched_at")
    def when(self, campaign: Campaign) -> str:
        if campaign.launched_at:
            return f"{campaign.launched_at:%Y-%m-%d %H:%M}"
        return f"Starts {campaign.starts_at:%Y-%m-%d %H:%M}" if campaign.starts_at else "–"

    @admin.display(description="Templates")
    def mixed(self, campaign: Campaign) -> str:
        entries = list(campaign.mix.select_related("template"))
        whole = sum(entry.weight for entry in entries)
        return ", ".join(f"{entry.template.name} {100 * entry.weight / whole:.0f} %" for entry in entries) or "–"

    @admin.display(description="Segments")
    def audience(self, campaign: Campaign) -> str:
        told = ", ".join(segment.name for segment in campaign.segments.all()) or "–"
        left_out = ", ".join(segment.name for segment in campaign.exclusions.all())
        return f"{told}; without {left_out}" if left_out else told

    @admin.display(description="Start at (UTC)")
    def starts(self, campaign: Campaign) -> str:
        return f"{campaign.starts_at:%Y-%m-%d %H:%M}" if campaign.starts_at else "Launched by hand"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.perform().pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Segments were stored with the draft."""

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        campaign = context.get("original")
        context["mailing_facts"] = self.facts(request, campaign, context["adminform"].form)
        if campaign and campaign.state not in (CampaignState.DRAFT, CampaignState.SCHEDULED):
            context["progress"] = progress_of(campaign)
            context["statistics"] = statistics_of(campaign)
        return super().render_change_form(request, context, *args, **kwargs)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET: how far the campaign is, for the page that watches it."""
        return progress_json(request, self, self.get_visible_object(request, object_id))

    def letter_view(self, request: HttpRequest, object_id: str, user_id: int, template_id: int) -> HttpResponse:
        """GET: an e-mail of the launch screen, for its frame."""
        campaign = self.get_visible_object(request, object_id)
        return launch_frame(self, request, campaign, user_id=user_id, template_id=template_id)

    def _may(self, request: HttpRequest, object_id: Any, *moves: str) -> bool:
        """Whether this operator may do one of these, and the campaign's state allows it."""
        if not request.user.has_perm("campaigns.change_campaign"):
            return False
        if object_id is None:
            return True
        campaign = self.get_queryset(request).filter(pk=object_id).first()
        return campaign is not None and any(move.done in moves for move in moves_from(campaign.state))

    def has_copy_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_add_permission(request) and (object_id is None or self._is_reached(request, object_id))

    def has_launch_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, "launched")

    def has_pause_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, "paused")

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, "resumed")

    def has_unschedule_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, "taken back to a draft")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, "cancelled")

    @action(description="Launch…", icon="rocket_launch", permissions=["launch"], variant=ActionVariant.PRIMARY)
    def launch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What a launch would do; POST does it."""
        return launch_page(request, self, self.get_visible_object(request, object_id))

    @action(description="Pause", icon="pause", permissions=["pause"], attrs=POST)
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return perform_move(request, self, self.get_visible_object(request, object_id), "pause")

    @action(description="Resume", icon="play_arrow", permissions=["resume"], attrs=POST, variant=ActionVariant.PRIMARY)
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return perform_move(request, self, self.get_visible_object(request, object_id), "resume")

    @action(description="Back to a draft", icon="undo", permissions=["unschedule"], attrs=POST)
    def unschedule(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return perform_move(request, self, self.get_visible_object(request, object_id), "unschedule")

    @action(
        description="Cancel",
        icon="block",
        permissions=["cancel"],
        attrs={**POST, "data-confirm": SURE},
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return perform_move(request, self, self.get_visible_object(request, object_id), "cancel")

    @action(description="Copy", icon="content_copy", permissions=["copy"], attrs=POST)
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new draft of the same content and audience."""
        return perform_move(request, self, self.get_visible_object(request, object_id), "copy")
