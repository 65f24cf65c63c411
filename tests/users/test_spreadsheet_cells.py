"""A8: no cell of an export is a formula, whichever sign a spreadsheet takes for the end of a cell."""

import csv
import io

import pytest

from users.spreadsheet_cells import as_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]


@pytest.mark.parametrize("start", STARTS)
def test_what_a_spreadsheet_would_calculate_begins_with_an_apostrophe(start):
    rows = list(csv.reader(io.StringIO(as_csv(["cell"], [[f"{start}1+1"]]), newline="")))
    assert rows[1] == [f"'{start}1+1"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_no_cell_falls_apart_where_another_sign_separates(separator):
    """Excel in most of Europe splits lines at semicolons; what stands in quotes stays whole."""
    text = as_csv(["cell"], [[f"a{separator}=1+1"]])
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert rows[1] == [f"a{separator}=1+1"]
