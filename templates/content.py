"""What a message says, by kind: templates make these, channels carry them."""

from dataclasses import dataclass


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
