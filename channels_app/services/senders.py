"""Senders: made, changed, checked, paused and resumed; and the connections their messages leave by."""

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from channels_app.contract import Check, Connection, CredentialError, Provider
from channels_app.models import Sender
from channels_app.models.senders import SenderStatus
from channels_app.registry import PROVIDERS, get_provider
from channels_app.sender_addresses import clean_email_address, clean_sms_address
from projects.errors import Conflict, InvalidInput
from projects.models import Project
from projects.protection import is_protected

MOST_CONNECTIONS = 256
"""Kept open by one thread; the one made first goes when there are more."""

ADDRESS_RULES: dict[str, Callable[[str], str]] = {"sms": clean_sms_address, "email": clean_email_address}
"""What messages of a channel may come from; app push has no such address."""

_lines = threading.local()


@transaction.atomic
def create_sender(
    project: Project,
    *,
    provider: str,
    name: str,
    values: Mapping[str, str],
    address: str = "",
    rate_per_second: int | None = None,
) -> Sender:
    """Make a sender. `values` are the provider's credential fields as typed.

    Raises InvalidInput with the field's name (a credential's own, "name", "address" or "provider").
    """
    if provider not in PROVIDERS:
        raise InvalidInput({"provider": f"There is no provider “{provider}”."})
    kind = get_provider(provider)
    sender = Sender(project=project, channel=kind.channel, provider=provider, name=name.strip())
    sender.key = secrets.token_urlsafe(32)
    sender.address = _address(kind, address)
    sender.credentials = _cleaned(kind, values)
    if rate_per_second is not None:
        sender.rate_per_second = rate_per_second
    check_unique(sender)
    sender.save()
    return sender


@transaction.atomic
def update_sender(sender: Sender, *, name: str, address: str = "", rate_per_second: int | None = None) -> Sender:
    """Change what isn't secret. Raises InvalidInput."""
    locked = Sender.objects.select_for_update().get(pk=sender.pk)
    locked.name = name.strip()
    locked.address = _address(get_provider(locked.provider), address)
    if rate_per_second is not None:
        locked.rate_per_second = rate_per_second
    check_unique(locked)
    locked.save(update_fields=["name", "address", "rate_per_second"])
    return locked


@transaction.atomic
def replace_credentials(sender: Sender, *, values: Mapping[str, str], forget: Collection[str] = ()) -> Sender:
    """Put new credentials in place of those stored; a secret left empty stays as it is, unless it is in `forget`.

    What the last check said is dropped where anything changed: it was about other credentials. Raises InvalidInput.
    """
    locked = Sender.objects.select_for_update().get(pk=sender.pk)
    kind = get_provider(locked.provider)
    kept = {
        field.name: locked.credentials.get(field.name, "")
        for field in kind.fields
        if field.secret and field.name not in forget
    }
    cleaned = _cleaned(kind, {**kept, **{name: value for name, value in values.items() if value.strip()}})
    if cleaned != locked.credentials:
        locked.credentials = cleaned
        locked.checked_at = locked.check_ok = None
        locked.check_answer = ""
        locked.save(update_fields=["credentials", "checked_at", "check_ok", "check_answer"])
    return locked


def check_credentials(sender: Sender) -> Check:
    """Ask the provider whether it knows us, and keep what it says. No transaction is open meanwhile."""
    try:
        answer = connection_of(sender).check()
    except (CredentialError, ValueError, KeyError) as error:
        answer = Check(False, f"The stored credentials can't be used: {error}")
    sender.checked_at, sender.check_ok, sender.check_answer = timezone.now(), answer.ok, answer.answer[:500]
    Sender.objects.filter(pk=sender.pk).update(
        checked_at=sender.checked_at, check_ok=sender.check_ok, check_answer=sender.check_answer
    )
    return answer


def pause_sender(sender: Sender, *, reason: str) -> None:
    """Keep its messages waiting. Pausing a paused sender leaves the first reason."""
    _move(sender, SenderStatus.PAUSED, reason)


def resume_sender(sender: Sender) -> None:
    """Let its messages go on."""
    _move(sender, SenderStatus.ACTIVE, "")


@transaction.atomic
def _move(sender: Sender, status: SenderStatus, reason: str) -> None:
    locked = Sender.objects.select_for_update().get(pk=sender.pk)
    if locked.status != status:
        locked.status, locked.status_reason = status, reason[:500]
        locked.save(update_fields=["status", "status_reason"])
    sender.status, sender.status_reason = locked.status, locked.status_reason


@transaction.atomic
def delete_sender(sender: Sender) -> None:
    """Remove a sender that nothing refers to. Raises Conflict where it sent or is to send messages."""
    refusal = Conflict(f"{sender.name} has messages, types or campaigns. Pause it instead.")
    if is_protected(Sender.objects.filter(pk=sender.pk)):
        raise refusal
    try:
        Sender.objects.get(pk=sender.pk).delete()
    except ProtectedError as error:
        raise refusal from error


def receipts_url(sender: Sender) -> str:
    """Where the provider reports deliveries of this sender's messages."""
    return f"{settings.PUBLIC_URL}/receipts/{sender.provider}/{sender.key}"


def connection_of(sender: Sender) -> Connection:
    """This thread's line to the sender's provider, kept until the credentials or the address change.

    Raises ValueError or KeyError where the stored credentials are not whole.
    """
    lines: dict[int, tuple[str, Connection]] = _lines.__dict__.setdefault("known", {})
    fingerprint = _fingerprint(sender)
    known = lines.get(sender.pk)
    if known and known[0] == fingerprint:
        return known[1]
    provider = get_provider(sender.provider)
    line = provider.connect(sender.credentials, address=sender.address, callback_url=receipts_url(sender))
    lines.pop(sender.pk, None)
    if len(lines) >= MOST_CONNECTIONS:
        lines.pop(next(iter(lines)))
    lines[sender.pk] = (fingerprint, line)
    return line


def _fingerprint(sender: Sender) -> str:
    # The process is part of it: libcurl's handles don't survive a fork.
    whole = [os.getpid(), sender.provider, sender.address, sender.key, sender.credentials]
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _cleaned(kind: Provider, values: Mapping[str, str]) -> dict[str, str]:
    try:
        return kind.clean(values)
    except CredentialError as error:
        raise InvalidInput({error.field: error.sentence}) from error


def _address(kind: Provider, address: str) -> str:
    if kind.channel not in ADDRESS_RULES:
        return ""
    try:
        return ADDRESS_RULES[kind.channel](address)
    except ValueError as error:
        raise InvalidInput({"address": str(error)}) from error


def check_unique(sender: Sender) -> None:
    """Raise InvalidInput with the sentence for what the database's constraints would refuse."""
    if not sender.name:
        raise InvalidInput({"name": "Give it a name."})
    others: Any = Sender.objects.filter(project=sender.project_id).exclude(pk=sender.pk)
    if sender.channel == "app_push" and others.filter(provider=sender.provider).exists():
        title = get_provider(sender.provider).title
        raise InvalidInput({"project": f"This project has an identifier for {title} already; change that one."})
    if others.filter(channel=sender.channel, name=sender.name).exists():
        raise InvalidInput({"name": "A sender of this channel has this name already."})
