"""The rule language's words: types of fields, and the operators that each type knows.

An operator that says "not" is the complement of its positive: people whose value is unknown are in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldKind = Literal["text", "number", "boolean", "date", "list", "choice"]
ValueForm = Literal["none", "text", "texts", "number", "pair", "boolean", "date", "days", "choice", "choices"]
Choice = tuple[str | int, str]


@dataclass(frozen=True, slots=True)
class Operator:
    """`label` reads on in a sentence between field and value; `value` says which input a builder shows."""

    name: str
    label: str
    value: ValueForm


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field that conditions may name. `group` is a heading for a builder's list of fields."""

    name: str
    label: str
    type: FieldKind
    group: str
    operators: tuple[Operator, ...]
    choices: tuple[Choice, ...] = ()

    def operator(self, name: object) -> Operator | None:
        """The operator of this name, or None where the field's type hasn't got it."""
        return next((operator for operator in self.operators if operator.name == name), None)


KNOWN = Operator("is_known", "is known", "none")
EMPTY = Operator("is_empty", "is empty", "none")

OPERATORS: dict[FieldKind, tuple[Operator, ...]] = {
    "text": (
        Operator("is", "is", "text"),
        Operator("is_not", "is not", "text"),
        Operator("contains", "contains", "text"),
        Operator("starts_with", "starts with", "text"),
        Operator("is_one_of", "is one of", "texts"),
        KNOWN,
        EMPTY,
    ),
    "number": (
        Operator("eq", "=", "number"),
        Operator("ne", "≠", "number"),
        Operator("lt", "<", "number"),
        Operator("lte", "≤", "number"),
        Operator("gt", ">", "number"),
        Operator("gte", "≥", "number"),
        Operator("between", "is between", "pair"),
        KNOWN,
        EMPTY,
    ),
    "boolean": (Operator("is", "is", "boolean"),),
    "date": (
        Operator("before", "is before", "date"),
        Operator("after", "is after", "date"),
        Operator("on", "is on", "date"),
        Operator("in_last_days", "was in the last … days", "days"),
        Operator("not_in_last_days", "was not in the last … days", "days"),
        Operator("more_than_days_ago", "was more than … days ago", "days"),
        Operator("in_next_days", "is in the next … days", "days"),
        KNOWN,
        Operator("is_empty", "is unknown or never was", "none"),
    ),
    "list": (
        Operator("contains", "contains", "text"),
        Operator("contains_any", "contains any of", "texts"),
        KNOWN,
        EMPTY,
    ),
    "choice": (
        Operator("is", "is", "choice"),
        Operator("is_not", "is not", "choice"),
        Operator("is_one_of", "is one of", "choices"),
        KNOWN,
        EMPTY,
    ),
}
