"""Who may get what: an address's state, its reach, and the category of the message; pure."""

from messaging.vocabulary import Category
from users.consent_sources import Reach

NEEDED: dict[str, Reach] = {
    Category.SYSTEM: Reach.SYSTEM,
    Category.TRIGGER: Reach.TRIGGER,
    Category.CAMPAIGN: Reach.ALL,
}
"""How far an address must reach for a message of the category (users/consent_sources.py has the source table)."""

UNSUBSCRIBED = "Unsubscribed."
NO_CAMPAIGNS = "Unsubscribed from campaigns."
TYPE_OFF = "Unsubscribed from this type."
NOTHING = "Nothing may be sent to this address: a complaint, a dead address or a suppression list."


def why_not(category: str, *, status: str, reach: int, is_type_off: bool = False) -> str:
    """Why an address may not get a message of this category; "" where it may. System messages can't be switched off."""
    if status != "active":
        return f"The address is {status.replace('_', ' ')}."
    if reach < NEEDED[category]:
        return _unsubscribed(category, reach)
    if is_type_off and category != Category.SYSTEM:
        return TYPE_OFF
    return ""


def _unsubscribed(category: str, reach: int) -> str:
    if reach == Reach.NOTHING:
        return NOTHING
    return NO_CAMPAIGNS if category == Category.CAMPAIGN else UNSUBSCRIBED
