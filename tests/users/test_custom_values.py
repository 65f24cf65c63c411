import pytest

from users.custom_values import errors_in_fields, fits, type_of
from users.vocabulary import FieldType


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("text", FieldType.STRING),
        ("", FieldType.STRING),
        ("5", FieldType.STRING),
        (5, FieldType.NUMBER),
        (1.5, FieldType.NUMBER),
        (True, FieldType.BOOLEAN),
        ([], FieldType.LIST),
        (["2020-01-01"], FieldType.LIST),
        ("2020-02-29", FieldType.DATE),
        ("2020-02-29T10:00", FieldType.DATE),
        ("2020-02-29 10:00:00.123Z", FieldType.DATE),
        ("2020-02-29T10:00:00+05:30", FieldType.DATE),
        ("2021-02-29", FieldType.STRING),
        ("2020-2-9", FieldType.STRING),
        ("20200229", FieldType.STRING),
        ("2020-W09-6", FieldType.STRING),
        ("2020-02-29 and later", FieldType.STRING),
        ("2020-02-29T10:00:00+20:00", FieldType.STRING),
        ("٢٠٢٠-٠٢-٢٩", FieldType.STRING),
    ],
)
def test_the_first_value_tells_the_type(value, type_):
    assert type_of(value) == type_


@pytest.mark.parametrize(
    ("value", "type_", "may"),
    [
        ("2020-01-01", FieldType.STRING, True),
        ("text", FieldType.DATE, False),
        (1, FieldType.BOOLEAN, False),
        (True, FieldType.NUMBER, False),
        ("1", FieldType.NUMBER, False),
        (1.5, FieldType.NUMBER, True),
        ("x", FieldType.LIST, False),
    ],
)
def test_a_later_value_fits_its_type_or_not(value, type_, may):
    assert fits(value, type_) is may


@pytest.mark.parametrize(
    "value", ["x", 5, -(2**63) + 1, 1.5, 1e-300, True, None, [], ["a", 1, True, 1.5], "x" * 60_000]
)
def test_scalars_and_lists_of_scalars_are_allowed(value):
    assert errors_in_fields({"x": value}) == {}


SCALAR = "This value should be a scalar or a list of scalars."
LARGE = "This value is too large: numbers should be less than 2^63."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, SCALAR),
        ([[]], SCALAR),
        ([None], SCALAR),
        ("a\0b", "This value should not contain NUL characters."),
        (["a\0b"], "This value should not contain NUL characters."),
        (2**63, LARGE),
        (1e19, LARGE),
        (float("inf"), LARGE),
        (float("nan"), LARGE),
    ],
)
def test_other_values_are_told_by_name(value, message):
    assert errors_in_fields({"good": 1, "x": value}) == {"fields.x": message}


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "a\0b"])
def test_names_have_1_to_255_characters(name):
    assert list(errors_in_fields({name: 1}).values()) == ["A field's name should have 1 to 255 characters."]


def test_fields_are_limited_in_number_and_size():
    assert errors_in_fields({str(number): 1 for number in range(500)}) == {}
    assert errors_in_fields({str(number): 1 for number in range(501)}) == {
        "fields": "This collection should contain 500 elements or less."
    }
    assert errors_in_fields({"x": "я" * 33_000}) == {
        "fields": "This value is too large. It should have 65536 bytes or less."
    }
