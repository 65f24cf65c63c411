"""Sending to one person: user, address, message and counters in one transaction."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from messaging.models import Message
from messaging.permission import why_not
from messaging.services.acceptance import Destination, Mix, Order, accept_messages
from messaging.services.enrolment import KINDS
from messaging.services.told import tell_created
from messaging.vocabulary import Category
from projects.errors import InvalidInput
from projects.models import Project
from templates.models import Channel
from transactional.plans import Plan, plan_of
from users.address_forms import ParsedAddress
from users.models import Address, OmnichannelUser, TypeUnsubscription
from users.selectors_addresses import addresses_of
from users.services.email_users import identify_email_recipient
from users.services.people import identify_recipient
from users.vocabulary import PushProvider

ADDRESS_FIELD = {Channel.APP_PUSH: "app_push_token", Channel.SMS: "phone", Channel.EMAIL: "email"}


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A checked request: which type, to whom, where (None: wherever the user is known to be), and with what.

    An e-mail's recipient is known by the address, and may have no `client_user_id`. `template_id` pins one of the mix.
    """

    channel: Channel
    category: str
    type_id: int
    client_user_id: str
    address: ParsedAddress | None
    profile: dict[str, Any]
    order: Order
    template_id: int | None = None


def send_to_user(project: Project, request: SendRequest) -> list[Message]:
    """Store the messages of one request: one a device. Some may be `skipped`, with the reason.

    Raises NotFound (no such type), InvalidInput (category, type_id, the address) or Conflict; then nothing is kept.
    """
    with transaction.atomic(savepoint=False):
        plan = plan_of(project, channel=request.channel, type_id=request.type_id, category=request.category)
        mix = plan.mix if request.template_id is None else _pinned(plan, request.template_id)
        user = _recipient(project, request)
        destinations = destinations_of(plan, user, request)
        return accept_messages(plan.mailing, mix=mix, user=user, destinations=destinations, order=request.order)


def _recipient(project: Project, request: SendRequest) -> OmnichannelUser:
    address = request.address
    if request.channel != Channel.EMAIL or address is None:
        return identify_recipient(
            project, client_user_id=request.client_user_id, profile=request.profile, address=address
        )
    user, is_new = identify_email_recipient(
        project, email=address, profile=request.profile, client_user_id=request.client_user_id or None
    )
    if is_new:
        tell_created(user, meta=request.order.meta or None)
    return user


def _pinned(plan: Plan, template_id: int) -> Mix:
    """The one template that the request wants, if it is of the mix."""
    chosen = plan.mailing.mix.filter(template_id=template_id, template__archived_at__isnull=True)
    version = chosen.values_list("template__current_id", flat=True).first()
    if version is None:
        raise InvalidInput({"transactional_mail_settings.template_id": "This type has no such template."})
    return [(version, 1)]


def destinations_of(plan: Plan, user: OmnichannelUser, request: SendRequest) -> list[Destination]:
    """Where the request's message goes: one a usable address, or one that is skipped, with the reason.

    Raises InvalidInput (the channel's address) where the user has none, or none that a sender serves.
    """
    addresses = _addresses(user, request)
    senders = plan.senders
    reached = [Destination(each, senders[each.provider]) for each in addresses if each.provider in senders]
    if not reached:
        raise InvalidInput({ADDRESS_FIELD[request.channel]: _nobody_serves(addresses[0])})
    is_off = _is_type_off(plan, user, request)
    told = [(each, _why_not(request, each.address, is_off)) for each in reached]
    usable = [each for each, reason in told if not reason]
    return usable or [Destination(each.address, each.sender_id, reason) for each, reason in told[:1]]


def _addresses(user: OmnichannelUser, request: SendRequest) -> list[Address]:
    """The one that was named, or all that the user has of this channel."""
    named = request.address.value if request.address else None
    addresses = addresses_of(user, KINDS[request.channel], value=named)
    if not addresses:
        raise InvalidInput({ADDRESS_FIELD[request.channel]: "This value should not be blank: the user has none yet."})
    return addresses


def _nobody_serves(address: Address) -> str:
    if address.kind == "push":
        return f"The project has no {PushProvider(address.provider).label} identifier for this token."
    return "The type has no sender."


def _is_type_off(plan: Plan, user: OmnichannelUser, request: SendRequest) -> bool:
    """Whether the person doesn't want this type. System types can't be switched off, so nobody asks."""
    if request.category != Category.TRIGGER:
        return False
    off = TypeUnsubscription.objects.filter(user=user, kind=KINDS[request.channel], type_id=plan.mailing.type_id or 0)
    return off.exists()


def _why_not(request: SendRequest, address: Address | None, is_type_off: bool) -> str:
    if address is None:
        return ""
    return why_not(request.category, status=address.status, reach=address.reach, is_type_off=is_type_off)
