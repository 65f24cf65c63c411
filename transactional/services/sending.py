"""Sending to one person: user, address, message and counters in one transaction."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from messaging.models import Message
from messaging.services.acceptance import Destination, Order, accept_messages
from messaging.services.enrolment import KINDS
from projects.errors import InvalidInput
from projects.models import Project
from templates.models import Channel
from transactional.plans import Plan, plan_of
from users.address_forms import ParsedAddress
from users.models import Address, OmnichannelUser
from users.services.people import identify_recipient
from users.vocabulary import AddressStatus, PushProvider

ADDRESS_FIELD = {Channel.APP_PUSH: "app_push_token", Channel.SMS: "phone"}


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A checked request: which type, to whom, where (None: wherever the user is known to be), and with what."""

    channel: Channel
    category: str
    type_id: int
    client_user_id: str
    address: ParsedAddress | None
    profile: dict[str, Any]
    order: Order


def send_to_user(project: Project, request: SendRequest) -> list[Message]:
    """Store the messages of one request: one a device. Some may be `skipped`, with the reason.

    Raises NotFound (no such type), InvalidInput (category, type_id, the address) or Conflict; then nothing is kept.
    """
    with transaction.atomic(savepoint=False):
        plan = plan_of(project, channel=request.channel, type_id=request.type_id, category=request.category)
        user = identify_recipient(
            project, client_user_id=request.client_user_id, profile=request.profile, address=request.address
        )
        destinations = _destinations(plan, user, request)
        return accept_messages(plan.mailing, mix=plan.mix, user=user, destinations=destinations, order=request.order)


def _destinations(plan: Plan, user: OmnichannelUser, request: SendRequest) -> list[Destination]:
    addresses = _addresses(user, request)
    senders = plan.senders
    reached = [Destination(each, senders[each.provider]) for each in addresses if each.provider in senders]
    if not reached:
        raise InvalidInput({ADDRESS_FIELD[request.channel]: _nobody_serves(addresses[0])})
    if usable := [each for each in reached if each.address and each.address.status == AddressStatus.ACTIVE]:
        return usable
    return [Destination(each.address, each.sender_id, _why_not(each.address)) for each in reached[:1]]


def _addresses(user: OmnichannelUser, request: SendRequest) -> list[Address]:
    """The one that was named, or all that the user has of this channel."""
    known = Address.objects.filter(user=user, kind=KINDS[request.channel]).order_by("pk")
    if request.address:
        known = known.filter(value=request.address.value)
    addresses = list(known)
    if not addresses:
        raise InvalidInput({ADDRESS_FIELD[request.channel]: "This value should not be blank: the user has none yet."})
    return addresses


def _nobody_serves(address: Address) -> str:
    if address.kind == "push":
        return f"The project has no {PushProvider(address.provider).label} identifier for this token."
    return "The type has no SMS sender."


def _why_not(address: Address | None) -> str:
    return f"The address is {address.get_status_display().lower()}." if address else ""
