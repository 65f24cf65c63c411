from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from messaging.message_ids import message_number, message_uuid


@given(st.integers(1, 2**62 - 1))
def test_a_number_comes_back_from_its_uuid(number: int) -> None:
    assert message_number(str(message_uuid(number))) == number


def test_the_uuid_is_of_version_8_and_the_standard_variant() -> None:
    made = message_uuid(7)
    assert (made.version, made.variant) == (8, "specified in RFC 4122")


def test_a_uuid_with_one_wrong_digit_is_not_ours() -> None:
    wrong = UUID(int=message_uuid(7).int ^ 1 << 100)
    assert message_number(str(wrong)) is None


def test_foreign_uuids_and_other_texts_are_not_ours() -> None:
    assert [message_number(text) for text in (str(uuid4()), "", "7", "push")] == [None] * 4
