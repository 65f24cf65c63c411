"""What people write back by SMS: STOP, START, HELP."""

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from channels_app.models import Sender
from messaging.models import Mailing, Message
from messaging.services.acceptance import Destination, Order, accept_messages, active_mix
from messaging.services.opt_out import opt_out
from messaging.sms_words import meaning_of
from messaging.vocabulary import Category, State
from projects.errors import DomainError
from templates.models import Channel
from users.consent_sources import Source
from users.models import Address, Suppression
from users.services.consent import subscribe, suppress, unsuppress
from users.vocabulary import AddressKind

ACTOR = "the person, by SMS"
NOT_BY_START = (Source.ADMIN, Source.FBL)
"""What the person's own page can't take back either: an operator had all messages stopped, or there was a complaint."""
# So that two machines that answer each other don't do so for ever.
HELP_PAUSE = timedelta(minutes=10)


def heed_reply(sender: Sender, *, phone: str, text: str) -> str:
    """Do what a reply asks for; returns in a few words what was done. `phone` is in E.164 form."""
    meaning = meaning_of(text)
    if meaning is None:
        return "no keyword"
    address = (
        Address.objects.select_related("user__project")
        .filter(project_id=sender.project_id, kind=AddressKind.PHONE, value=phone)
        .first()
    )
    with transaction.atomic():
        if meaning == "stop":
            return _stop(sender, address, phone=phone, text=text)
        if meaning == "start":
            return _start(sender, address, phone=phone)
        return _help(sender, address)


def _stop(sender: Sender, address: Address | None, *, phone: str, text: str) -> str:
    note = f"Wrote “{text.strip()[:60]}”."
    if address is None:
        suppress(sender.project, kind=AddressKind.PHONE, value=phone, source=Source.SMS_STOP, reason=note)
        return "stop of an unknown phone"
    opt_out(
        _latest(sender, address), address.user, kind=AddressKind.PHONE, source=Source.SMS_STOP, actor=ACTOR, note=note
    )
    return "stop"


def _start(sender: Sender, address: Address | None, *, phone: str) -> str:
    if address:
        changed = subscribe(address.user, kind=AddressKind.PHONE, actor=ACTOR, keeps=NOT_BY_START)
        return "start" if changed else "start: nothing to take back"
    stopped = Suppression.objects.filter(
        project_id=sender.project_id, kind=AddressKind.PHONE, value=phone, source_id=Source.SMS_STOP
    ).first()
    if stopped:
        unsuppress(stopped, actor=ACTOR)
    return "start of an unknown phone"


def _help(sender: Sender, address: Address | None) -> str:
    """Answer with the project's type for it, as a system message like any other: it is in the feed, and sent once."""
    mailing = Mailing.objects.filter(
        project_id=sender.project_id, channel=Channel.SMS, type_id=sender.project.help_type_id, is_open=True
    ).first()
    if address is None or mailing is None or sender.project.help_type_id is None:
        return "help: nothing to answer with" if address else "help of an unknown phone"
    if Message.objects.filter(user=address.user, mailing=mailing, created_at__gt=now() - HELP_PAUSE).exists():
        return "help: answered a moment ago"
    if mailing.category != Category.SYSTEM:
        return "help: its type is not a system type"
    try:
        mix = active_mix(mailing)
    except DomainError as error:
        return f"help: {error.message}"
    destination = Destination(address, sender.pk)
    accept_messages(mailing, mix=mix, user=address.user, destinations=[destination], order=Order())
    return "help"


def _latest(sender: Sender, address: Address) -> Message | None:
    """The SMS that the person most likely answers."""
    messages = Message.objects.filter(user_id=address.user_id, sender=sender, sent_at__isnull=False)
    return messages.exclude(state=State.CANCELLED).order_by("-pk").first()
