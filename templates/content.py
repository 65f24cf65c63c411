"""What a message says, by kind: templates make these, channels carry them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from templates.errors import ContentError


@dataclass(frozen=True, slots=True)
class PushContent:
    """An app push. `logo` and `link` are URLs or ""."""

    subject: str
    text: str
    logo: str
    link: str


@dataclass(frozen=True, slots=True)
class TextContent:
    """An SMS."""

    text: str


@dataclass(frozen=True, slots=True)
class EmailContent:
    """An e-mail. `preheader` is what an inbox shows beside the subject, `text` the plain alternative of `html`."""

    subject: str
    preheader: str
    html: str
    text: str


Content = PushContent | TextContent | EmailContent

CONTENT_KINDS: dict[str, type[Content]] = {
    "app_push": PushContent,
    "sms": TextContent,
    "email": EmailContent,
}
"""The kind of content each channel carries."""

LABELS: dict[str, str] = {
    "logo": "Logo",
    "subject": "Subject",
    "preheader": "Pre-header",
    "html": "HTML",
    "text": "Message text",
    "link": "Link",
}
"""What the panel calls each field, in the order in which a form shows them."""

_LABELS_OF: dict[type[Content], dict[str, str]] = {EmailContent: {"text": "Plain text"}}


def label_of(kind: type[Content], name: str) -> str:
    """What the panel calls a field of this kind of content."""
    return _LABELS_OF.get(kind, {}).get(name, LABELS[name])


_FIELDS = {
    kind: tuple(name for name in LABELS if name in {field.name for field in fields(kind)})
    for kind in CONTENT_KINDS.values()
}


def field_names(channel: str) -> tuple[str, ...]:
    """The fields of a channel's content, in the order of a form. KeyError on an unknown channel."""
    return _FIELDS[CONTENT_KINDS[channel]]


def field_names_of(content: Content) -> tuple[str, ...]:
    """The fields of a content, in the order of a form."""
    return _FIELDS[type(content)]


def to_json(content: Content) -> dict[str, str]:
    """Content as the plain dict that `TemplateVersion.content` stores."""
    return {name: getattr(content, name) for name in _FIELDS[type(content)]}


def from_json(channel: str, stored: Mapping[str, object]) -> Content:
    """Content of the channel's kind from `to_json`'s dict; a field left out is "".

    Raises ContentError on an unknown channel or field and on a value that is no string.
    """
    if channel not in CONTENT_KINDS:
        raise ContentError(f"There is no channel “{channel}”.")
    names = field_names(channel)
    for name, value in stored.items():
        if name not in names:
            raise ContentError(f"A template of this channel has no field “{name}”.")
        if not isinstance(value, str):
            raise ContentError(f"The field “{name}” must be text.")
    return CONTENT_KINDS[channel](**{name: str(stored.get(name, "")) for name in names})
