"""What real recipients of a campaign would see, and what its templates ask for in vain."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.readiness import served_addresses
from messaging.models import MixEntry
from messaging.services.versions import compiled_version
from projects.models import Project
from projects.tracking import base_url
from templates.content import Content
from templates.errors import RenderError, TemplateSyntaxError
from templates.variables import build_context, data_names, unknown
from users.models import CustomField, OmnichannelUser
from users.selectors_addresses import emails_and_phones

PEOPLE = 3
PROFILE = (
    *("client_user_id", "name", "gender", "language", "country", "city", "platform_id", "vip", "age", "photo", "ak"),
    *("channel_id", "subchannel_id"),
)


@dataclass(frozen=True, slots=True)
class Preview:
    """One template as one real recipient gets it; `content` is None where it can't be rendered: see `error`."""

    user: OmnichannelUser
    template_id: int
    template_name: str
    content: Content | None
    missing: tuple[str, ...] = ()
    error: str = ""


def preview_messages(campaign: Campaign, audience: QuerySet[OmnichannelUser]) -> tuple[Preview, ...]:
    """Every template of the mix for up to three people of the audience, those who can be reached first."""
    reachable = served_addresses(campaign, audience).order_by("pk").values_list("user_id", flat=True)[:PEOPLE]
    users = list(OmnichannelUser.objects.filter(pk__in=list(reachable)).order_by("pk"))
    contacts = emails_and_phones([user.pk for user in users])
    entries = list(_entries(campaign))
    return tuple(
        _preview(entry, user, contacts.get(user.pk, {}), project=campaign.project)
        for entry in entries
        for user in users
    )


def preview_of(campaign: Campaign, *, user_id: int, template_id: int) -> Preview | None:
    """One template of the mix as one user of the campaign's project gets it; None where either isn't of them."""
    entry = _entries(campaign).filter(template_id=template_id).first()
    user = OmnichannelUser.objects.filter(project_id=campaign.project_id, pk=user_id).first()
    if entry is None or user is None:
        return None
    return _preview(entry, user, emails_and_phones([user.pk]).get(user.pk, {}), project=campaign.project)


def _entries(campaign: Campaign) -> QuerySet[MixEntry]:
    return campaign.mix.select_related("template").filter(template__current__isnull=False).order_by("id")


def _preview(entry: MixEntry, user: OmnichannelUser, contacts: dict[str, str], *, project: Project) -> Preview:
    # Nobody's own page: whoever looks at a preview must not act for the person.
    page = f"{base_url(project)}/u/…"
    told = {"sender_name": project.sender_name or project.name, "project_url": project.url}
    told |= {"unsubscribeLink": page, "unsubscribeSettingsLink": page}
    profile = {name: value for name in PROFILE if (value := getattr(user, name)) not in ("", None)}
    try:
        compiled = compiled_version(entry.template.current_id or 0).text
        rendered = compiled.render(build_context({**user.fields, **profile, **contacts}, told, {}))
    except (RenderError, TemplateSyntaxError) as error:
        return Preview(user, entry.template_id, entry.template.name, None, error=str(error))
    return Preview(user, entry.template_id, entry.template.name, rendered.content, rendered.missing)


def warnings_of(campaign: Campaign, previews: tuple[Preview, ...]) -> tuple[str, ...]:
    """Sentences about variables that nobody can fill, previews that failed, and people who get it later or not."""
    fields = list(CustomField.objects.filter(project_id=campaign.project_id).values_list("name", flat=True))
    found: list[str] = []
    for entry in _entries(campaign):
        name = entry.template.name
        asked = _asked(entry)
        found += [
            f"“{name}” asks for {{{{ {each} }}}}, which no user of this project has." for each in unknown(asked, fields)
        ]
        found += [f"“{name}” asks for {{{{ {each} }}}}, which only the API can fill." for each in data_names(asked)]
    found += [f"“{each.template_name}” fails for {each.user}: {each.error}" for each in previews if each.error]
    return (*found, *_limits_of(campaign.project))


def _limits_of(project: Project) -> list[str]:
    """What the project's quiet hours and caps do to any campaign."""
    found = []
    if project.quiet_from and project.quiet_until:
        hours = f"{project.quiet_from:%H:%M} to {project.quiet_until:%H:%M}"
        found.append(f"Whoever's clock shows {hours} then gets it after these quiet hours.")
    caps = ((project.cap_per_day, "a day"), (project.cap_per_week, "in seven days"))
    found += [f"Whoever had {cap} of this project's campaigns {span} is skipped." for cap, span in caps if cap]
    return found


def _asked(entry: MixEntry) -> frozenset[str]:
    try:
        return compiled_version(entry.template.current_id or 0).text.variables
    except TemplateSyntaxError:
        return frozenset()
