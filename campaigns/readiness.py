"""What must be in order before a campaign may be launched: a field and a sentence for each mistake."""

from collections.abc import Callable

from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.selectors import audience_of_campaign
from channels_app.models import Sender
from channels_app.models.senders import SenderStatus
from messaging.services.enrolment import KINDS, senders_by_provider
from messaging.services.mailings import check_ready
from projects.errors import InvalidInput
from templates.models import Channel
from users.consent_sources import Reach
from users.models import Address, OmnichannelUser
from users.vocabulary import AddressStatus

PLURALS = {Channel.APP_PUSH: "device", Channel.SMS: "phone", Channel.EMAIL: "e-mail address"}


def check_launch(campaign: Campaign, *, counts_recipients: bool = True) -> None:
    """Raise InvalidInput with every mistake unless the campaign could send right now.

    Looks for recipients only when all else is in order.
    """
    errors: dict[str, str] = {}
    for check in (check_ready, _check_senders, _check_segments):
        errors = _mistakes_of(check, campaign) | errors
    if not errors and counts_recipients:
        errors = _mistakes_of(_check_recipients, campaign)
    if errors:
        raise InvalidInput(errors)


def _mistakes_of(check: Callable[[Campaign], None], campaign: Campaign) -> dict[str, str]:
    try:
        check(campaign)
    except InvalidInput as error:
        return error.errors
    return {}


def _check_senders(campaign: Campaign) -> None:
    """At least one sender must be able to work."""
    senders = Sender.objects.filter(pk__in=senders_by_provider(campaign).values())
    paused = [sender for sender in senders if sender.status == SenderStatus.PAUSED]
    if senders and len(paused) == len(senders):
        raise InvalidInput({"sender": f"The sender “{paused[0]}” is paused: {paused[0].status_reason or 'resume it'}."})


def _check_segments(campaign: Campaign) -> None:
    if not campaign.segments.exists():
        raise InvalidInput({"segments": "Choose at least one segment."})
    for name, segments in (("segments", campaign.segments), ("exclusions", campaign.exclusions)):
        if stranger := segments.exclude(project_id=campaign.project_id).first():
            raise InvalidInput({name: f"The segment “{stranger}” is of another project."})


def _check_recipients(campaign: Campaign) -> None:
    """Somebody must be reachable through a sender that the project has."""
    try:
        audience = audience_of_campaign(campaign)
    except InvalidInput as error:
        raise InvalidInput({"segments": f"A segment's rules have a mistake: {error.message}"}) from error
    if not audience.exists():
        raise InvalidInput({"segments": "These segments hold nobody."})
    addresses = active_addresses(campaign, audience)
    if not addresses.exists():
        raise InvalidInput(
            {"segments": f"Nobody in these segments has an active {PLURALS[Channel(campaign.channel)]}."}
        )
    if not served_addresses(campaign, audience).exists():
        missing = ", ".join(sorted({provider.upper() for provider in _providers(addresses)}))
        raise InvalidInput({"segments": f"The project has no identifier for these people's devices ({missing})."})


def active_addresses(campaign: Campaign, audience: QuerySet[OmnichannelUser]) -> QuerySet[Address]:
    """The audience's addresses of the campaign's channel that may be used for campaigns."""
    kind = KINDS[Channel(campaign.channel)]
    mine = Address.objects.filter(
        project_id=campaign.project_id, kind=kind, status=AddressStatus.ACTIVE, reach=Reach.ALL
    )
    return mine.filter(user__in=audience.order_by())


def served_addresses(campaign: Campaign, audience: QuerySet[OmnichannelUser]) -> QuerySet[Address]:
    """The addresses that will get a message."""
    return active_addresses(campaign, audience).filter(provider__in=list(senders_by_provider(campaign)))


def _providers(addresses: QuerySet[Address]) -> list[str]:
    return list(addresses.order_by().values_list("provider", flat=True).distinct())
