"""What people upload as a CSV, and what is read of it."""

import io

import pytest

from projects.errors import InvalidInput
from users.segment_csv import Row, read_rows


def rows(data: bytes | str) -> list[Row]:
    return list(read_rows(io.BytesIO(data.encode() if isinstance(data, str) else data)))


def mistake(data: bytes | str) -> str:
    with pytest.raises(InvalidInput) as caught:
        rows(data)
    return caught.value.errors["file"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_are_found_out(encoding: str, delimiter: str, line_end: str) -> None:
    text = line_end.join(
        f"{name}{delimiter}{user}" for name, user in [("Ім'я", "user_id"), ("Олена", "u1"), ("", "u2")]
    )
    assert rows(text.encode(encoding)) == [Row(2, "client_user_id", "u1"), Row(3, "client_user_id", "u2")]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("client_user_id", "client_user_id"),
        ("Client User ID", "client_user_id"),
        ("user-id", "client_user_id"),
        ("E-mail", "email"),
        (" EMAIL ", "email"),
        ("Phone Number", "phone"),
        ("msisdn", "phone"),
    ],
)
def test_headings_have_synonyms(heading: str, column: str) -> None:
    assert rows(f"{heading}\nx\n") == [Row(2, column, "x")]


def test_a_row_is_identified_by_the_first_column_that_it_fills() -> None:
    data = "phone,email,client_user_id\n+1,a@b.c,u1\n+1,a@b.c,\n+1,,\n,,\n+1\n"
    assert rows(data) == [
        Row(2, "client_user_id", "u1"),
        Row(3, "email", "a@b.c"),
        Row(4, "phone", "+1"),
        Row(5, "", ""),
        Row(6, "phone", "+1"),
    ]


@pytest.mark.parametrize(
    ("first", "column"), [("a@b.c", "email"), ("+380 (50) 111-22-33", "phone"), ("user-17", "client_user_id")]
)
def test_one_column_needs_no_heading(first: str, column: str) -> None:
    assert rows(f"{first}\nsecond\n") == [Row(1, column, first), Row(2, column, "second")]


def test_blank_lines_are_left_out_and_counted() -> None:
    assert rows("\n\nemail\n\na@b.c\n\n") == [Row(5, "email", "a@b.c")]


def test_wrong_columns_are_told_with_what_was_found_and_what_is_expected() -> None:
    assert mistake("name,city\nAnn,Kyiv\n") == (
        "The first row names no known column. Found: “name”, “city”. Expected: client_user_id, email or phone."
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"PK\x03\x04rest", "This is an Excel workbook: save it as CSV and upload that."),
        (
            b'email\n"' + b"x" * 200_000,
            "Row 2 can't be read: field larger than field limit (131072). Is a quotation mark left open?",
        ),
    ],
)
def test_what_is_no_csv_is_told(data: bytes, sentence: str) -> None:
    assert mistake(data) == sentence


def test_the_callers_file_stays_open() -> None:
    file = io.BytesIO(b"email\na@b.c\n")
    list(read_rows(file))
    assert not file.closed
