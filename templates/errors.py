"""What can be wrong with a template: each error says it in a sentence."""

from __future__ import annotations

from projects.errors import DomainError


class ContentError(DomainError):
    """Stored or sent JSON isn't content of its kind."""


class TemplateSyntaxError(DomainError):
    """A source can't be compiled. `line` counts from 1; `liquid_form` is what to write instead, or ""."""

    def __init__(self, sentence: str, *, line: int, field: str = "", liquid_form: str = "") -> None:
        self.sentence = sentence
        self.line = line
        self.liquid_form = liquid_form
        told = f" In Liquid: {liquid_form}" if liquid_form else ""
        super().__init__(f"Line {line}: {sentence}{told}", field=field)


class RenderError(DomainError):
    """A message can't be made for one person; `reason` is kept with the message. The others go on."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        self.reason = reason
        super().__init__(reason, field=field)


class MixError(DomainError):
    """Weights from which nothing can be drawn."""
