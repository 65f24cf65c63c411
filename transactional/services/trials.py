"""Tests: one message of a template to one person, before anybody else gets it."""

from typing import Any

from django.db import transaction

from channels_app.models import Sender
from messaging.models import Message
from messaging.services.acceptance import Order, accept_messages
from messaging.services.enrolment import KINDS, senders_by_provider
from messaging.services.mailings import check_sender
from messaging.vocabulary import TESTS_TYPE_ID, Category
from projects.errors import Conflict, InvalidInput
from templates.models import Channel, MessageTemplate
from transactional.models import TransactionalType
from transactional.plans import Plan
from transactional.services.sending import SendRequest, destinations_of
from users.address_forms import ParsedAddress
from users.models import Address, OmnichannelUser
from users.services.suppression_import import parse_value

WHERE = {
    Channel.APP_PUSH: "client user id or push token",
    Channel.SMS: "client user id or phone",
    Channel.EMAIL: "client user id or e-mail",
}


def send_trial(
    template: MessageTemplate, *, to: str, sender: Sender | None = None, data: dict[str, Any] | None = None
) -> list[Message]:
    """Send the template's newest version to somebody of its project, ahead of every campaign.

    `to` is a client_user_id, or an address of the channel; `sender` is for SMS and e-mail. Counted under the project's
    type for tests, made by the first of them, never under a campaign. It obeys consent as a trigger does: a message
    may come back `skipped`. Raises InvalidInput (to, sender; project without a push identifier), and Conflict for an
    archived template; then nothing is kept.
    """
    if template.archived_at or template.current_id is None:
        raise Conflict("An archived template isn't sent: bring it back first.")
    user, address = _recipient(template, to.strip())
    request = SendRequest(
        channel=Channel(template.channel),
        category=Category.TRIGGER,
        type_id=TESTS_TYPE_ID,
        client_user_id=user.client_user_id or "",
        address=address,
        profile={},
        order=Order(data=data or {}),
    )
    with transaction.atomic():
        plan = _plan(template, sender)
        try:
            destinations = destinations_of(plan, user, request)
        except InvalidInput as error:
            raise InvalidInput({"to": _why_nowhere(template, user, error)}) from error
        return accept_messages(plan.mailing, mix=plan.mix, user=user, destinations=destinations, order=request.order)


def _recipient(template: MessageTemplate, to: str) -> tuple[OmnichannelUser, ParsedAddress | None]:
    """The person, and the address if that was what named them. Raises InvalidInput (to) where nobody has it."""
    # PostgreSQL's texts know no NUL, so nobody's id has one.
    people = OmnichannelUser.objects.filter(project=template.project_id)
    named = people.filter(client_user_id=to).first() if to and "\0" not in to else None
    if named:
        return named, None
    kind = KINDS[Channel(template.channel)]
    try:
        parsed = parse_value(template.project, kind, to)
    except InvalidInput as error:
        raise _nobody(template) from error
    found = people.filter(addresses__kind=kind, addresses__value=parsed.value).first()
    if found is None:
        raise _nobody(template)
    return found, parsed


def _nobody(template: MessageTemplate) -> InvalidInput:
    what = WHERE[Channel(template.channel)]
    return InvalidInput({"to": f"Nobody in {template.project} has this {what}. Add the person first."})


def _plan(template: MessageTemplate, sender: Sender | None) -> Plan:
    mailing, _ = TransactionalType.objects.get_or_create(
        project=template.project,
        channel=template.channel,
        type_id=TESTS_TYPE_ID,
        defaults={"category": Category.TRIGGER, "name": "Tests from the panel"},
    )
    # The row has no sender of its own: each test names one.
    mailing.sender = sender if template.channel != Channel.APP_PUSH else None
    check_sender(mailing)
    return Plan(mailing, [(template.current_id or 0, 1)], senders_by_provider(mailing))


def _why_nowhere(template: MessageTemplate, user: OmnichannelUser, error: InvalidInput) -> str:
    if Address.objects.filter(user=user, kind=KINDS[Channel(template.channel)]).exists():
        return error.message
    lacking = {Channel.APP_PUSH: "no device with the app", Channel.SMS: "no phone", Channel.EMAIL: "no e-mail address"}
    return f"{user} has {lacking[Channel(template.channel)]}."
