"""Tokens: they come back as they were made, and nobody else makes one."""

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from messaging.links import (
    SHORT,
    ClickLink,
    ClickLinks,
    OpenLink,
    PersonLink,
    is_short_code,
    open_token,
    person_token,
    read_click,
    read_open,
    read_person,
    short_code,
)

IDS = st.integers(0, 2**63 - 1)
URL = "https://shop.example.com/p?a=1&b=ключ"


@given(IDS, IDS, st.integers(0, 5000), st.text(st.characters(codec="utf-8"), max_size=200))
def test_a_click_token_says_what_was_put_in(project: int, message: int, place: int, url: str) -> None:
    token = ClickLinks(project, message).token(place, url)
    assert read_click(token) == ClickLink(project, message, place, url)


@given(IDS, IDS)
def test_an_open_token_says_what_was_put_in(project: int, message: int) -> None:
    assert read_open(open_token(project, message)) == OpenLink(project, message)


@given(
    st.builds(
        PersonLink, IDS, IDS, IDS, st.sampled_from(["email", "phone", "push"]),
        st.sampled_from(["unsubscribe", "settings"]), st.booleans(),
    )
)  # fmt: skip
def test_a_persons_token_says_what_was_put_in(link: PersonLink) -> None:
    assert read_person(person_token(link)) == link


@given(st.data())
def test_a_token_with_one_other_character_is_nobodys(data: st.DataObject) -> None:
    token = ClickLinks(7, 123456).token(2, URL)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != token[at]))
    assert read_click(token[:at] + other + token[at + 1 :]) is None


@given(st.text(max_size=300))
def test_what_we_did_not_make_is_refused_without_a_word(text: str) -> None:
    assert [read(text) for read in (read_click, read_open, read_person)] == [None, None, None]


@pytest.mark.parametrize("change", ["{}=", "{}==", "{}\n", " {}", "{}%00", "=" + "{}"])
def test_there_is_one_spelling_of_a_token(change: str) -> None:
    token = open_token(1, 2)
    assert read_open(change.format(token)) is None


def test_a_token_of_one_kind_does_not_pass_for_another() -> None:
    person = person_token(PersonLink(1, 2, 3, "email", "settings"))
    click = ClickLinks(1, 2).token(3, "")
    assert [read_open(person), read_click(person), read_open(click), read_person(click)] == [None] * 4


def test_a_token_made_with_the_key_before_is_still_read() -> None:
    with override_settings(SECRET_KEY="the key of last year"):
        token, stranger = open_token(1, 2), open_token(1, 3)
    with override_settings(SECRET_KEY_FALLBACKS=["the key of last year"]):
        assert read_open(token) == OpenLink(1, 2)
    assert read_open(stranger) is None


def test_a_short_code_is_the_same_each_time_and_another_for_each_place() -> None:
    codes = {short_code(message, place) for message in range(300) for place in range(3)}
    assert len(codes) == 900
    assert codes == {short_code(message, place) for message in range(300) for place in range(3)}
    assert {len(code) for code in codes} == {SHORT}
    assert all(is_short_code(code) for code in codes)


def test_the_shortest_token_is_longer_than_a_code() -> None:
    assert is_short_code(open_token(0, 0)) is False
    assert is_short_code("a-short-1") is False


def test_short_codes_use_their_alphabet_evenly() -> None:
    letters = "".join(short_code(number, 0) for number in range(3000))
    counts = [letters.count(letter) for letter in sorted(set(letters))]
    assert len(counts) == 62
    assert min(counts) > len(letters) / 62 * 0.7
