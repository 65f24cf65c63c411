from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.errors import InvalidInput
from users.profile import EMPTY, SEND_FIELDS, read_client_user_id, read_profile
from users.vocabulary import AddressKind


def errors_of(payload, **options):
    with pytest.raises(InvalidInput) as caught:
        read_profile(payload, **options)
    return caught.value.errors


GOOD = [
    ("name", "x" * 128, "x" * 128),
    ("gender", "m", "m"),
    ("language", "EN", "en"),
    ("language", "uk", "uk"),
    ("country", "ua", "UA"),
    ("country", "UKR", "UA"),
    ("country", "Deu", "DE"),
    ("platform_id", 0, 0),
    ("platform_id", 4, 4),
    ("platform_id", "3", 3),
    ("vip", True, True),
    ("vip", False, False),
    ("vip", 1, True),
    ("vip", 0, False),
    ("vip", "1", True),
    ("vip", "0", False),
    ("age", 0, 0),
    ("age", 150, 150),
    ("age", "33", 33),
    ("photo", "http://example.com/x.png?a=b", "http://example.com/x.png?a=b"),
    ("ak", "x" * 255, "x" * 255),
    ("time_zone", "Europe/Kyiv", "Europe/Kyiv"),
    ("registered_at", "2020-02-29", datetime(2020, 2, 29, tzinfo=UTC)),
    ("registered_at", "2020-02-29 10:00:00", datetime(2020, 2, 29, 10, tzinfo=UTC)),
    ("registered_at", "2020-02-29T10:00:00+02:00", datetime(2020, 2, 29, 8, tzinfo=UTC)),
    ("registered_at", "2020-02-29T10:00:00.5Z", datetime(2020, 2, 29, 10, 0, 0, 500_000, tzinfo=UTC)),
]


@pytest.mark.parametrize(("name", "value", "stored"), GOOD)
def test_a_good_value_is_stored_in_one_form(name, value, stored):
    columns = read_profile({name: value}).columns
    assert columns == {name: stored}
    assert type(columns[name]) is type(stored)


CHOICE = "The value you selected is not a valid choice."
INTEGER = "This value should be of type integer."
STRING = "This value should be of type string."
DATE = "This value is not a valid date: give YYYY-MM-DD or ISO 8601."
BAD = [
    ("name", "x" * 129, "This value is too long. It should have 128 characters or less."),
    ("name", 5, STRING),
    ("name", ["x"], STRING),
    ("name", "a\0b", "This value should not contain NUL characters."),
    ("gender", "male", CHOICE),
    ("gender", ["m"], CHOICE),
    ("language", "english", "This value is not a valid language."),
    ("language", "ua", "This value is not a valid language."),
    ("language", 5, "This value is not a valid language."),
    ("country", "Ukraine", "This value is not a valid country."),
    ("country", "XX", "This value is not a valid country."),
    ("platform_id", 5, CHOICE),
    ("platform_id", -1, CHOICE),
    ("platform_id", True, CHOICE),
    ("platform_id", "ios", CHOICE),
    ("platform_id", 1.5, CHOICE),
    ("vip", 2, "This value should be of type bool."),
    ("vip", "yes", "This value should be of type bool."),
    ("vip", [], "This value should be of type bool."),
    ("age", 151, "This value should be between 0 and 150."),
    ("age", -1, "This value should be between 0 and 150."),
    ("age", "-1", "This value should be between 0 and 150."),
    ("age", 10**30, "This value should be between 0 and 150."),
    ("age", 33.5, INTEGER),
    ("age", "33.5", INTEGER),
    ("age", "²", INTEGER),
    ("age", True, INTEGER),
    ("photo", "ftp://example.com/x", "This value is not a valid URL."),
    ("photo", "javascript:alert(1)", "This value is not a valid URL."),
    ("photo", "nonsense", "This value is not a valid URL."),
    ("photo", "http://e.com/" + "x" * 2048, "This value is too long. It should have 2048 characters or less."),
    ("ak", "x" * 256, "This value is too long. It should have 255 characters or less."),
    ("time_zone", "Kyiv", "This value is not a valid timezone."),
    ("time_zone", ["UTC"], "This value is not a valid timezone."),
    ("registered_at", "2021-02-29", DATE),
    ("registered_at", "29.02.2020", DATE),
    ("registered_at", "20200229", DATE),
    ("registered_at", 1582934400, DATE),
    ("registered_at", "0001-01-01T00:00:00+14:00", DATE),
    ("email", "nonsense", "This value is not a valid email address."),
    ("phone", "0501234567", "This value is not a valid phone number."),
    ("app_push_token", "f" * 63, "This value is not a valid app push token."),
    ("fields", "x", "This value should be of type object."),
    ("fields", [1], "This value should be of type object."),
]


@pytest.mark.parametrize(("name", "value", "message"), BAD)
def test_a_bad_value_is_told_by_field_and_sentence(name, value, message):
    assert errors_of({name: value}) == {name: message}


def test_all_wrong_fields_are_told_in_the_order_of_the_payload():
    errors = errors_of({"vip": 7, "fields": {"x": {}}, "age": 151, "email": "x", "name": "fine"})
    assert list(errors) == ["vip", "fields.x", "age", "email"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_clears_a_column(nothing):
    assert read_profile(dict.fromkeys(EMPTY, nothing)).columns == EMPTY


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_takes_addresses_and_fields_away(nothing):
    profile = read_profile({"email": nothing, "phone": nothing, "app_push_token": nothing, "fields": nothing})
    assert profile.addresses == {AddressKind.EMAIL: None, AddressKind.PHONE: None, AddressKind.PUSH: None}
    assert profile.fields is None


def test_what_is_not_named_is_not_changed():
    profile = read_profile({"unknown": 1, "client_user_id": 5})
    assert (profile.columns, profile.fields, profile.addresses) == ({}, {}, {})


def test_the_send_endpoints_names_are_understood_and_told_in_errors():
    told = read_profile({"country_id": "UKR", "language_id": "UK"}, only=SEND_FIELDS)
    assert told.columns == {"country": "UA", "language": "uk"}
    assert read_profile({"country_id": "XX", "country": "DE"}).columns == {"country": "DE"}
    assert errors_of({"country_id": "XX"}) == {"country_id": "This value is not a valid country."}


def test_a_send_cannot_change_addresses():
    profile = read_profile({"email": "nonsense", "phone": "x", "registered_at": "x"}, only=SEND_FIELDS)
    assert (profile.columns, profile.addresses) == ({}, {})


@pytest.mark.parametrize(("value", "read"), [("a", "a"), (5, "5"), (" x ", " x "), ("x" * 255, "x" * 255), ("0", "0")])
def test_a_client_user_id_is_any_text_or_a_number(value, read):
    assert read_client_user_id(value) == read


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "This value should not be blank."),
        ("", "This value should not be blank."),
        ("  ", "This value should not be blank."),
        ("x" * 256, "This value is too long. It should have 255 characters or less."),
        ("a\0", "This value should not contain NUL characters."),
        (True, STRING),
        (1.5, STRING),
        ({}, STRING),
    ],
)
def test_a_wrong_client_user_id_is_told(value, message):
    with pytest.raises(InvalidInput) as caught:
        read_client_user_id(value)
    assert caught.value.errors == {"client_user_id": message}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = [*EMPTY, "fields", "email", "phone", "app_push_token", "registered_at", "country_id"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_any_payload_is_read_or_refused(payload):
    wrong: dict[str, str] = {}
    try:
        read_profile(payload, default_country="UA")
    except InvalidInput as error:
        wrong = error.errors
    assert {name.partition(".")[0] for name in wrong} <= set(payload)
