"""Statements of the hot paths, planned once a connection: planning them was more than half of what they cost.

Django merges values into the text on this side, so that PostgreSQL sees a new statement each time. Behind a pooler that
hands out connections by transaction and doesn't know prepared statements, set PREPARED_STATEMENTS=off.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor


def fetch(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection, within its transaction; returns the rows, [] where it gives none.

    Name the columns that you want: a plan of `*` fails once a migration has added one. Raises Django's own errors.
    """
    if connection.queries_logged:  # whoever counts queries counts these, too
        with connection.cursor() as logged:
            logged.execute(statement, values)
            return logged.fetchall() if logged.description else []
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
