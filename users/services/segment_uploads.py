"""Putting a CSV of people into a static segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from django.db import connection, transaction
from django.utils.timezone import now

from projects.errors import Conflict, InvalidInput
from projects.models import Operator, Project
from users.address_forms import parse_email, parse_phone
from users.models import Address, OmnichannelUser, Segment, SegmentMember, SegmentUpload
from users.segment_csv import Identifier, Row, read_rows
from users.vocabulary import AddressKind, SegmentKind

MAX_ROWS = 1_000_000
BATCH = 5_000
TOLD = 10_000
"""So many rejected rows are kept with their reasons; the rest is one line that says how many."""
KINDS: dict[str, AddressKind] = {"email": AddressKind.EMAIL, "phone": AddressKind.PHONE}
UNKNOWN: dict[str, str] = {
    "client_user_id": "No user of this project has this client_user_id.",
    "email": "No user of this project has this e-mail.",
    "phone": "No user of this project has this phone.",
}

# Which users this upload has met already: on disk rather than in Python, a million of them weigh 60 MB there.
_BEGIN = """
CREATE TEMPORARY TABLE IF NOT EXISTS upload_seen (user_id bigint PRIMARY KEY) ON COMMIT DROP;
TRUNCATE upload_seen
"""
_TAKE = """
WITH fresh AS (
    INSERT INTO upload_seen SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING RETURNING user_id
), added AS (
    INSERT INTO users_segmentmember (segment_id, user_id) SELECT %s, user_id FROM fresh ON CONFLICT DO NOTHING
    RETURNING user_id
)
SELECT user_id, EXISTS (SELECT FROM added WHERE added.user_id = fresh.user_id) FROM fresh
"""


@dataclass(slots=True)
class _Tally:
    """What an upload has done so far."""

    rows: int = 0
    added: int = 0
    already_there: int = 0
    rejected: list[dict[str, object]] = field(default_factory=list)
    untold: int = 0

    def reject(self, row: Row, reason: str) -> None:
        if len(self.rejected) < TOLD:
            self.rejected.append({"row": row.number, "value": row.value[:100].replace("\x00", "�"), "reason": reason})
        else:
            self.untold += 1

    def report(self) -> list[dict[str, object]]:
        told = sorted(self.rejected, key=lambda each: int(str(each["row"])))
        if not self.untold:
            return told
        return [*told, {"row": 0, "value": "", "reason": f"And {self.untold} more rows."}]


def upload_csv(segment: Segment, *, file: IO[bytes], file_name: str, operator: Operator | None = None) -> SegmentUpload:
    """Add the users of a CSV to a static segment, all in one transaction.

    Takes columns client_user_id, email or phone in any order, up to 1,000,000 rows. A bad row is reported with its
    number, value and reason and spoils no other. Raises InvalidInput (file) when it is no such CSV, Conflict for a
    dynamic segment.
    """
    if segment.kind != SegmentKind.STATIC:
        raise Conflict("A dynamic segment finds its users by rules: change the rules.", field="file")
    tally = _Tally()
    with transaction.atomic():
        # Two uploads into one segment go one after the other: in different orders they would deadlock.
        Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN)
        for rows in _batches(read_rows(file)):
            _take(segment, rows, tally)
        upload = _store(segment, tally, file_name=file_name, operator=operator)
        _recount(segment)
    return upload


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _store(segment: Segment, tally: _Tally, *, file_name: str, operator: Operator | None) -> SegmentUpload:
    return SegmentUpload.objects.create(
        segment=segment,
        file_name=file_name.replace("\x00", "")[:255],
        rows=tally.rows,
        added=tally.added,
        already_there=tally.already_there,
        rejected=tally.report(),
        created_by=operator,
    )


def _recount(segment: Segment) -> None:
    segment.counted_users, segment.counted_at = SegmentMember.objects.filter(segment=segment).count(), now()
    figures = {"counted_users": segment.counted_users, "counted_at": segment.counted_at}
    Segment.objects.filter(pk=segment.pk).update(**figures)


def _take(segment: Segment, rows: list[Row], tally: _Tally) -> None:
    tally.rows += len(rows)
    if tally.rows > MAX_ROWS:
        raise InvalidInput({"file": f"At most {MAX_ROWS:,} rows: divide the file into several."})
    found = _found(rows, project=segment.project, tally=tally)
    fresh = _add(segment, {user_id for _, user_id in found})
    met: set[int] = set()
    for row, user_id in found:
        if user_id not in fresh or user_id in met:
            tally.reject(row, "This user is in the file already.")
        met.add(user_id)
    tally.added += sum(fresh.values())
    tally.already_there += len(fresh) - sum(fresh.values())


def _add(segment: Segment, user_ids: Iterable[int]) -> dict[int, bool]:
    """Users that this upload meets for the first time → whether they are new in the segment."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [sorted(user_ids), segment.pk])
        return dict(cursor.fetchall())


def _found(rows: list[Row], *, project: Project, tally: _Tally) -> list[tuple[Row, int]]:
    """The rows that name a user, with the user's id; the others are rejected."""
    read: list[tuple[Row, Identifier, str]] = []
    for row in rows:
        try:
            read.append((row, *_identified(row, default_country=project.default_country)))
        except InvalidInput as error:
            tally.reject(row, error.message)
    known = _known_users(((column, value) for _, column, value in read), project=project)
    for row, column, value in read:
        if (column, value) not in known:
            tally.reject(row, UNKNOWN[column])
    return [(row, known[column, value]) for row, column, value in read if (column, value) in known]


def _identified(row: Row, *, default_country: str) -> tuple[Identifier, str]:
    """The row's column and its value in the form that is stored. Raises InvalidInput."""
    if row.column == "":
        raise InvalidInput({"row": "The row names nobody."})
    if row.column == "email":
        return row.column, parse_email(row.value).value
    if row.column == "phone":
        return row.column, parse_phone(row.value, default_country).value
    if len(row.value) > 255 or "\x00" in row.value:
        raise InvalidInput({"client_user_id": "This value is not a valid client_user_id."})
    return row.column, row.value


def _known_users(wanted: Iterable[tuple[Identifier, str]], *, project: Project) -> dict[tuple[str, str], int]:
    """(column, value) → user id, one query a column."""
    by_column: dict[str, list[str]] = {}
    for column, value in wanted:
        by_column.setdefault(column, []).append(value)
    known: dict[tuple[str, str], int] = {}
    for name, values in by_column.items():
        known |= {(name, value): user_id for value, user_id in _user_ids(project, name, values)}
    return known


def _user_ids(project: Project, column: str, values: list[str]) -> Iterable[tuple[str, int]]:
    if column == "client_user_id":
        users = OmnichannelUser.objects.filter(project=project, client_user_id__in=values)
        return [(str(value), pk) for value, pk in users.values_list("client_user_id", "pk")]
    addresses = Address.objects.filter(project=project, kind=KINDS[column], value__in=values)
    return addresses.values_list("value", "user_id")
