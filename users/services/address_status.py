"""What an operator decides about one address."""

from django.utils.timezone import now

from projects.errors import InvalidInput
from users.models import Address
from users.vocabulary import AddressStatus

BY_HAND = (AddressStatus.ACTIVE, AddressStatus.OPTED_OUT, AddressStatus.SUPPRESSED, AddressStatus.INVALID)
"""What may be chosen; that an address is dead only its provider can say."""


def set_address_status(address: Address, *, status: str, reason: str) -> None:
    """Change whether the address may be used. Raises InvalidInput (status)."""
    if status not in BY_HAND:
        raise InvalidInput({"status": "Choose one of the states offered."})
    address.status, address.status_reason, address.status_changed_at = status, reason.strip()[:255], now()
    address.save(update_fields=["status", "status_reason", "status_changed_at"])
