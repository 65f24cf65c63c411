"""What messages may come from. SMS: a number in E.164 form, or a name of up to eleven letters and digits. E-mail: an
address.
"""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_SEPARATORS = re.compile(r"[\s().\-/]")
_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")


def clean_sms_address(text: str) -> str:
    """The address as it is stored. Raises ValueError with a sentence.

    A name has at most 11 characters (3GPP TS 23.040, 9.1.2.5) and one letter at least, or phones take it for a number.
    """
    value = text.strip()
    number = _SEPARATORS.sub("", value)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if _NUMBER.fullmatch(number):
        return number
    if _NAME.fullmatch(value):
        return value
    raise ValueError(_problem(value, number))


def clean_email_address(text: str) -> str:
    """The address as it is stored. Raises ValueError with a sentence."""
    value = text.strip()
    if not value:
        raise ValueError("Give the e-mail address that messages come from.")
    try:
        validate_email(value)
    except ValidationError as error:
        raise ValueError("This is not an e-mail address, such as letters@example.com.") from error
    local, _, domain = value.rpartition("@")
    if not local.isascii():
        raise ValueError("The part before the @ may have letters from a to z, digits and signs only.")
    return f"{local}@{domain.lower()}"


def _problem(value: str, number: str) -> str:
    if not value:
        return "Give the number or the name that messages come from."
    if number.lstrip("+").isdigit():
        return "A number needs its country: begin with + and the country's code, such as +380441234567."
    if len(value) > 11:
        return f"A name has at most 11 letters and digits; this one has {len(value)} characters."
    return "A name has letters and digits only, such as MyShop."
