"""Payments, product events and goals read from what client systems send; pure. Numbers may come as digits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from projects.errors import InvalidInput
from users.address_forms import ParsedAddress, parse_email
from users.liberal_moments import read_any_moment
from users.vocabulary import AddressKind

Value = TypeVar("Value")

BLANK = "This value should not be blank."
INTEGER = "This value should be of type integer."
STRING = "This value should be of type string."
MOMENT = "This value is not a valid datetime."
LARGEST = 2**63 - 1
LARGEST_COUNT = 2**31 - 1
LARGEST_AMOUNT = Decimal(10) ** 10


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """What is told of one payment."""

    user_id: int
    started_at: datetime
    expires_at: datetime | None
    total_count: int | None
    payment_type: str
    amount: Decimal | None
    mail_id: int | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event between people of a product."""

    project_id: int
    event_id: int
    uid: str
    receiver_id: str
    sender_id: str
    sender_product_id: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal that the person with this e-mail reached."""

    type: str
    email: ParsedAddress
    project_id: int
    mail_id: int | None


class Reader:
    """Reads members of one object and gathers what is wrong. Null, "", `[]` and PHP's `false` mean: not there."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self.errors: dict[str, str] = {}

    def required(self, name: str, read: Callable[[Any], Value], default: Value) -> Value:
        """The member, else `default` with an error noted."""
        found = self.optional(name, read)
        if found is None:
            self.errors.setdefault(name, BLANK)
            return default
        return found

    def optional(self, name: str, read: Callable[[Any], Value]) -> Value | None:
        """The member, or None where it isn't there or wrong (which is noted)."""
        value = self.told.get(name)
        if value is None or value is False or value in ("", []):
            return None
        try:
            return read(value)
        except ValueError as error:
            self.errors[name] = str(error)
        except InvalidInput as error:
            self.errors[name] = error.message
        return None

    def finish(self) -> None:
        """Raises InvalidInput with every wrong member."""
        if self.errors:
            raise InvalidInput(self.errors)


def read_payment(told: Mapping[str, Any], *, at: datetime) -> PaymentRow:
    """Read a payment; without a start it is `at`. Raises InvalidInput with every wrong member."""
    reader = Reader(told)
    row = PaymentRow(
        user_id=reader.required("user_id", integer, 0),
        started_at=reader.optional("start_date", moment) or at,
        expires_at=reader.optional("expire_date", optional_moment),
        total_count=reader.optional("total_count", count),
        payment_type=reader.optional("payment_type", words(64)) or "",
        amount=reader.optional("amount", amount),
        mail_id=reader.optional("mail_id", integer),
    )
    reader.finish()
    return row


def read_event(told: object, *, at: datetime) -> EventRow:
    """Read a product event; without a date it happened `at`. Raises InvalidInput with every wrong member."""
    reader = Reader(_object(told))
    row = EventRow(
        project_id=reader.required("project_id", integer, 0),
        event_id=reader.required("event_id", integer, 0),
        uid=reader.required("uid", words(255), ""),
        receiver_id=reader.required("receiver_id", words(255), ""),
        sender_id=reader.optional("sender_id", words(255)) or "",
        sender_product_id=reader.optional("sender_product_id", words(255)) or "",
        happened_at=reader.optional("date", moment) or at,
    )
    reader.finish()
    return row


def read_goal(told: object) -> GoalRow:
    """Read a goal. Raises InvalidInput with every wrong member."""
    reader = Reader(_object(told))
    row = GoalRow(
        type=reader.required("type", words(64), ""),
        email=reader.required("email", parse_email, ParsedAddress(AddressKind.EMAIL, "")),
        project_id=reader.required("project_id", integer, 0),
        mail_id=reader.optional("mail_id", integer),
    )
    reader.finish()
    return row


def integer(value: Any) -> int:
    """A whole number, or one in digits, that a column takes. Raises ValueError with the sentence to tell."""
    if isinstance(value, str) and value.isascii() and len(value) < 20 and value.removeprefix("-").isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise ValueError(INTEGER)
    return value


def count(value: Any) -> int:
    """A number of things. Raises ValueError with the sentence to tell."""
    number = integer(value)
    if not 0 <= number <= LARGEST_COUNT:
        raise ValueError(f"This value should be between 0 and {LARGEST_COUNT}.")
    return number


def moment(value: Any) -> datetime:
    """Any moment that can be told. Raises ValueError with the sentence to tell."""
    found = read_any_moment(value)
    if found is None or not datetime(1900, 1, 1, tzinfo=UTC) < found:
        raise ValueError(MOMENT)
    return found


def optional_moment(value: Any) -> datetime | None:
    """The same; 0 means never."""
    return None if value in (0, "0") else moment(value)


def amount(value: Any) -> Decimal:
    """Money; four decimals are kept. Raises ValueError with the sentence to tell."""
    try:
        found = Decimal(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) >= LARGEST_AMOUNT:
        raise ValueError("This value should be of type numeric.")
    return found


def words(longest: int) -> Callable[[Any], str]:
    """A reader of texts, numbers taken as their digits."""

    def read(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or "\0" in str(value):
            raise ValueError(STRING)
        if len(str(value)) > longest:
            raise ValueError(f"This value is too long. It should have {longest} characters or less.")
        return str(value)

    return read


def _object(told: object) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise InvalidInput({"row": "This value should be of type object."})
    return told
