"""Erasure: nothing that tells of a person is left. Asked for, it happens after a while in which nothing is sent."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.timezone import now

from users.models import OmnichannelUser
from users.selectors_export import product_events_of
from users.services.reach import settle_users

USUAL_DELAY = timedelta(days=2)
FORCED_DELAY = timedelta(minutes=10)
"""https://sendios.readme.io/v2/reference/erase-user: after two days. `force_delete`: within ten minutes."""


def request_erasure(user: OmnichannelUser, *, force: bool) -> datetime:
    """Let a person be erased in two days, with `force` in under ten minutes; returns when. From now on nothing is sent.

    Asking again never postpones it. The caller may still read and change the person until then.
    """
    # The job comes by once a minute, and "within" is what was promised.
    wanted = now() + (FORCED_DELAY - timedelta(minutes=2) if force else USUAL_DELAY)
    with transaction.atomic():
        known = OmnichannelUser.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        if known is None:
            return wanted
        user.erase_after = min(known.erase_after or wanted, wanted)
        OmnichannelUser.objects.filter(pk=user.pk).update(erase_after=user.erase_after)
        settle_users([user.pk])
    return user.erase_after


def cancel_erasure(user: OmnichannelUser) -> bool:
    """Keep a person after all: what they may get is again what their consent says. Returns whether it was asked for."""
    with transaction.atomic():
        asked = OmnichannelUser.objects.filter(pk=user.pk, erase_after__isnull=False).update(erase_after=None)
        settle_users([user.pk])
    user.erase_after = None
    return bool(asked)


def erase_due(limit: int = 100) -> int:
    """Erase up to `limit` people whose time has come, each in a transaction of its own. Returns how many."""
    erased = 0
    while erased < limit and _erase_next():
        erased += 1
    return erased


def erase_person(user: OmnichannelUser) -> None:
    """Forget a person: profile, addresses, consent, payments, and what the apps of settings.ERASE_USER_IN keep.

    Messages stay as numbers in the statistics. The suppression list stays, too: without it somebody who objected would
    be written to again once a client system sends their address anew (GDPR, article 17(3)(b) with 21(3)). Within the
    caller's transaction, who holds the row locked.
    """
    user_id = user.pk
    product_events_of(user).delete()
    user.delete()
    # The panel's log goes on to say which operator did something to whom, by a number that leads nowhere now.
    told = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(user), object_id=str(user_id))
    told.update(object_repr=f"user {user_id}", change_message="")
    for name in getattr(settings, "ERASE_USER_IN", ()):
        import_string(name)(user_id)


def _erase_next() -> bool:
    with transaction.atomic():
        due = OmnichannelUser.objects.select_for_update(skip_locked=True).filter(erase_after__lte=now())
        user = due.order_by("erase_after").first()
        if user:
            erase_person(user)
    return user is not None
