"""The rules of a dynamic segment: reading them from JSON, writing them back, telling them in English.

A group is {"op": "and"|"or", "not": bool, "items": [group | condition, …]}, a condition is
{"field": str, "operator": str, "value": any}. No rules (`{}` or no items) mean everyone. Pure: no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from projects.errors import InvalidInput
from users.segment_operators import FieldSpec, Operator
from users.segment_values import Value, read_value

MAX_DEPTH = 5
MAX_CONDITIONS = 100


@dataclass(frozen=True, slots=True)
class Condition:
    spec: FieldSpec
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Group:
    op: Literal["and", "or"] = "and"
    negated: bool = False
    items: tuple[Group | Condition, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What is known while rules are read: the fields, the mistakes so far, the conditions so far."""

    specs: Mapping[str, FieldSpec]
    errors: dict[str, str] = field(default_factory=dict)
    conditions: int = 0


def read_rules(rules: object, *, specs: Sequence[FieldSpec]) -> Group:
    """The rules as a tree.

    Raises InvalidInput with every mistake: its keys are paths such as `rules.items[1].value`, its values sentences.
    """
    if rules is None or rules == {}:
        return Group()
    reading = _Reading({spec.name: spec for spec in specs})
    group = _read_group(rules, "rules", reading, depth=1)
    if reading.conditions > MAX_CONDITIONS:
        reading.errors["rules"] = f"At most {MAX_CONDITIONS} conditions; these are {reading.conditions}."
    if reading.errors:
        raise InvalidInput(reading.errors)
    return group


def _read_group(given: object, path: str, reading: _Reading, *, depth: int) -> Group:
    if not isinstance(given, dict):
        reading.errors[path] = "Rules are a group of conditions."
        return Group()
    if depth > MAX_DEPTH:
        reading.errors[path] = f"Groups may stand in each other {MAX_DEPTH} deep, not deeper."
        return Group()
    op, negated, items = given.get("op", "and"), given.get("not", False), given.get("items", [])
    for key, sentence in _group_mistakes(op, negated, items, is_root=depth == 1):
        reading.errors[f"{path}.{key}"] = sentence
    if not isinstance(items, list):
        return Group()
    read = tuple(_read_item(item, f"{path}.items[{at}]", reading, depth=depth) for at, item in enumerate(items))
    return Group("or" if op == "or" else "and", bool(negated), read)


def _group_mistakes(op: object, negated: object, items: object, *, is_root: bool) -> Iterator[tuple[str, str]]:
    if op not in ("and", "or"):
        yield "op", "A group is joined by “and” or “or”."
    if not isinstance(negated, bool):
        yield "not", "“not” is true or false."
    if not isinstance(items, list):
        yield "items", "A group has a list of conditions."
    elif not items and (negated or not is_root):
        yield "items", "This group is empty: add a condition or remove the group."


def _read_item(given: object, path: str, reading: _Reading, *, depth: int) -> Group | Condition:
    if isinstance(given, dict) and "field" not in given and ("items" in given or "op" in given):
        return _read_group(given, path, reading, depth=depth + 1)
    reading.conditions += 1
    return _read_condition(given, path, reading) or Group()


def _read_condition(given: object, path: str, reading: _Reading) -> Condition | None:
    if not isinstance(given, dict):
        reading.errors[path] = "A condition has a field, an operator and a value."
        return None
    name = given.get("field")
    spec = reading.specs.get(name) if isinstance(name, str) else None
    if spec is None:
        reading.errors[f"{path}.field"] = f"There is no field “{name}”." if name else "Choose a field."
        return None
    operator = spec.operator(given.get("operator"))
    if operator is None:
        known = ", ".join(f"“{each.label}”" for each in spec.operators)
        reading.errors[f"{path}.operator"] = f"{spec.label} can be asked with {known}."
        return None
    try:
        return Condition(spec, operator, read_value(operator.value, given.get("value"), spec=spec))
    except ValueError as error:
        reading.errors[f"{path}.value"] = str(error)
        return None


def rules_as_json(group: Group) -> dict[str, object]:
    """The tree as `Segment.rules` stores it; `read_rules` gives the same tree back."""
    items = [rules_as_json(item) if isinstance(item, Group) else _as_json(item) for item in group.items]
    return {"op": group.op, "not": group.negated, "items": items}


def _as_json(condition: Condition) -> dict[str, object]:
    stored: dict[str, object] = {"field": condition.spec.name, "operator": condition.operator.name}
    if condition.operator.value != "none":
        stored["value"] = condition.value
    return stored


def describe_rules(group: Group) -> str:
    """The rules as one English sentence without a full stop."""
    if not group.items:
        return "Everyone"
    sentence = _describe(group, is_root=True)
    return sentence[0].upper() + sentence[1:]


def _describe(item: Group | Condition, *, is_root: bool = False) -> str:
    if isinstance(item, Condition):
        return _describe_condition(item)
    inner = f" {item.op} ".join(_describe(each) for each in item.items)
    if item.negated:
        return f"not ({inner})"
    return inner if is_root or len(item.items) == 1 else f"({inner})"


def _describe_condition(condition: Condition) -> str:
    label, operator, value = condition.spec.label, condition.operator, condition.value
    match operator.value:
        case "none":
            return f"{label} {operator.label}"
        case "days":
            return f"{label} {operator.label.replace('…', str(value)).replace(' 1 days', ' 1 day')}"
        case "boolean":
            return f"{label} is {'yes' if value else 'no'}"
        case "pair" if isinstance(value, list):
            return f"{label} is between {value[0]} and {value[1]}"
        case _:
            shown = value if isinstance(value, list) else [value]
            return f"{label} {operator.label} {_told(shown, condition.spec)}"


def _told(values: Sequence[object], spec: FieldSpec) -> str:
    """Values as a person says them: choices by label, texts in quotes, at most five of many."""
    labels = dict[object, str](spec.choices)
    plain = spec.type in ("number", "date")
    words = [labels.get(value) or (str(value) if plain else f"“{value}”") for value in values[:5]]
    more = len(values) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")
