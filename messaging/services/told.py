"""What webhooks are told of messages and people: names and fields as Sendios has them (facts, 3.13).

Nothing is asked and nothing is written where no webhook listens, so the pipeline doesn't pay for what nobody uses.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from messaging.models import Message
from messaging.vocabulary import Category, State
from projects.services.webhooks import Happening, listening, listens, tell
from templates.models import Channel
from users.consent_sources import Source
from users.models import Address, OmnichannelUser
from users.vocabulary import AddressKind

SENT, LOST, REJECT, DELIVERED, OPEN, CLICK, UNSUB, SPAM = (
    "sent", "lost", "reject", "delivered", "open", "click", "unsub", "spam",
)  # fmt: skip
# A kind that a channel doesn't name isn't told. SMS and app push know no `reject`: what isn't sent is lost.
NAMES: Mapping[str, Mapping[str, str]] = {
    Channel.EMAIL: {kind: kind for kind in (SENT, LOST, REJECT, OPEN, CLICK, UNSUB, SPAM)},
    Channel.SMS: {kind: f"sms_{kind}" for kind in (SENT, LOST, DELIVERED, CLICK)} | {REJECT: "sms_lost"},
    Channel.APP_PUSH: {kind: f"app_push_{kind}" for kind in (SENT, LOST, DELIVERED, CLICK)} | {REJECT: "app_push_lost"},
}
KIND_OF_STATE = {State.SENT: SENT, State.FAILED: LOST, State.EXPIRED: LOST, State.SKIPPED: REJECT}
KIND_OF_REPORT = {State.DELIVERED: DELIVERED, State.OPENED: OPEN, State.CLICKED: CLICK}
ID_NAMES: Mapping[str, str] = {Channel.SMS: "sms_id", Channel.APP_PUSH: "push_id"}
SYSTEM_CATEGORY, OTHER_CATEGORY = 1, 2
_SLICE = 2_000


def tell_of_messages(kind: str, message_ids: Sequence[int], *, more: Mapping[int, Mapping[str, Any]] = {}) -> None:
    """Tell that `kind` (SENT, LOST, …) happened to messages. Within the transaction that makes it true.

    `more` adds fields to a message's event, by its id (the link of a click). People who were erased are not told of.
    """
    names = {names[kind] for names in NAMES.values() if kind in names}
    projects = [project_id for project_id, heard in listening().items() if not heard.isdisjoint(names)]
    if not projects:
        return
    for start in range(0, len(message_ids), _SLICE):
        _tell(kind, message_ids[start : start + _SLICE], projects, more)


def tell_of_states(states: Iterable[tuple[int, int, State]]) -> None:
    """Tell of messages (id, project id, state) that were just recorded; states that are no end are passed over."""
    listeners = listening()
    if not listeners:
        return
    kinds: dict[str, list[int]] = {}
    for message_id, project_id, state in states:
        if project_id in listeners and state in KIND_OF_STATE:
            kinds.setdefault(KIND_OF_STATE[state], []).append(message_id)
    for kind, ids in kinds.items():
        tell_of_messages(kind, ids)


def tell_created(user: OmnichannelUser, *, meta: Any = None) -> None:
    """Tell that a send to an unknown e-mail address made this user, whose address is attached by now."""
    if listens(user.project_id, "created"):
        tell(user.project_id, [_of_person("created", user, reg_type="sys_letter", **({"meta": meta} if meta else {}))])


def tell_opt_out(message: Message | None, user: OmnichannelUser, *, kind: AddressKind, source: int) -> None:
    """Tell that a person unsubscribed or complained (source FBL): by the message that led to it, else by the person.

    Sendios names these events for e-mail only.
    """
    name = SPAM if source == Source.FBL else UNSUB
    if kind != AddressKind.EMAIL or not listens(user.project_id, name):
        return
    if message:
        tell_of_messages(name, [message.pk], more={message.pk: {"unsub_source_id": source}})
    else:
        tell(user.project_id, [_of_person(name, user, unsub_source_id=source)])


def _tell(kind: str, ids: Sequence[int], projects: Sequence[int], more: Mapping[int, Mapping[str, Any]]) -> None:
    # Plain values: objects of seven tables for each of 2,000 messages take four times as long.
    rows = Message.objects.filter(pk__in=ids, project__in=projects).order_by("project_id", "pk").values(*_COLUMNS)
    told = [row for row in rows if kind in NAMES[row["channel"]]]
    for project_id, messages in groupby(told, key=lambda row: row["project_id"]):
        tell(project_id, [_of_message(kind, message, more.get(message["id"], {})) for message in messages])


_COLUMNS = (
    "id", "project_id", "user_id", "sender_id", "mailing_id", "channel", "category", "reason", "meta",
    "project__name", "mailing__type_id", "sender__name", "version__template_id", "address__value",
    "address__last_sent_at", "user__client_user_id", "user__name", "user__language", "user__last_online_at",
    "user__last_reaction_at",
)  # fmt: skip


def _of_message(kind: str, row: Mapping[str, Any], more: Mapping[str, Any]) -> Happening:
    name = NAMES[row["channel"]][kind]
    fields = {
        "event": name,
        "project_id": row["project_id"],
        "client_user_id": row["user__client_user_id"],
        "category_id": SYSTEM_CATEGORY if row["category"] == Category.SYSTEM else OTHER_CATEGORY,
        "template_id": row["version__template_id"],
        "type_id": row["mailing__type_id"],
        "campaign_id": row["mailing_id"] if row["category"] == Category.CAMPAIGN else None,
    }
    fields |= _of_email(row) if row["channel"] == Channel.EMAIL else _of_omnichannel(row)
    if row["meta"] is not None:
        fields["meta"] = row["meta"]
    if kind in (LOST, REJECT):
        fields["reason"] = row["reason"]
    return Happening(name, {**fields, **more}, row["user_id"])


def _of_omnichannel(row: Mapping[str, Any]) -> dict[str, Any]:
    return {ID_NAMES[row["channel"]]: row["id"], "omnichannel": 1, "channel": row["channel"]}


def _of_email(row: Mapping[str, Any]) -> dict[str, Any]:
    """Sendios' own fields. Its several servers and mail sources are our senders; there are no split groups."""
    email = row["address__value"] or ""
    return {
        "mail_id": row["id"],
        "user_id": row["user_id"],
        "mail_source_id": row["sender_id"],
        "source_id": row["sender_id"],
        "server": row["sender__name"] or "",
        "split_group": 0,
        "project": row["project__name"],
        "email": email,
        "user": {
            "id": row["user_id"],
            "project_id": row["project_id"],
            "email": email,
            "name": row["user__name"],
            "language": row["user__language"],
            "last_online": _unix(row["user__last_online_at"]),
            "last_mailed": _unix(row["address__last_sent_at"]),
            "last_reaction": _unix(row["user__last_reaction_at"]),
        },
    }


def _of_person(name: str, user: OmnichannelUser, **more: Any) -> Happening:
    address = Address.objects.filter(user=user, kind=AddressKind.EMAIL).first()
    fields = {
        "event": name,
        "user_id": user.pk,
        "project_id": user.project_id,
        "client_user_id": user.client_user_id,
        "project": user.project.name,
        "split_group": 0,
        "email": address.value if address else "",
        "user": _person(user, address),
    }
    return Happening(name, fields | more, user.pk)


def _person(user: OmnichannelUser, address: Address | None) -> dict[str, Any]:
    return {
        "id": user.pk,
        "project_id": user.project_id,
        "email": address.value if address else "",
        "name": user.name,
        "language": user.language,
        "last_online": _unix(user.last_online_at),
        "last_mailed": _unix(address.last_sent_at if address else None),
        "last_reaction": _unix(user.last_reaction_at),
    }


def _unix(moment: datetime | None) -> int:
    """Whole seconds, 0 for never, as Sendios writes the times of a user's row."""
    return int(moment.timestamp()) if moment else 0
