"""What an operator decides about one address."""

from django.db import transaction
from django.utils.timezone import now

from projects.errors import InvalidInput
from projects.models import Operator
from users.consent_sources import Source
from users.models import Address, Suppression
from users.services.consent import suppress, unsuppress
from users.vocabulary import AddressKind, AddressStatus

BY_HAND = (AddressStatus.ACTIVE, AddressStatus.OPTED_OUT, AddressStatus.SUPPRESSED, AddressStatus.INVALID)
"""What may be chosen; that an address is dead only its provider can say."""


def set_address_status(address: Address, *, status: str, reason: str, operator: Operator | None = None) -> None:
    """Change whether the address may be used. Raises InvalidInput (status).

    That it may not be is remembered on the suppression list, too, so that it holds after the address was taken away
    and came back; an operator's "active" ends an operator's suppression, and nobody else's. The opt-out of a device is
    its owner's alone: the next one didn't opt out.
    """
    if status not in BY_HAND:
        raise InvalidInput({"status": "Choose one of the states offered."})
    address.status, address.status_reason, address.status_changed_at = status, reason.strip()[:255], now()
    with transaction.atomic():
        if status == AddressStatus.ACTIVE:
            _lift(address, actor=str(operator or ""))
        elif _is_kept(address.kind, status):
            kind = AddressKind(address.kind)
            suppress(
                address.project, kind=kind, value=address.value, source=Source.ADMIN, reason=reason, operator=operator
            )
        address.save(update_fields=["status", "status_reason", "status_changed_at"])


def _is_kept(kind: str, status: str) -> bool:
    if status == AddressStatus.OPTED_OUT:
        return kind != AddressKind.PUSH
    return status == AddressStatus.SUPPRESSED


def _lift(address: Address, *, actor: str) -> None:
    rows = Suppression.objects.filter(project=address.project_id, kind=address.kind, value=address.value)
    mine = rows.filter(source_id=Source.ADMIN).first()
    if mine:
        unsuppress(mine, actor=actor)
