"""Where an unsubscription comes from, and who may still be written to: Sendios' table (facts, section 2B.3), as data.

System messages obey it as all others do: a complaint or a dead address stops them, an unsubscription doesn't.
"""

from dataclasses import dataclass

from django.db import models


class Reach(models.IntegerChoices):
    """What may still be sent to an address: each step includes the ones before it."""

    NOTHING = 0, "Nothing"
    SYSTEM = 1, "System messages only"
    TRIGGER = 2, "System and trigger messages, no campaigns"
    ALL = 3, "Everything"


class Source(models.IntegerChoices):
    """Who took the consent back, by Sendios' numbers; from 100 on they are ours."""

    PAGE_CAMPAIGN = 1, "Unsubscribe page (campaigns only)"
    FBL = 2, "Spam complaint"
    LINK = 4, "Link"
    LIST_HEADER = 5, "Mailbox's unsubscribe button"
    CLIENT_CALLBACK = 8, "Client system (blocked or deleted)"
    SETTINGS_TYPES = 9, "Product settings"
    INVALID = 10, "Invalid address"
    MX_INVALID = 12, "Invalid mail server"
    DISTANCE_BOUNCE = 15, "Delayed bounce"
    ADMIN = 16, "Administrator"
    PAGE = 19, "Unsubscribe page"
    SMS_STOP = 101, "STOP by SMS"
    PREFERENCES = 102, "Preferences page"
    SUPPRESSION_LIST = 103, "Suppression list"


@dataclass(frozen=True, slots=True)
class Effect:
    """`reach` is what is still sent; `reason` is the word of the API's unsubreason."""

    reach: Reach
    reason: str


EFFECTS: dict[int, Effect] = {
    Source.PAGE_CAMPAIGN: Effect(Reach.TRIGGER, "page"),
    Source.FBL: Effect(Reach.NOTHING, "fbl"),
    Source.LINK: Effect(Reach.SYSTEM, "page"),
    Source.LIST_HEADER: Effect(Reach.SYSTEM, "header"),
    Source.CLIENT_CALLBACK: Effect(Reach.SYSTEM, "client"),
    Source.SETTINGS_TYPES: Effect(Reach.SYSTEM, "settings_all_types"),
    Source.INVALID: Effect(Reach.NOTHING, "invalid"),
    Source.MX_INVALID: Effect(Reach.NOTHING, "mx_invalid"),
    Source.DISTANCE_BOUNCE: Effect(Reach.NOTHING, "distance_bounce"),
    Source.ADMIN: Effect(Reach.NOTHING, "admin"),
    Source.PAGE: Effect(Reach.SYSTEM, "page"),
    Source.SMS_STOP: Effect(Reach.NOTHING, "header"),
    Source.PREFERENCES: Effect(Reach.SYSTEM, "settings_oneclick"),
    Source.SUPPRESSION_LIST: Effect(Reach.NOTHING, "admin"),
}


def reach_after(source: int) -> Reach:
    """What is still sent after an unsubscription from this source; an unknown one is taken as LINK."""
    return EFFECTS.get(source, EFFECTS[Source.LINK]).reach
