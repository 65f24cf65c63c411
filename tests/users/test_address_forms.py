import pytest

from projects.errors import InvalidInput
from users.address_forms import ParsedAddress, parse_email, parse_phone, parse_push_token
from users.email_check import check_email
from users.vocabulary import AddressKind, PushProvider


@pytest.mark.parametrize(
    ("token", "provider"),
    [
        ("0123456789abcdef" * 4, PushProvider.APNS),
        ("f" * 160, PushProvider.APNS),
        ("x" * 22 + ":A", PushProvider.FCM),
        ("d_-9" * 5 + "ab:APA91b" + "x" * 134, PushProvider.FCM),
    ],
)
def test_a_token_is_told_by_its_form(token, provider):
    assert parse_push_token(token) == ParsedAddress(AddressKind.PUSH, token, provider)


@pytest.mark.parametrize(
    "token",
    [
        "f" * 63, "F" * 64, "g" * 64, "f" * 64 + "\n", "x" * 21 + ":a", "x" * 23 + ":a", "x" * 22 + ":", "", " ",
        "x" * 22 + ":" + "a" * 5000, "x" * 22 + ":a\0", "x" * 22 + ":a\nb", None, 5, ["f" * 64],
    ],
)  # fmt: skip
def test_anything_else_is_no_token(token):
    with pytest.raises(InvalidInput) as caught:
        parse_push_token(token)
    assert caught.value.errors == {"app_push_token": "This value is not a valid app push token."}


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("+380501234567", "", "+380501234567"),
        ("+38 (050) 123-45-67", "", "+380501234567"),
        ("050 123 45 67", "UA", "+380501234567"),
        ("+49 1511 2345001", "UA", "+4915112345001"),
        (380501234567, "", "+380501234567"),
        ("+1 202-555-0123", "", "+12025550123"),
    ],
)
def test_a_phone_is_stored_in_its_international_form(text, country, value):
    assert parse_phone(text, country) == ParsedAddress(AddressKind.PHONE, value)


@pytest.mark.parametrize(
    "text",
    [
        "0501234567", "380501234567", "+38050123456", "+380501234567890", "+999123456789", "12", "+", "x", "",
        None, 5, True, 1.5, {},
    ],
)  # fmt: skip
def test_anything_else_is_no_phone(text):
    with pytest.raises(InvalidInput) as caught:
        parse_phone(text)
    assert caught.value.errors == {"phone": "This value is not a valid phone number."}


def test_an_email_is_compared_without_its_case():
    assert parse_email(" Olena+x@Example.COM ") == ParsedAddress(AddressKind.EMAIL, "olena+x@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "anna@bücher.example",
        "anna@BU\u0308CHER.example",
        "anna@ｂücher.example",
        "anna@bü\u200bcher.example",
        "Anna@XN--BCHER-KVA.example",
        "anna@bücher。example",
    ],
)
def test_one_mailbox_is_one_address_however_its_domain_is_written(text):
    """Else whoever unsubscribed under one spelling could be written to under another."""
    assert parse_email(text) == ParsedAddress(AddressKind.EMAIL, "anna@xn--bcher-kva.example")


@pytest.mark.parametrize("text", ["\u212aate@example.com", "bo\u017fs@example.com", "kate@example.com\u3000x"])
def test_a_letter_that_only_looks_like_one_is_never_made_somebody_elses_address(text):
    """The Kelvin sign in lower case is a k: whoever registered with it would get the letters of Kate, or she theirs."""
    with pytest.raises(InvalidInput):
        parse_email(text)
    assert check_email(text, sanitize=False).reason == "invalid"


@pytest.mark.parametrize("text", ["", "a", "a@", "@b.com", "a@b", "a b@c.com", "a@b..com", "a\0@b.com", None, 5, []])
def test_anything_else_is_no_email(text):
    with pytest.raises(InvalidInput) as caught:
        parse_email(text)
    assert caught.value.errors == {"email": "This value is not a valid email address."}
