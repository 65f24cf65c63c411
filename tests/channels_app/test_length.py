"""The SMS counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.sms.length import BASIC, EXTENSION, SmsLength, measure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SmsLength(0, "GSM-7", 0, 0, 160, 160)),
        ("a" * 160, SmsLength(160, "GSM-7", 160, 1, 160, 0)),
        ("a" * 161, SmsLength(161, "GSM-7", 161, 2, 153, 145)),
        ("a" * 306, SmsLength(306, "GSM-7", 306, 2, 153, 0)),
        ("a" * 307, SmsLength(307, "GSM-7", 307, 3, 153, 152)),
        ("€" * 80, SmsLength(80, "GSM-7", 160, 1, 160, 0)),
        ("Grüße & Küsse à {0}", SmsLength(19, "GSM-7", 21, 1, 160, 139)),
        ("ж" * 70, SmsLength(70, "UCS-2", 70, 1, 70, 0)),
        ("ж" * 71, SmsLength(71, "UCS-2", 71, 2, 67, 63)),
        ("😀" * 35, SmsLength(35, "UCS-2", 70, 1, 70, 0)),
        ("ç", SmsLength(1, "UCS-2", 1, 1, 70, 69)),
    ],
)
def test_a_text_is_measured(text: str, expected: SmsLength) -> None:
    assert measure(text) == expected


def test_an_escape_is_not_split_between_two_parts() -> None:
    assert measure("a" * 152 + "€" + "a" * 151).segments == 2
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3


def test_a_surrogate_pair_is_not_split_between_two_parts() -> None:
    assert measure("ж" * 66 + "😀" + "ж" * 65) == SmsLength(132, "UCS-2", 133, 2, 67, 0)
    assert measure("ж" * 66 + "😀" + "ж" * 66).segments == 3


def test_the_alphabet_is_as_big_as_the_standards() -> None:
    assert (len(BASIC), len(EXTENSION)) == (127, 10)  # 128 places, one of them the escape


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_units_always_fit_the_parts(text: str) -> None:
    length = measure(text)
    split_loss = max(length.segments - 1, 0)
    assert 0 <= length.segments * length.per_segment - length.units - length.remaining <= split_loss or not text
