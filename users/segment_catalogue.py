"""Which fields segments can ask for: the defaults, a project's custom fields, the channels and their metrics."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pycountry

from projects.models import Project
from users.models import CustomField
from users.segment_operators import OPERATORS, Choice, FieldKind, FieldSpec
from users.segment_rules import Group, describe_rules, read_rules, rules_as_json
from users.vocabulary import AddressKind, FieldType, Gender, Platform, PushProvider

USER, CUSTOM, CHANNELS, METRICS = "User", "Custom fields", "Channels", "Activity"

CHANNEL_KINDS: dict[str, AddressKind] = {
    "email": AddressKind.EMAIL,
    "sms": AddressKind.PHONE,
    "app_push": AddressKind.PUSH,
}
"""Which kind of address makes a person present in a channel."""

CHANNEL_LABELS = {"email": "E-mail", "sms": "SMS", "app_push": "App push"}
SENDING_CHANNELS = ("app_push", "sms", "email")
METRIC_FIELDS: dict[str, tuple[str, str, FieldKind]] = {
    "last_sent": ("last_sent_at", "last sent", "date"),
    "last_delivered": ("last_delivered_at", "last delivered", "date"),
    "last_click": ("last_clicked_at", "last click", "date"),
    "last_open": ("last_opened_at", "last open", "date"),
    "sent_count": ("sent_count", "messages sent", "number"),
    "opened_count": ("opened_count", "messages opened", "number"),
    "clicked_count": ("clicked_count", "messages clicked", "number"),
}
"""Metric → column of Address, label, type."""

OF_EMAIL_ONLY = ("last_open", "opened_count")
"""Nobody tells of an SMS or a push that it was opened without a click."""

CUSTOM_KINDS: dict[str, FieldKind] = {
    FieldType.STRING: "text",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.LIST: "list",
}


def catalogue(project: Project) -> list[FieldSpec]:
    """Every field that a condition may name in this project, in the order a builder shows them. One query."""
    custom = CustomField.objects.filter(project=project).order_by("name").values_list("name", "type")
    return [*default_fields(), *(_custom_field(name, type_) for name, type_ in custom), *channel_fields()]


def validate_rules(rules: object, *, project: Project) -> Group:
    """The rules as a tree; raises InvalidInput whose keys are paths such as `rules.items[1].value`."""
    return read_rules(rules, specs=catalogue(project))


def normalised_rules(rules: object, *, project: Project) -> dict[str, object]:
    """The rules in the form that is stored. Raises InvalidInput."""
    return rules_as_json(validate_rules(rules, project=project))


def describe(rules: object, *, project: Project) -> str:
    """The rules as an English sentence. Raises InvalidInput, e.g. after a custom field was removed."""
    return describe_rules(validate_rules(rules, project=project))


@cache
def default_fields() -> tuple[FieldSpec, ...]:
    """What every user has."""
    return (
        _spec("client_user_id", "Client user id", "text"),
        _spec("name", "Name", "text"),
        _spec("gender", "Gender", "choice", tuple((key, str(label)) for key, label in Gender.choices)),
        _spec("language", "Language", "choice", _languages()),
        _spec("country", "Country", "choice", _countries()),
        _spec("platform_id", "Platform", "choice", tuple((key, str(label)) for key, label in Platform.choices)),
        _spec("vip", "VIP", "boolean"),
        _spec("age", "Age", "number"),
        _spec("registered_at", "Registered at", "date"),
        _spec("last_online_at", "Last online", "date"),
        _spec("time_zone", "Time zone", "text"),
        _spec("created_at", "Created at", "date"),
        _spec("email_confirmed_at", "E-mail confirmed at", "date"),
    )


@cache
def channel_fields() -> tuple[FieldSpec, ...]:
    """Presence in every channel, and the metrics of those that Sendios sends through."""
    return (*_presence(), *_metrics())


def _presence() -> Iterator[FieldSpec]:
    for channel, label in CHANNEL_LABELS.items():
        yield FieldSpec(f"{channel}.present", f"{label} address is active", "boolean", CHANNELS, OPERATORS["boolean"])
    for provider in PushProvider:
        label = f"{provider.label} device is active"
        yield FieldSpec(f"app_push.{provider}", label, "boolean", CHANNELS, OPERATORS["boolean"])
    for channel, label in CHANNEL_LABELS.items():
        told = f"{label}: unsubscribed"
        yield FieldSpec(f"{channel}.unsubscribed", told, "boolean", CHANNELS, OPERATORS["boolean"])


def _metrics() -> Iterator[FieldSpec]:
    for channel in SENDING_CHANNELS:
        for metric, (_column, label, kind) in METRIC_FIELDS.items():
            if metric in OF_EMAIL_ONLY and channel != "email":
                continue
            operators = tuple(each for each in OPERATORS[kind] if kind != "number" or each.value != "none")
            yield FieldSpec(f"{channel}.{metric}", f"{CHANNEL_LABELS[channel]}: {label}", kind, METRICS, operators)


def _spec(name: str, label: str, kind: FieldKind, choices: tuple[Choice, ...] = ()) -> FieldSpec:
    return FieldSpec(name, label, kind, USER, OPERATORS[kind], choices)


def _custom_field(name: str, type_: str) -> FieldSpec:
    kind = CUSTOM_KINDS[type_]
    return FieldSpec(f"fields.{name}", name, kind, CUSTOM, OPERATORS[kind])


def _countries() -> tuple[Choice, ...]:
    return tuple(sorted(((each.alpha_2, each.name) for each in pycountry.countries), key=lambda pair: pair[1]))


def _languages() -> tuple[Choice, ...]:
    found = ((each.alpha_2, each.name) for each in pycountry.languages if hasattr(each, "alpha_2"))
    return tuple(sorted(found, key=lambda pair: pair[1]))
