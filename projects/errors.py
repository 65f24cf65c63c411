"""Domain errors: one base, turned into an API body or a sentence in the panel in one place each."""


class DomainError(Exception):
    """Something the caller can understand and mend. `status` is the HTTP status the API answers with."""

    status = 400

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(DomainError):
    """One or more fields are wrong. `errors` maps a field's name to a sentence, in the order to be told."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        field, message = next(iter(errors.items()))
        super().__init__(message, field=field)


class NotFound(DomainError):
    """The named thing does not exist (or belongs to somebody else; the answer is the same)."""

    status = 404


class Forbidden(DomainError):
    """The caller may not do this there."""

    status = 403

    def __init__(self, message: str = "Forbidden") -> None:
        super().__init__(message)


class Conflict(DomainError):
    """What is asked for contradicts what is stored."""

    status = 409


class WrongFields(Conflict):
    """Fields of a person with wrong values, in Sendios' own form (facts, section 1.5): field → sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Validation error")
        self.errors = errors
