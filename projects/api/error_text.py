"""How a domain error reads on the wire. Sendios' own wording, doubled space included (facts, section 1.5)."""

from projects.errors import DomainError, InvalidInput

PREFIX = "Request validation error:  "


def text_of(error: DomainError) -> str:
    """The `error` of the answer: every offending field with its sentence, the first one first."""
    if isinstance(error, InvalidInput):
        return PREFIX + "; ".join(f"{field} - {message}" for field, message in error.errors.items())
    if error.field:
        return f"{PREFIX}{error.field} - {error.message}"
    return error.message
