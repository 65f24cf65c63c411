"""Cells for spreadsheets: what people typed must not become a formula in somebody's Excel."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The value as text; an apostrophe before what a spreadsheet would calculate (OWASP, CSV injection)."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A CSV line by line, with a BOM, which Excel needs to read UTF-8: for files too big to be built at once."""
    line = io.StringIO()
    # In quotes a cell stays whole where a spreadsheet takes semicolons or tabs for the end of one.
    writer = csv.writer(line, quoting=csv.QUOTE_ALL)
    yield "\ufeff"
    for cells in chain([header], ([safe_cell(cell) for cell in row] for row in rows)):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same in one piece."""
    return "".join(csv_lines(header, rows))
