"""Delivery: claim, render, hand over, record. One turn of a worker for one sender.

Between claim and record no transaction is open and no row is locked; only the lease says whose the rows are. A lease
that ends unrecorded is the repair job's business (services/repair.py).
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connection

from channels_app.contract import Blocked, Envelope, Handed, NotBegun, Outcome, Permanent, Temporary, Unknown
from channels_app.models import Sender
from channels_app.models.senders import SenderStatus
from channels_app.services.senders import connection_of, pause_sender
from messaging import backoff, quota
from messaging.message_ids import message_uuid
from messaging.models import Mailing
from messaging.services.bounces import unsubscribe_dead
from messaging.services.claims import LEASE, Claim, Claimed, Work, claim, extend
from messaging.services.mailings import close_mailing
from messaging.services.outcomes import Recorded, record
from messaging.services.permission import sort_out
from messaging.services.rendering import Letter, render_all
from messaging.vocabulary import EventKind, State
from templates.models import Channel
from users.consent_sources import Source
from users.services.metrics import DeadAddress, retire_addresses

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

TURN_SECONDS = 1.0
LONGEST_NAP = 0.5
# So many render failures in one claim and not one success mean that the template is broken, not its readers.
HOPELESS = 20
# A claim is what can be in doubt after a crash; nobody wants to wonder about two thousand SMS.
BATCH = {Channel.APP_PUSH: 2000, Channel.SMS: 200, Channel.EMAIL: 1000}
# Messages to single people go in small claims, so that a slow provider doesn't hold up the other senders' turns.
BATCH_TO_ONE = {Channel.APP_PUSH: 256, Channel.SMS: 16, Channel.EMAIL: 64}


def deliver(work: Work, *, call_for_help: Callable[[], None]) -> bool:
    """Work for about a second on `work`. Returns whether more may be waiting (so: ring again).

    `call_for_help` is called when a whole batch was there: while this worker hands it over, another may take the next.
    A paused sender hands over nothing; its messages wait.
    """
    sender = Sender.objects.select_related("project__tracking_domain").get(pk=work.sender_id)
    if sender.status == SenderStatus.ACTIVE:
        _connect(sender)
    sizes = BATCH if work.mailing_id else BATCH_TO_ONE
    ends, wanted = time.monotonic() + TURN_SECONDS, sizes[Channel(sender.channel)]
    while sender.status == SenderStatus.ACTIVE:
        granted, wait = quota.take(sender.pk, rate=sender.rate_per_second, wanted=wanted)
        if granted:
            claimed = claim(work, limit=granted)
            quota.give_back(sender.pk, tokens=granted - len(claimed.messages))
            if not claimed.messages:
                return False
            if len(claimed.messages) == wanted:
                call_for_help()
            _deliver_claim(sender, claimed)
        elif wait > LONGEST_NAP:
            return False  # ring_due comes every second
        else:
            time.sleep(wait)
        if time.monotonic() > ends:
            return True
    return False


def _connect(sender: Sender) -> None:
    """Before anything is claimed: credentials that can't even be read pause the sender, and its messages wait."""
    try:
        connection_of(sender)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        _pause(sender, str(error))


def _pause(sender: Sender, reason: str) -> None:
    log.warning("sender_paused", sender=sender.pk, reason=reason)
    pause_sender(sender, reason=reason)
    sender.status = SenderStatus.PAUSED


def _deliver_claim(sender: Sender, claimed: Claim) -> None:
    with _kept_alive(claimed.lease):
        found = sort_out(sender, claimed.messages)
        letters, failures = render_all(found.usable, project=sender.project)
        outcomes = _hand_over(sender, letters)
        # Nothing may come between handing over and recording: whatever failed there would leave sent messages in doubt.
        retired = _stubbornly(lambda: _retire(sender, letters, outcomes))
        written = [_recorded(sender, *each, retired) for each in zip(letters, outcomes, strict=True)]
        _stubbornly(lambda: record(claimed.lease, [*found.stopped, *failures, *written]))
    _heed_template(claimed.messages, failures)
    _heed_sender(sender, outcomes)


def _stubbornly(write: Callable[[], Result]) -> Result:
    """What has left must be written down: a database that restarts is waited for, as long as a lease lasts."""
    until = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > until:
                raise
            log.warning("recording_waits", error=str(error))
            connection.close()
            time.sleep(0.5)


def _heed_template(messages: Sequence[Claimed], failures: Sequence[Recorded]) -> None:
    """A template that fails on everyone pauses its campaign: the rest of the audience is not burnt."""
    if len(failures) == len(messages) >= HOPELESS and len({message.mailing_id for message in messages}) == 1:
        reason = f"Its template failed on everyone: {failures[0].reason}"
        close_mailing(Mailing.objects.get(pk=messages[0].mailing_id), reason=reason)


def _hand_over(sender: Sender, letters: Sequence[Letter]) -> list[Outcome]:
    envelopes = [_envelope(letter) for letter in letters]
    return connection_of(sender).send(envelopes) if envelopes else []


def _retire(sender: Sender, letters: Sequence[Letter], outcomes: Sequence[Outcome]) -> set[int]:
    """Stop using the addresses that the provider calls dead; returns their ids. Harmless to repeat."""
    dead = [
        (letter.message, outcome)
        for letter, outcome in zip(letters, outcomes, strict=True)
        if isinstance(outcome, Permanent) and outcome.address_is_dead
    ]
    if sender.channel != Channel.EMAIL:
        return retire_addresses([DeadAddress(each.address_id, told.reason, told.dead_since) for each, told in dead])
    # A dead e-mail is an unsubscription by Sendios' table, source 10, which the client's system can ask for.
    for each, told in dead:
        unsubscribe_dead(each.user_id, each.address_id, source=Source.INVALID, reason=told.reason)
    return {each.address_id for each, _ in dead}


def _envelope(letter: Letter) -> Envelope:
    message = letter.message
    public_id = str(message_uuid(message.id))
    data = {"push_id": str(message.id), "message_id": public_id, **mailing_keys(message.mailing_id)}
    data["template_id"] = str(letter.template_id)
    data["link"] = getattr(letter.content, "link", "")
    return Envelope(
        key=message.id,
        address=message.address or "",
        content=letter.content,
        data=data,
        headers=letter.headers,
        collapse_id=public_id,
        client_ref=str(message.id),
    )


@lru_cache(maxsize=4096)
def mailing_keys(mailing_id: int) -> dict[str, str]:
    """What a push's data map says of its mailing: its Type ID, or the campaign's id. Neither ever changes."""
    type_id = Mailing.objects.values_list("type_id", flat=True).get(pk=mailing_id)
    return {"campaign_id": str(mailing_id)} if type_id is None else {"type_id": str(type_id)}


def _heed_sender(sender: Sender, outcomes: Sequence[Outcome]) -> None:
    """What a batch says of the sender as a whole: stop it, or let it rest."""
    blocked = next((each for each in outcomes if isinstance(each, Blocked)), None)
    if blocked:
        _pause(sender, blocked.reason)
    rest = max((each.retry_after or 0 for each in outcomes if isinstance(each, Temporary)), default=0)
    if rest:
        quota.hold(sender.pk, seconds=rest)


def _recorded(sender: Sender, letter: Letter, outcome: Outcome, retired: Collection[int]) -> Recorded:
    message = letter.message
    text = {"content": letter.kept, "missing": letter.missing}
    match outcome:
        case Handed():
            return Recorded(message.id, message.address_id, State.SENT, provider_id=outcome.provider_id, **text)  # type: ignore[arg-type]
        case Permanent():
            is_retired = outcome.address_is_dead and message.address_id in retired
            event = EventKind.ADDRESS_RETIRED if is_retired else EventKind.NOTE
            return Recorded(message.id, message.address_id, State.FAILED, reason=outcome.reason, event=event, **text)  # type: ignore[arg-type]
        case Blocked():
            reason = f"Waits: its sender is paused. {outcome.reason}"
            return Recorded(message.id, message.address_id, State.QUEUED, reason=reason, spent=False)
        case NotBegun():
            return Recorded(message.id, message.address_id, State.QUEUED, spent=False)
        case Temporary():
            return _try_again(message, outcome.reason, retry_after=outcome.retry_after)
        case Unknown():
            return _in_doubt(sender, message, outcome.reason)


def _try_again(message: Claimed, reason: str, *, retry_after: float | None = None) -> Recorded:
    if datetime.now(UTC) - message.created_at > backoff.GIVE_UP_AFTER:
        reason = f"Given up after {message.attempts} tries. {reason}"
        return Recorded(message.id, message.address_id, State.FAILED, reason=reason, event=EventKind.NOTE)
    delay = backoff.delay_before(message.attempts, retry_after=retry_after, jitter=random.random())  # noqa: S311  (spreads load)
    return Recorded(message.id, message.address_id, State.QUEUED, reason=reason, delay=delay, event=EventKind.RETRY)


def _in_doubt(sender: Sender, message: Claimed, reason: str) -> Recorded:
    """No answer came. A push goes again under the same collapse id and shows once; an SMS would arrive twice."""
    if sender.channel == Channel.APP_PUSH or sender.project.resend_in_doubt:
        return _try_again(message, reason)
    return Recorded(message.id, message.address_id, State.IN_DOUBT, reason=reason, event=EventKind.IN_DOUBT)


@contextmanager
def _kept_alive(lease: UUID) -> Iterator[None]:
    """Extend the lease every third of its term from a thread, so that a slow provider doesn't end it."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(LEASE.total_seconds() / 3):
            try:
                extend(lease)
            except (OperationalError, InterfaceError) as error:
                # Tried again in a third of its term; should it end before, the repair job decides.
                log.warning("lease_not_extended", error=str(error))
                connection.close()
        connection.close()  # this thread's own

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
