"""What a provider is: envelopes in, outcomes out.

Nothing here knows a model, a database or HTTP. Messaging builds `Envelope`s, a `Connection` hands them
over, and each envelope comes back as exactly one outcome. A new provider implements `Provider` and
`Connection`: ADDING_PROVIDERS.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from templates.content import Content

Channel = Literal["app_push", "sms", "email"]
AddressKind = Literal["push_token", "phone", "email"]
FieldKind = Literal["text", "textarea", "json-file", "key-file", "choice"]
ReceiptStatus = Literal["accepted", "buffered", "delivered", "undelivered", "bounced", "complained", "unknown"]
Bounce = Literal["", "invalid", "mx_invalid", "distance"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message ready to be handed over.

    `key` is our message id and only matches outcomes. `address` is a push token or an E.164 phone
    ("+4915…") or an e-mail. `data` is the push's string map (the others leave it alone), `headers` are an
    e-mail's own beyond those that every message has. `collapse_id` lets a phone show a re-sent push once.
    `client_ref` is given to the provider and comes back in its receipts; it is digits.
    """

    key: int
    address: str
    content: Content
    data: Mapping[str, str] = field(default_factory=dict)
    collapse_id: str | None = None
    client_ref: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """The provider took it; `provider_id` is its name for the message."""

    key: int
    provider_id: str


@dataclass(frozen=True, slots=True)
class Temporary:
    """Certainly not sent; try later. `retry_after` is seconds the provider asked for, None if it didn't
    say.
    """

    key: int
    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never again. `address_is_dead` retires the address, but only one registered before `dead_since` (if
    given).
    """

    key: int
    reason: str
    address_is_dead: bool = False
    dead_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """The sender is at fault (credentials, funds, quota): pause the sender; the message waits."""

    key: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left, but no answer came: the caller decides (push is sent again, SMS becomes in doubt)."""

    key: int
    reason: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """Nothing was tried: the message waits as if it had not been claimed."""

    key: int
    reason: str


Outcome = Handed | Temporary | Permanent | Blocked | Unknown | NotBegun


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to "check credentials": a sentence for the panel."""

    ok: bool
    answer: str


@dataclass(frozen=True, slots=True)
class ReceiptEvent:
    """One delivery receipt in our words.

    `event_id` is the same whenever the provider repeats the same receipt. `provider_id` is what `Handed`
    carried, `client_ref` what the envelope carried ("" if the provider didn't return it). `at` is when it
    happened, if told. `bounced` is an undelivered message whose address will never work, and `bounce` says in which
    way; `complained` is a person who called it spam.
    """

    event_id: str
    provider_id: str
    client_ref: str
    status: ReceiptStatus
    reason: str
    at: datetime | None
    bounce: Bounce = ""


@dataclass(frozen=True, slots=True)
class InboundText:
    """What a person wrote back: `phone` in E.164 form, `text` as typed. `event_id` as for ReceiptEvent."""

    event_id: str
    phone: str
    text: str
    at: datetime | None


Incoming = ReceiptEvent | InboundText


class BadSignature(Exception):
    """A receipt that didn't come from the provider."""


class BadReceipt(Exception):
    """A receipt that can't be read; the text says why."""


class CredentialError(ValueError):
    """A credential field is wrong; `sentence` is shown beside the field named `field`."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


def accept_anything(_value: str) -> None:
    """The validator of fields without a rule of their own."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the credential form.

    `validate` raises ValueError with a sentence for the person at the panel. `choices` are (value, label)
    pairs of the kind "choice"; `default` fills the form and an empty value.
    """

    name: str
    label: str
    help_text: str = ""
    secret: bool = False
    kind: FieldKind = "text"
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    default: str = ""
    validate: Callable[[str], None] = accept_anything


class Connection(Protocol):
    """A sender's line to its provider. Belongs to one thread; keep it between batches, drop it when
    credentials change.
    """

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Hand over many at once: one outcome per envelope, in the same order. Never raises for a single
        message.
        """
        ...

    def check(self) -> Check:
        """Ask the provider whether the credentials are good, without sending anything to anybody."""
        ...


class Provider(Protocol):
    """A provider: what it is called, what it needs, and how to reach it. Stateless; the registry keeps one."""

    name: str
    channel: Channel
    title: str
    address_kind: AddressKind
    fields: tuple[CredentialField, ...]

    def clean(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values as they are to be stored. Raises CredentialError for the first field that is wrong."""
        ...

    def connect(self, credentials: Mapping[str, str], *, address: str = "", callback_url: str = "") -> Connection:
        """A connection with cleaned credentials. No network traffic happens before the first send or check.

        `address` is what messages come from: a number or name (SMS), an e-mail address; `callback_url` is where
        the provider shall send receipts.
        """
        ...

    def receipts(
        self, body: bytes, content_type: str, query: Mapping[str, str], credentials: Mapping[str, str]
    ) -> Sequence[Incoming]:
        """Verify and parse what came to the receipt URL. Raises BadSignature or BadReceipt; [] where none
        exist.
        """
        ...


def clean_fields(fields: Sequence[CredentialField], values: Mapping[str, str]) -> dict[str, str]:
    """Each field stripped, defaulted and validated; unknown names are dropped. Raises CredentialError."""
    return {each.name: _clean_field(each, values.get(each.name) or "") for each in fields}


def _clean_field(spec: CredentialField, raw: str) -> str:
    value = raw.strip() or spec.default
    if not value:
        if spec.required:
            raise CredentialError(spec.name, f"{spec.label} is required.")
        return ""
    if spec.kind == "choice" and value not in dict(spec.choices):
        names = ", ".join(name for name, _ in spec.choices)
        raise CredentialError(spec.name, f"{spec.label} must be one of: {names}.")
    try:
        spec.validate(value)
    except ValueError as error:
        raise CredentialError(spec.name, str(error)) from error
    return value
