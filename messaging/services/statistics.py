"""Counters: rows of changes whose sum always agrees with the messages."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from messaging.vocabulary import COUNTERS, RETENTION_DAYS

# Part of a statement that has `moved(mailing_id, version_id, created_at, state, sent_at)`: rows that left `sending`.
COUNT_RECORDED = """
    INSERT INTO messaging_statistic (mailing_id, version_id, day, sent, failed, skipped, in_doubt, expired)
    SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date,
           count(*) FILTER (WHERE sent_at IS NOT NULL), count(*) FILTER (WHERE state = 'failed'),
           count(*) FILTER (WHERE state = 'skipped'), count(*) FILTER (WHERE state = 'in_doubt'),
           count(*) FILTER (WHERE state = 'expired')
    FROM moved WHERE state NOT IN ('queued', 'sending') GROUP BY 1, 2, 3
"""

_FOLD = """
WITH many AS (
    SELECT mailing_id, day FROM messaging_statistic GROUP BY 1, 2 HAVING count(*) > count(DISTINCT version_id) + 1
), gone AS (
    DELETE FROM messaging_statistic s USING many WHERE s.mailing_id = many.mailing_id AND s.day = many.day
    RETURNING s.*
)
INSERT INTO messaging_statistic (mailing_id, version_id, day, {names})
SELECT mailing_id, version_id, day, {sums} FROM gone GROUP BY 1, 2, 3
""".format(names=", ".join(COUNTERS), sums=", ".join(f"sum({name})" for name in COUNTERS))

_FROM_ROWS = """
SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS audience,
       count(sent_at) AS sent, count(delivered_at) AS delivered, count(opened_at) AS opened,
       count(clicked_at) AS clicked, {states},
       count(unsubscribed_at) AS unsubscribed, count(complained_at) AS complained
FROM messaging_message
WHERE mailing_id = %s AND created_at >= (current_date - {days} + 1)::timestamp AT TIME ZONE 'UTC' GROUP BY 1, 2, 3
""".format(
    days=RETENTION_DAYS,
    states=", ".join(f"count(*) FILTER (WHERE state = '{name}') AS {name}" for name in COUNTERS[5:11]),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where counters and rows disagree; a fault if it ever happens."""

    version_id: int | None
    day: str
    counter: str
    counted: int
    rows: int


def fold_statistics() -> None:
    """Replace the many rows of a mailing and day by one a version. Sums don't change at any moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        # One folds at a time; a second would find the first one's rows gone and fold nothing, but wait for it.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('messaging.fold_statistics'))")
        if cursor.fetchone() == (True,):
            cursor.execute(_FOLD)


def check_statistics(mailing_id: int) -> list[Difference]:
    """Compare a mailing's counters with its message rows; an empty list is as it must be.

    Days that the retention has reached are left out: their rows are gone, or going.
    """
    counted, rows = _sums(_counted_sql(), mailing_id), _sums(_FROM_ROWS, mailing_id)
    zero = dict.fromkeys(COUNTERS, 0)
    return [
        Difference(key[0], str(key[1]), name, counted.get(key, zero)[name], rows.get(key, zero)[name])
        for key in sorted(counted.keys() | rows.keys(), key=str)
        for name in COUNTERS
        if counted.get(key, zero)[name] != rows.get(key, zero)[name]
    ]


def rebuild_statistics(mailing_id: int) -> None:
    """Throw a mailing's counters away and count its rows anew. Days whose messages were removed are kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Not beside a fold: what it has just written would not be seen here, and be counted twice.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('messaging.fold_statistics'))")
        cursor.execute("LOCK TABLE messaging_message IN SHARE MODE")
        cursor.execute(
            "DELETE FROM messaging_statistic WHERE mailing_id = %s AND day > current_date - %s",
            [mailing_id, RETENTION_DAYS],
        )
        columns = ", ".join(("mailing_id", "version_id", "day", *COUNTERS))
        cursor.execute(f"INSERT INTO messaging_statistic ({columns}) {_FROM_ROWS}", [mailing_id])


def _counted_sql() -> str:
    sums = ", ".join(f"sum({name})" for name in COUNTERS)
    return f"""
        SELECT mailing_id, version_id, day, {sums} FROM messaging_statistic
        WHERE mailing_id = %s AND day > current_date - {RETENTION_DAYS} GROUP BY 1, 2, 3
    """


def _sums(sql: str, mailing_id: int) -> dict[tuple[Any, Any], dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [mailing_id])
        return {(row[1], row[2]): dict(zip(COUNTERS, map(int, row[3:]), strict=True)) for row in cursor.fetchall()}
