"""A bound on how long the database may think about one thing, so that a screen never hangs."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from projects.errors import DomainError

SETTINGS = ("statement_timeout", "work_mem", "jit")


class TookTooLong(DomainError):
    """The database was stopped at the limit."""

    status = 503


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Run the statements inside with a limit each, more memory for hashing and without JIT.

    Raises TookTooLong; what was written inside is rolled back then. Works inside of a transaction, too.
    """
    try:
        with transaction.atomic():
            before = _settings()
            _set({"statement_timeout": f"{int(seconds * 1000)}ms", "work_mem": "64MB", "jit": "off"})
            yield
            _set(before)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        raise TookTooLong(f"This takes longer than {seconds:g} seconds: make the rules simpler.") from error


def _settings() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(SETTINGS)])
        return dict(cursor.fetchall())


def _set(values: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
