"""Asking a service whether it would do a thing, without doing it: so forms tell every mistake beside its field."""

from collections.abc import Callable

from django.db import transaction

from projects.errors import DomainError, InvalidInput


class _RollBack(Exception):
    """Ends the rehearsal."""


def mistakes_of(action: Callable[[], object]) -> dict[str, str]:
    """What the action would refuse, {field: sentence} ("" where it names no field); {} when it would succeed.

    It runs in a savepoint that is always rolled back, its after-commit hooks with it.
    """
    try:
        with transaction.atomic():
            action()
            raise _RollBack
    except _RollBack:
        return {}
    except InvalidInput as error:
        return error.errors
    except DomainError as error:
        return {error.field: error.message}
