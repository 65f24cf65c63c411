"""Putting a list of addresses on a project's suppression list: one a line, from a file or pasted."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from projects.errors import InvalidInput
from projects.models import Operator, Project
from users.address_forms import ParsedAddress, parse_email, parse_phone, parse_push_token
from users.segment_csv import delimiter_of, encoding_of, numbered
from users.services.consent import suppress_many
from users.vocabulary import AddressKind

MAX_ROWS = 100_000
BATCH = 500
"""Each address locks its value, and the database keeps some thousands of locks for all."""
TOLD = 1_000
HEADINGS = frozenset({"value", "address", "email", "e-mail", "phone", "phone number", "token", "push token"})
Line = tuple[int, str]


@dataclass(slots=True)
class ImportResult:
    """What became of the lines. `rejected` has the first thousand, each {"row": int, "value": str, "reason": str}."""

    rows: int = 0
    added: int = 0
    already_there: int = 0
    refused: int = 0
    rejected: list[dict[str, object]] = field(default_factory=list)

    def reject(self, row: int, value: str, reason: str) -> None:
        self.refused += 1
        if len(self.rejected) < TOLD:
            self.rejected.append({"row": row, "value": value[:100], "reason": reason})


def parse_value(project: Project, kind: AddressKind, text: str) -> ParsedAddress:
    """An address as somebody wrote it. Raises InvalidInput."""
    readers: dict[AddressKind, Callable[[str], ParsedAddress]] = {
        AddressKind.EMAIL: parse_email,
        AddressKind.PHONE: lambda written: parse_phone(written, project.default_country),
        AddressKind.PUSH: parse_push_token,
    }
    return readers[kind](text.strip())


def import_suppressions(
    project: Project, file: IO[bytes], *, kind: AddressKind, reason: str = "", operator: Operator | None = None
) -> ImportResult:
    """Suppress each line's address; what can't be read as one is told and the others are taken.

    The file is a CSV (our own export, too) whose first row may name a column "value", "email", "phone" or "token";
    without such a row the first column counts. Stored 500 at a time, so that after a crash the same file can simply be
    imported again. Raises InvalidInput (file) when it is empty, too long, or no text.
    """
    result = ImportResult()
    lines = _lines(file)
    while batch := list(islice(lines, BATCH)):
        result.rows += len(batch)
        if result.rows > MAX_ROWS:
            raise InvalidInput({"file": f"At most {MAX_ROWS:,} lines: the first ones were taken, divide the rest."})
        values = _readable(project, kind, batch, result)
        added = suppress_many(project, kind=kind, values=values, reason=reason, operator=operator) if values else 0
        result.added += added
        result.already_there += len(values) - added
    if not result.rows:
        raise InvalidInput({"file": "There is no line in it."})
    return result


def _readable(project: Project, kind: AddressKind, lines: list[Line], result: ImportResult) -> list[str]:
    values = []
    for number, text in lines:
        try:
            values.append(parse_value(project, kind, text).value)
        except InvalidInput as error:
            result.reject(number, text, error.message)
    return values


def _lines(file: IO[bytes]) -> Iterator[Line]:
    """(number, value) of each line that isn't blank."""
    text = io.TextIOWrapper(file, encoding=encoding_of(file), errors="replace", newline="")
    try:
        rows = numbered(csv.reader(text, delimiter=delimiter_of(text)))
        column = 0
        for number, cells in rows:
            names = [cell.strip().lower() for cell in cells] if number == 1 else []
            if HEADINGS.intersection(names):
                column = next(place for place, name in enumerate(names) if name in HEADINGS)
                continue
            value = cells[column] if column < len(cells) else ""
            if any(cell.strip() for cell in cells):
                yield number, _bare(value)
    finally:
        text.detach()  # the caller's file stays open


def _bare(cell: str) -> str:
    """Without the apostrophe that our own export puts before a plus (spreadsheet_cells.py)."""
    return cell.strip().removeprefix("'").replace("\0", "�")
