"""Reading a CSV of people: encoding, delimiter, header, and one identifier a row. Pure: no database.

Spreadsheets of this world write UTF-8 with and without BOM, UTF-16 and Windows-1251, commas, semicolons and tabs.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal

from projects.errors import InvalidInput

Identifier = Literal["client_user_id", "email", "phone"]

SYNONYMS: dict[Identifier, tuple[str, ...]] = {
    "client_user_id": (
        "client user id",
        "clientuserid",
        "user id",
        "userid",
        "user",
        "id",
        "customer id",
        "external id",
    ),
    "email": ("email", "e mail", "mail", "email address", "e mail address"),
    "phone": ("phone", "phone number", "tel", "telephone", "mobile", "mobile phone", "msisdn", "number"),
}
COLUMNS: dict[str, Identifier] = {word: column for column, words in SYNONYMS.items() for word in words}
ORDER: tuple[Identifier, ...] = ("client_user_id", "email", "phone")
EXPECTED = "client_user_id, email or phone"

DELIMITERS = ",;\t"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHUNK = 1 << 20
PHONE = re.compile(r"^\+?[\d\s().-]{5,}$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a spreadsheet numbers it. `column` is "" where the row names nobody."""

    number: int
    column: Identifier | Literal[""]
    value: str


def read_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a CSV in order, read as they are asked for; blank lines are left out.

    With several known columns a row is identified by the first that it fills: client_user_id, email, phone. Raises
    InvalidInput (file) when it is no such CSV.
    """
    text = io.TextIOWrapper(file, encoding=encoding_of(file), errors="replace", newline="")
    try:
        yield from _rows(text)
    finally:
        text.detach()  # the caller's file stays open


def encoding_of(file: IO[bytes]) -> str:
    """By BOM; else UTF-8 if all of it is; else Windows-1251. Reads the file once, in pieces."""
    file.seek(0)
    start = file.read(4)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput({"file": "This is an Excel workbook: save it as CSV and upload that."})
    encoding = next((name for bom, name in BOMS if start.startswith(bom)), "")
    if not encoding:
        encoding = "utf-8" if _is_utf8(file) else "windows-1251"
    file.seek(0)
    return encoding


def _is_utf8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: io.TextIOWrapper) -> Iterator[Row]:
    lines = numbered(csv.reader(text, delimiter=delimiter_of(text)))
    number, first = next(lines, (0, []))
    if not first:
        raise InvalidInput({"file": "The file is empty."})
    columns, has_header = _columns_of(first)
    if not has_header:
        yield _row(number, first, columns)
    for number, cells in lines:
        yield _row(number, cells, columns)


def delimiter_of(text: io.TextIOWrapper) -> str:
    """The delimiter that the first line has most of, a comma where it has none."""
    line = ""
    while not line.strip():
        line = text.readline(CHUNK)
        if not line:
            break
    text.seek(0)
    unquoted = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=unquoted.count)


def numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInput(
                {"file": f"Row {number} can't be read: {error}. Is a quotation mark left open?"}
            ) from error
        if cells:
            yield number, cells


def _columns_of(first: list[str]) -> tuple[dict[Identifier, int], bool]:
    """Which column is where, and whether the row said so. A file of one column needs no header."""
    names = [re.sub(r"[\s_-]+", " ", cell.strip().lower()) for cell in first]
    columns: dict[Identifier, int] = {}
    for place, name in enumerate(names):
        if name in COLUMNS:
            columns.setdefault(COLUMNS[name], place)
    if columns:
        return columns, True
    if len(first) == 1 and (kind := _kind_of(first[0].strip())):
        return {kind: 0}, False
    found = ", ".join(f"“{cell.strip()[:40]}”" for cell in first[:10])
    raise InvalidInput({"file": f"The first row names no known column. Found: {found}. Expected: {EXPECTED}."})


def _kind_of(value: str) -> Identifier | None:
    """What a value without a heading is. One without any digit is more likely a heading that nobody knows."""
    if "@" in value:
        return "email"
    if value.startswith("+") and PHONE.match(value):
        return "phone"
    return "client_user_id" if any(char.isdigit() for char in value) else None


def _row(number: int, cells: list[str], columns: dict[Identifier, int]) -> Row:
    for column in ORDER:
        place = columns.get(column)
        if place is not None and place < len(cells) and (value := cells[place].strip()):
            return Row(number, column, value)
    return Row(number, "", "")
