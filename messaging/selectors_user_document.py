"""A person as `GET user/…` of the e-mail era shows them, down to the mails of the last three months (facts, 2B.2)."""

from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from messaging.models import Message
from messaging.selectors_types import names_of_types
from messaging.vocabulary import Category
from templates.models import Channel
from users.models import Address, OmnichannelUser, Payment, TypeUnsubscription
from users.selectors_email_era import consent_as_json, plain, unix
from users.vocabulary import AddressKind, AddressStatus

SENT_MAILS = timedelta(days=92)
MOST_MAILS = 1_000
CATEGORY_IDS = {Category.SYSTEM: 1, Category.TRIGGER: 2, Category.CAMPAIGN: 3}
"""1 and 2 are Sendios'; what it calls campaigns here isn't public."""


def user_document(user: OmnichannelUser) -> dict[str, Any]:
    """The whole `user` object. The types matter to strict decoders; empty containers are `[]`, as PHP writes them.

    `custom_fields` alone is an object even when empty: a customer's client decodes nothing else. What has no
    counterpart here is null, 0 or `[]`: `last_request`, `activation`, `unsub_promo`, `webpush`.
    """
    address = Address.objects.filter(user=user, kind=AddressKind.EMAIL).first()
    return {
        **_profile(user, address),
        **_activity(user, address),
        "sent_mails": _sent_mails(user),
        "unsubscribe": consent_as_json_or_list(user),
        "unsubscribe_types": types_off_rows(user),
        "unsub_promo": [],
        "webpush": [],
        "last_payment": _last_payment(user),
        "channel_id": user.channel_id,
        "subchannel_id": user.subchannel_id,
        "custom_fields": user.fields,
        "vip": int(user.vip),
    }


def types_off_rows(user: OmnichannelUser) -> list[dict[str, Any]]:
    """The types that the person doesn't want by e-mail."""
    names = names_of_types(user.project, AddressKind.EMAIL)
    rows = TypeUnsubscription.objects.filter(user=user, kind=AddressKind.EMAIL).order_by("type_id")
    return [
        {
            "type_id": row.type_id,
            "type_sig": names.get(row.type_id, ("", ""))[0],
            "created_at": plain(row.created_at),
            "sharded": False,
        }
        for row in rows
    ]


def subscription_rows(user: OmnichannelUser) -> list[dict[str, Any]]:
    """Every trigger type of the project, and whether the person is unsubscribed from it: both public row shapes."""
    names = names_of_types(user.project, AddressKind.EMAIL)
    off = {row["type_id"]: row["created_at"] for row in types_off_rows(user)}
    triggers = {type_id: name for type_id, (name, category) in names.items() if category == Category.TRIGGER}
    return [
        {"type_id": type_id, "name": name, "unsubscribed": type_id in off, "created_at": off.get(type_id)}
        for type_id, name in triggers.items()
    ]


def consent_as_json_or_list(user: OmnichannelUser) -> dict[str, Any] | list[Any]:
    """The unsubscription without the numbers that stand around it; `[]` where there is none."""
    told = consent_as_json(user)
    if not isinstance(told, dict):
        return []
    return {name: told[name] for name in ("source_id", "meta", "created_at", "updated_at")}


def _profile(user: OmnichannelUser, address: Address | None) -> dict[str, Any]:
    profile = {"age": user.age, "ak": user.ak or None, "photo": user.photo or None, "partner_id": user.partner_id}
    return {
        "id": user.pk,
        "project_id": user.project_id,
        "project_title": user.project.name,
        "client_user_id": user.client_user_id,
        "email": address.value if address else "",
        "name": user.name or None,
        "gender": user.gender or None,
        "country": user.country or None,
        "city": user.city or None,
        "language": user.language or None,
        "platform_id": user.platform_id,
        "meta": {"profile": profile},
        "created_at": plain(user.created_at),
    }


def _activity(user: OmnichannelUser, address: Address | None) -> dict[str, Any]:
    moments = [user.last_reaction_at, *((address.last_clicked_at, address.last_opened_at) if address else ())]
    reactions = [moment for moment in moments if moment is not None]
    return {
        "err_response": int(address is not None and address.status == AddressStatus.INVALID),
        "confirm": int(user.email_confirmed_at is not None),
        "last_online": plain(user.last_online_at) if user.last_online_at else None,
        "last_reaction": plain(max(reactions)) if reactions else None,
        "last_mailed": plain(address.last_sent_at) if address and address.last_sent_at else None,
        "last_request": None,
        "activation": plain(user.email_confirmed_at) if user.email_confirmed_at else None,
        "clicks": address.clicked_count if address else 0,
        "sends": address.sent_count if address else 0,
    }


def _sent_mails(user: OmnichannelUser) -> list[dict[str, Any]]:
    """The newest first, a thousand at most."""
    mails = Message.objects.filter(user_id=user.pk, channel=Channel.EMAIL, sent_at__gte=now() - SENT_MAILS)
    rows = mails.select_related("mailing", "sender", "version").order_by("-pk")[:MOST_MAILS]
    return [_mail(message) for message in rows]


def _mail(message: Message) -> dict[str, Any]:
    """Of what Sendios splits further (subjects, servers, pre-headers) we have one each: 0 and the sender's name."""
    sender = message.sender.name if message.sender else ""
    return {
        "id": message.pk,
        "category_id": CATEGORY_IDS[Category(message.category)],
        "type_id": message.mailing.type_id or 0,
        "subject_id": 0,
        "template_id": message.version.template_id if message.version else 0,
        "split_group": 0,
        "source_id": message.sender_id or 0,
        "server_id": 0,
        "created_at": plain(message.created_at),
        "mail_group_id": message.mailing_id,
        "pre_header_id": 0,
        "category_sig": Category(message.category).label,
        "server_name": sender,
        "server_ip": "",
        "source_name": sender,
        "type_sig": message.mailing.name,
    }


def _last_payment(user: OmnichannelUser) -> dict[str, Any] | list[Any]:
    payments = Payment.objects.filter(user=user).order_by("-pk")
    last = payments.first()
    if last is None:
        return []
    return {
        "id": last.pk,
        "user_id": user.pk,
        "project_id": user.project_id,
        "started_at": unix(last.started_at),
        "expires_at": unix(last.expires_at),
        "active": int(last.expires_at is None or last.expires_at > now()),
        "amount": float(last.amount) if last.amount is not None else 0,
        "payment_count": payments.count(),
        "payment_type": last.payment_type,
    }
