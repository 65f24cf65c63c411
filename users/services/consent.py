"""What people don't want, and addresses that a project never writes to: every change leaves a line in the history.

Each function is one transaction, may be called any number of times with the same result, and settles `Address.reach`
of all addresses concerned before it ends. A person who is erased meanwhile has nothing left to change: not an error.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from projects.models import Operator, Project
from users.consent_sources import Source, reach_after
from users.models import Address, ConsentEvent, OmnichannelUser, Suppression, TypeUnsubscription, Unsubscription
from users.models.consent import ConsentAct
from users.services.reach import lock_values, settle_users, settle_values
from users.vocabulary import AddressKind

OF_DEAD_ADDRESSES = (Source.INVALID, Source.MX_INVALID, Source.DISTANCE_BOUNCE)
"""These say something about the address and nothing about what the person wants."""

# Of two suppressions that leave the same, the one that is harder to lift stays: START lifts a STOP, an operator who
# makes an address active lifts an operator's choice, and the others are lifted from the list only.
EASILY_LIFTED: dict[int, int] = {Source.SMS_STOP: 2, Source.ADMIN: 1}


def unsubscribe(user: OmnichannelUser, *, kind: AddressKind, source: int, actor: str, message: str = "") -> bool:
    """Unsubscribe a person from a channel. Returns whether that changed anything.

    Somebody who was unsubscribed stays so by the source that leaves less; a stricter one takes its place. `source` is
    one of `Source` (another number counts as LINK), `actor` who did it, `message` why in words.
    """
    reach = reach_after(source)
    with transaction.atomic():
        if not _lock(user):
            return False
        known = Unsubscription.objects.filter(user=user, kind=kind).first()
        if known and known.reach <= reach:
            return False
        told = {"source_id": source, "reach": reach, "message": _words(message), "updated_at": Now()}
        Unsubscription.objects.update_or_create(
            user=user, kind=kind, defaults=told, create_defaults={**told, "project_id": user.project_id}
        )
        _remember(user, kind, ConsentAct.UNSUBSCRIBED, source=source, actor=actor, note=message)
        settle_users([user.pk], [kind])
    return True


def subscribe(
    user: OmnichannelUser, *, kind: AddressKind, actor: str, note: str = "", keeps: Collection[Source] = ()
) -> int:
    """Take a person's unsubscription from a channel back, and a STOP of their phone. Returns how many rows that were.

    The suppression list stays: its entries are lifted one by one (`unsuppress`). An unsubscription from one of the
    sources `keeps` stays, too.
    """
    with transaction.atomic():
        if not _lock(user):
            return 0
        own = Unsubscription.objects.filter(user=user, kind=kind).exclude(source_id__in=keeps)
        removed, _ = own.delete()
        removed += _lift_stops(user, kind)
        if removed:
            _remember(user, kind, ConsentAct.SUBSCRIBED, actor=actor, note=note)
            settle_users([user.pk], [kind])
    return removed


def forget_dead_address(user: OmnichannelUser, *, kind: AddressKind) -> None:
    """Another address took the place of the person's: what a mail server said of the old one isn't true of it.

    Nor is the new one confirmed. Within the caller's transaction, who holds the user's row locked.
    """
    if kind == AddressKind.EMAIL:
        user.email_confirmed_at = None
        OmnichannelUser.objects.filter(pk=user.pk, email_confirmed_at__isnull=False).update(email_confirmed_at=None)
    told = Unsubscription.objects.filter(user=user, kind=kind, source_id__in=OF_DEAD_ADDRESSES)
    if told.delete()[0]:
        _remember(user, kind, ConsentAct.SUBSCRIBED, actor="Sendios", note="The address was replaced by another one.")


def set_types_off(user: OmnichannelUser, *, kind: AddressKind, type_ids: Iterable[int], actor: str) -> int:
    """Make these the types that a person doesn't want in a channel, and no others. Returns how many changed."""
    wanted = set(type_ids)
    with transaction.atomic():
        off = _types_off(user, kind) if _lock(user) else None
        if off is None:
            return 0
        return _turn_off(user, kind, wanted - off, actor) + _turn_on(user, kind, off - wanted, actor)


def add_types_off(user: OmnichannelUser, *, kind: AddressKind, type_ids: Iterable[int], actor: str) -> int:
    """Unsubscribe a person from these types too. Returns how many they still got till now."""
    with transaction.atomic():
        return _turn_off(user, kind, set(type_ids) - _types_off(user, kind), actor) if _lock(user) else 0


def remove_types_off(user: OmnichannelUser, *, kind: AddressKind, type_ids: Iterable[int], actor: str) -> int:
    """Let a person get these types again. Returns how many they didn't get till now."""
    with transaction.atomic():
        return _turn_on(user, kind, set(type_ids) & _types_off(user, kind), actor) if _lock(user) else 0


def clear_types_off(user: OmnichannelUser, *, kind: AddressKind, actor: str) -> int:
    """Let a person get all types again. Returns how many they didn't get till now."""
    return set_types_off(user, kind=kind, type_ids=(), actor=actor)


def confirm_email(user: OmnichannelUser, *, at: datetime, actor: str) -> bool:
    """Take down that a person confirmed their e-mail. The first time counts; returns whether this was it."""
    with transaction.atomic():
        people = OmnichannelUser.objects.filter(pk=user.pk, email_confirmed_at__isnull=True)
        if not people.update(email_confirmed_at=at):
            return False
        _remember(user, AddressKind.EMAIL, ConsentAct.CONFIRMED, actor=actor)
    user.email_confirmed_at = at
    return True


def suppress(
    project: Project,
    *,
    kind: AddressKind,
    value: str,
    source: int = Source.SUPPRESSION_LIST,
    reason: str = "",
    operator: Operator | None = None,
) -> Suppression:
    """Never write to this address again, whosever it is or becomes; `value` in the form in which addresses are stored.

    One that is suppressed already stays so by the source that leaves less or, of two alike, is harder to lift.
    """
    suppress_many(project, kind=kind, values=[value], source=source, reason=reason, operator=operator)
    return Suppression.objects.get(project=project, kind=kind, value=value)


def suppress_many(
    project: Project,
    *,
    kind: AddressKind,
    values: Collection[str],
    source: int = Source.SUPPRESSION_LIST,
    reason: str = "",
    operator: Operator | None = None,
) -> int:
    """Suppress up to a thousand addresses of one kind at once. Returns how many of them this changed."""
    told = {"source_id": source, "reach": reach_after(source), "reason": _words(reason), "created_by": operator}
    made = Suppression(**told)
    with transaction.atomic():
        lock_values(project.pk, kind, values)
        known = {row.value: row for row in Suppression.objects.filter(project=project, kind=kind, value__in=values)}
        fresh = [value for value in dict.fromkeys(values) if value not in known]
        firmer = [value for value, row in known.items() if _is_firmer(made, row)]
        Suppression.objects.filter(pk__in=[known[value].pk for value in firmer]).update(**told)
        Suppression.objects.bulk_create([Suppression(project=project, kind=kind, value=each, **told) for each in fresh])
        _remember_values(project.pk, kind, fresh + firmer, ConsentAct.SUPPRESSED, made, actor=str(operator or ""))
        settle_values(project.pk, kind, fresh + firmer)
    return len(fresh) + len(firmer)


def unsuppress(suppression: Suppression, *, actor: str) -> bool:
    """Take an address off the suppression list. Returns whether it still was on it."""
    project, kind, value = suppression.project_id, suppression.kind, suppression.value
    with transaction.atomic():
        lock_values(project, kind, [value])
        if not Suppression.objects.filter(pk=suppression.pk).delete()[0]:
            return False
        _remember_values(project, kind, [value], ConsentAct.UNSUPPRESSED, suppression, actor=actor)
        settle_values(project, kind, [value])
    return True


def settle_reach(user_ids: Iterable[int]) -> None:
    """Settle the reach of these people's addresses, after their rows were written in bulk; a thousand at a time."""
    with transaction.atomic():
        settle_users(user_ids)


def _lock(user: OmnichannelUser) -> bool:
    """Lock the person's row; False where it is gone."""
    rows = OmnichannelUser.objects.select_for_update(no_key=True).filter(pk=user.pk)
    return rows.values_list("pk", flat=True).first() is not None


def _lift_stops(user: OmnichannelUser, kind: AddressKind) -> int:
    values = list(Address.objects.filter(user=user, kind=kind).values_list("value", flat=True))
    lock_values(user.project_id, kind, values)
    stops = Suppression.objects.filter(project=user.project_id, kind=kind, value__in=values, source_id=Source.SMS_STOP)
    return stops.delete()[0]


def _types_off(user: OmnichannelUser, kind: AddressKind) -> set[int]:
    return set(TypeUnsubscription.objects.filter(user=user, kind=kind).values_list("type_id", flat=True))


def _turn_off(user: OmnichannelUser, kind: AddressKind, type_ids: set[int], actor: str) -> int:
    rows = [TypeUnsubscription(user=user, kind=kind, type_id=each) for each in sorted(type_ids)]
    TypeUnsubscription.objects.bulk_create(rows)
    return _remember_types(user, kind, ConsentAct.TYPE_OFF, type_ids, actor)


def _turn_on(user: OmnichannelUser, kind: AddressKind, type_ids: set[int], actor: str) -> int:
    TypeUnsubscription.objects.filter(user=user, kind=kind, type_id__in=type_ids).delete()
    return _remember_types(user, kind, ConsentAct.TYPE_ON, type_ids, actor)


def _remember_types(user: OmnichannelUser, kind: AddressKind, act: ConsentAct, type_ids: set[int], actor: str) -> int:
    ConsentEvent.objects.bulk_create(
        [ConsentEvent(user=user, kind=kind, act=act, type_id=each, actor=_words(actor)) for each in sorted(type_ids)]
    )
    return len(type_ids)


def _remember(
    user: OmnichannelUser, kind: AddressKind, act: ConsentAct, *, actor: str, source: int | None = None, note: str = ""
) -> None:
    ConsentEvent.objects.create(user=user, kind=kind, act=act, source_id=source, actor=_words(actor), note=_words(note))


def _remember_values(
    project_id: int, kind: str, values: Collection[str], act: ConsentAct, row: Suppression, *, actor: str
) -> None:
    """A line in the history of each person who has one of the addresses now."""
    rows = Address.objects.filter(project=project_id, kind=kind, value__in=values).order_by("pk")
    told = {"kind": kind, "act": act, "source_id": row.source_id, "actor": _words(actor), "note": row.reason}
    ConsentEvent.objects.bulk_create(
        [ConsentEvent(user_id=each, **told) for each in rows.values_list("user_id", flat=True)]
    )


def _is_firmer(made: Suppression, known: Suppression) -> bool:
    def rank(row: Suppression) -> tuple[int, int]:
        return row.reach, EASILY_LIFTED.get(row.source_id, 0)

    return rank(made) < rank(known)


def _words(text: str) -> str:
    """As a column of 255 characters takes it."""
    return text.replace("\0", "").strip()[:255]
