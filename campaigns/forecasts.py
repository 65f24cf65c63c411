"""What a launch would do: for the screen before it. Counted in SQL, within ten seconds."""

from dataclasses import dataclass
from math import ceil

from django.db.models import Case, Count, F, FilteredRelation, IntegerField, Min, Q, QuerySet, Value, When

from campaigns.models import Campaign
from campaigns.previews import Preview, preview_messages, warnings_of
from campaigns.readiness import check_launch, served_addresses
from campaigns.selectors import audience_of_campaign, unfiltered_audience
from channels_app.models import Sender
from channels_app.sms.length import measure
from messaging.services.enrolment import KINDS, senders_by_provider
from projects.errors import InvalidInput
from templates.content import TextContent
from templates.models import Channel
from users.consent_sources import Reach
from users.models import OmnichannelUser
from users.statement_limits import time_limit
from users.vocabulary import AddressStatus

SECONDS = 10.0
EXCLUDED = "In an excluded segment"
UNSERVED_BY = {
    Channel.APP_PUSH: "The project has no identifier for their devices",
    Channel.SMS: "No SMS sender is chosen yet",
    Channel.EMAIL: "No e-mail sender is chosen yet",
}
NO_ADDRESS = {Channel.APP_PUSH: "No app push device", Channel.SMS: "No phone", Channel.EMAIL: "No e-mail address"}
UNCONFIRMED = "They never confirmed their e-mail address"
# A person with several addresses is told by the best of them: the first of these that is true.
STATUSES = (
    (AddressStatus.OPTED_OUT, "Opted out"),
    (AddressStatus.SUPPRESSED, "Suppressed"),
    (AddressStatus.INVALID, "The address is invalid"),
    (AddressStatus.RETIRED, "The provider says that the address is dead"),
)
REACHED, UNSERVED, UNSUBSCRIBED, FIRST_STATUS, NONE = 0, 1, 2, 3, 9


@dataclass(frozen=True, slots=True)
class SmsEstimate:
    """`per_message` is the mean over previews and mix, `total` what the campaign will take of the provider."""

    per_message: float
    total: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Who gets it and who doesn't: people = will_get + the sum of wont.

    `messages` counts addresses (a person may have several devices), `by_provider` the same by provider ("" for SMS).
    `seconds` is the time at the senders' rates. `problems` are what stands in the way of a launch, by field.
    """

    people: int
    will_get: int
    wont: dict[str, int]
    messages: int
    by_provider: dict[str, int]
    sms: SmsEstimate | None
    seconds: int
    previews: tuple[Preview, ...]
    warnings: tuple[str, ...]
    problems: dict[str, str]


def forecast(campaign: Campaign) -> Forecast:
    """What a launch now would do. Raises InvalidInput for rules with a mistake, TookTooLong after ten seconds."""
    with time_limit(SECONDS):
        audience = audience_of_campaign(campaign)
        reach = _reach(campaign, audience)
        by_provider = _messages_by_provider(campaign, audience)
        previews = preview_messages(campaign, audience)
        wont = {reason: people for reason, people in reach.items() if people and reason}
        everyone = sum(reach.values())
        if unconfirmed := _unconfirmed(campaign, remaining=everyone):
            wont = {UNCONFIRMED: unconfirmed, **wont}
        if excluded := _excluded(campaign, remaining=everyone + unconfirmed):
            wont = {EXCLUDED: excluded, **wont}
        messages = sum(by_provider.values())
        return Forecast(
            people=reach[""] + sum(wont.values()),
            will_get=reach[""],
            wont=wont,
            messages=messages,
            by_provider=by_provider,
            sms=_sms_estimate(campaign, previews, messages),
            seconds=_seconds(campaign, by_provider),
            previews=previews,
            warnings=warnings_of(campaign, previews),
            problems=_problems(campaign),
        )


def _reach(campaign: Campaign, audience: QuerySet[OmnichannelUser]) -> dict[str, int]:
    """Reason → people; "" for those who will get it. One statement."""
    channel = Channel(campaign.channel)
    served = list(senders_by_provider(campaign))
    ranked = (
        audience.order_by()
        .values("pk")
        .annotate(
            found=FilteredRelation("addresses", condition=Q(addresses__kind=KINDS[channel])), rank=Min(_rank(served))
        )
    )
    labels = {REACHED: "", UNSERVED: UNSERVED_BY[channel], UNSUBSCRIBED: "Unsubscribed", NONE: NO_ADDRESS[channel]}
    labels |= {FIRST_STATUS + place: label for place, (_, label) in enumerate(STATUSES)}
    counts = ranked.aggregate(**{f"rank_{rank}": Count("pk", filter=Q(rank=rank)) for rank in labels})
    return {label: counts[f"rank_{rank}"] for rank, label in sorted(labels.items())}


def _rank(served: list[str]) -> Case:
    active = Q(found__status=AddressStatus.ACTIVE)
    willing = active & Q(found__reach=Reach.ALL)
    cases = [
        When(willing & Q(found__provider__in=served), then=Value(REACHED)),
        When(willing, then=Value(UNSERVED)),
        When(active, then=Value(UNSUBSCRIBED)),
        *(When(found__status=status, then=Value(FIRST_STATUS + place)) for place, (status, _) in enumerate(STATUSES)),
    ]
    return Case(*cases, default=Value(NONE), output_field=IntegerField())


def _excluded(campaign: Campaign, *, remaining: int) -> int:
    if not campaign.exclusions.exists():
        return 0
    return unfiltered_audience(campaign, exclusions=False).count() - remaining


def _unconfirmed(campaign: Campaign, *, remaining: int) -> int:
    if not campaign.confirmed_only:
        return 0
    return unfiltered_audience(campaign).count() - remaining


def _messages_by_provider(campaign: Campaign, audience: QuerySet[OmnichannelUser]) -> dict[str, int]:
    rows = served_addresses(campaign, audience).order_by().values("provider").annotate(count=Count("pk"))
    return dict(rows.order_by("provider").values_list("provider", "count"))


def _seconds(campaign: Campaign, by_provider: dict[str, int]) -> int:
    """Providers work side by side: the slowest decides."""
    senders = senders_by_provider(campaign)
    rates = dict(Sender.objects.filter(pk__in=senders.values()).values_list("pk", F("rate_per_second")))
    return max((ceil(count / rates[senders[provider]]) for provider, count in by_provider.items()), default=0)


def _sms_estimate(campaign: Campaign, previews: tuple[Preview, ...], messages: int) -> SmsEstimate | None:
    """By the rendered previews of each template, weighted as they will be drawn."""
    if campaign.channel != Channel.SMS:
        return None
    weighted = total_weight = 0.0
    for template_id, weight in campaign.mix.values_list("template_id", "weight"):
        mine = [preview.content for preview in previews if preview.template_id == template_id]
        segments = [measure(content.text).segments for content in mine if isinstance(content, TextContent)]
        if segments:
            weighted += weight * sum(segments) / len(segments)
            total_weight += weight
    mean = weighted / total_weight if total_weight else 0.0
    return SmsEstimate(round(mean, 2), round(mean * messages))


def _problems(campaign: Campaign) -> dict[str, str]:
    try:
        check_launch(campaign)
    except InvalidInput as error:
        return error.errors
    return {}
