"""The forms of addresses: what is a push token, a phone, an e-mail; pure. Errors name the API's field."""

import re
from dataclasses import dataclass

import idna
import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from projects.errors import InvalidInput
from users.vocabulary import AddressKind, PushProvider

FIELD_NAMES = {AddressKind.EMAIL: "email", AddressKind.PHONE: "phone", AddressKind.PUSH: "app_push_token"}
"""What the API calls an address of each kind."""

# https://sendios.readme.io/v2/reference/send-system-trigger-app-push gives both forms.
APNS_TOKEN = re.compile(r"[0-9a-f]{64,}")
FCM_TOKEN = re.compile(r"[!-~]{22}:[!-~]+")
LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """An address in the one form in which it is stored and compared. `provider` is for push tokens only."""

    kind: AddressKind
    value: str
    provider: str = ""


def parse_push_token(text: object) -> ParsedAddress:
    """Tell APNs (64 or more lower-case hex digits) from FCM (22 characters, a colon, more). Raises InvalidInput."""
    token = text if isinstance(text, str) and len(text) <= LONGEST_TOKEN else ""
    if APNS_TOKEN.fullmatch(token):
        return ParsedAddress(AddressKind.PUSH, token, PushProvider.APNS)
    if FCM_TOKEN.fullmatch(token):
        return ParsedAddress(AddressKind.PUSH, token, PushProvider.FCM)
    raise InvalidInput({"app_push_token": "This value is not a valid app push token."})


def parse_phone(text: object, default_country: str = "") -> ParsedAddress:
    """Read a phone into E.164; without a country code it is read as one of `default_country`. Raises InvalidInput.

    Its length must be right for its country. Whether the range is in use changes more often than any table of
    ranges, so that is left to the provider.
    """
    written = f"+{text}" if isinstance(text, int) and not isinstance(text, bool) and text > 0 else text
    try:
        number = phonenumbers.parse(written if isinstance(written, str) else "", default_country or None)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput({"phone": "This value is not a valid phone number."}) from error
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    is_possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not is_possible or len(value) > 16:
        raise InvalidInput({"phone": "This value is not a valid phone number."})
    return ParsedAddress(AddressKind.PHONE, value)


def parse_email(text: object) -> ParsedAddress:
    """Read an e-mail address into its normal form. Raises InvalidInput."""
    value = normal_email(text) if isinstance(text, str) else ""
    try:
        validate_email(value)
    except ValidationError as error:
        raise InvalidInput({"email": "This value is not a valid email address."}) from error
    return ParsedAddress(AddressKind.EMAIL, value)


def normal_email(text: str) -> str:
    """The one form in which an e-mail address is stored and looked for; "" where it can be none.

    Case is dropped, and blanks around it; the domain is in punycode, as letters go out, so that one mailbox is one
    address however its domain is written. A local part is ASCII: in lower case the Kelvin sign is somebody else's k.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""
    return f"{local}{at}{ascii_domain}".lower() if local.isascii() else ""
