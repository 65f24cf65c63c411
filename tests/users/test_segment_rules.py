"""What may be written as a rule, what is said about a mistake, and how rules read in English."""

from typing import Any

import pytest

from projects.errors import InvalidInput
from tests.users.audience import when
from users.segment_catalogue import channel_fields, default_fields
from users.segment_operators import OPERATORS, FieldSpec
from users.segment_rules import Group, describe_rules, read_rules, rules_as_json

CITY = FieldSpec("fields.city", "city", "text", "Custom fields", OPERATORS["text"])
TAGS = FieldSpec("fields.tags", "tags", "list", "Custom fields", OPERATORS["list"])
SPECS = [*default_fields(), CITY, TAGS, *channel_fields()]


def group(*items: Any, op: str = "and", negated: bool = False) -> dict[str, Any]:
    return {"op": op, "not": negated, "items": list(items)}


def mistakes(rules: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_rules(rules, specs=SPECS)
    return caught.value.errors


@pytest.mark.parametrize("rules", [None, {}, {"op": "and", "items": []}, group()])
def test_no_rules_are_everyone(rules: Any) -> None:
    assert read_rules(rules, specs=SPECS) == Group()


@pytest.mark.parametrize(
    ("condition", "place", "sentence"),
    [
        (when("fields.town", "is", "x"), "field", "There is no field “fields.town”."),
        (when("", "is", "x"), "field", "Choose a field."),
        (when("vip", "contains", "x"), "operator", "VIP can be asked with “is”."),
        (when("name", "is", ""), "value", "Give a text; for people without one take “is empty”."),
        (when("name", "is", None), "value", "Give a text."),
        (when("name", "is", "a\x00b"), "value", "This text has characters that can't be stored."),
        (when("name", "is", "\ud83d"), "value", "This text has characters that can't be stored."),
        (when("name", "is", "x" * 1025), "value", "A text has at most 1024 characters here."),
        (when("name", "is_one_of", []), "value", "Give at least one value."),
        (when("age", "gt", "old"), "value", "Give a number."),
        (when("age", "gt", "nan"), "value", "This number is too large."),
        (when("age", "gt", True), "value", "Give a number."),
        (when("age", "between", [30]), "value", "Give two numbers, the lower one first."),
        (when("age", "between", [30, 18]), "value", "The first number must not be larger than the second."),
        (when("vip", "is", "maybe"), "value", "Say yes or no."),
        (when("created_at", "on", "31.03.2026"), "value", "Give a date such as 2026-03-31."),
        (when("created_at", "on", "0001-01-01"), "value", "Give a date between 1900 and 2200."),
        (when("created_at", "in_last_days", 0), "value", "Give a whole number of days from 1 to 36500."),
        (when("created_at", "in_last_days", 1.5), "value", "Give a whole number of days from 1 to 36500."),
        (when("country", "is", "XX"), "value", "Take one of the choices."),
    ],
)
def test_a_wrong_condition_is_told_where_it_stands(condition: dict[str, Any], place: str, sentence: str) -> None:
    assert mistakes(group(when("vip", "is", True), condition)) == {f"rules.items[1].{place}": sentence}


@pytest.mark.parametrize(
    ("rules", "path", "sentence"),
    [
        ([], "rules", "Rules are a group of conditions."),
        ({"op": "xor", "items": []}, "rules.op", "A group is joined by “and” or “or”."),
        ({"not": 1, "items": [when("vip", "is", True)]}, "rules.not", "“not” is true or false."),
        ({"items": "all"}, "rules.items", "A group has a list of conditions."),
        (group(group()), "rules.items[0].items", "This group is empty: add a condition or remove the group."),
        (group(negated=True), "rules.items", "This group is empty: add a condition or remove the group."),
        (group("vip"), "rules.items[0]", "A condition has a field, an operator and a value."),
        (group(*[when("vip", "is", True)] * 101), "rules", "At most 100 conditions; these are 101."),
    ],
)
def test_a_wrong_group_is_told_where_it_stands(rules: Any, path: str, sentence: str) -> None:
    assert mistakes(rules) == {path: sentence}


def nested(depth: int) -> dict[str, Any]:
    rules = group(when("vip", "is", True))
    for _ in range(depth - 1):
        rules = group(rules)
    return rules


def test_groups_stand_five_deep_and_not_six() -> None:
    read_rules(nested(5), specs=SPECS)
    path = "rules" + ".items[0]" * 5
    assert mistakes(nested(6)) == {path: "Groups may stand in each other 5 deep, not deeper."}


def test_rules_of_a_million_levels_are_refused_like_six() -> None:
    assert list(mistakes(nested(300))) == ["rules" + ".items[0]" * 5]


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes(group(when("town", "is", "x"), group(when("age", "gt", "old"), op="or")))
    assert list(found) == ["rules.items[0].field", "rules.items[1].items[0].value"]


def test_what_forms_send_as_text_is_stored_as_what_it_is() -> None:
    given = group(
        when("age", "between", ["18", "30.5"]),
        when("vip", "is", "true"),
        when("platform_id", "is", "3"),
        when("fields.city", "is_one_of", "Kyiv, Lviv\nOdesa"),
        when("created_at", "in_last_days", "7"),
        when("fields.tags", "is_known", "leftover"),
    )
    items = rules_as_json(read_rules(given, specs=SPECS))["items"]
    assert items == [
        when("age", "between", [18, 30.5]),
        when("vip", "is", True),
        when("platform_id", "is", 3),
        when("fields.city", "is_one_of", ["Kyiv", "Lviv", "Odesa"]),
        when("created_at", "in_last_days", 7),
        {"field": "fields.tags", "operator": "is_known"},
    ]


def test_stored_rules_read_back_as_the_same_tree() -> None:
    tree = read_rules(group(nested(3), when("name", "is", "Ann"), op="or", negated=True), specs=SPECS)
    assert read_rules(rules_as_json(tree), specs=SPECS) == tree


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({}, "Everyone"),
        (group(when("country", "is", "UA")), "Country is Ukraine"),
        (group(when("fields.city", "is_one_of", list("abcdefg"))), "City is one of “a”, “b”, “c”, “d”, “e” and 2 more"),
        (group(when("app_push.last_click", "in_last_days", 1)), "App push: last click was in the last 1 day"),
        (group(when("last_online_at", "is_empty")), "Last online is unknown or never was"),
        (
            group(
                when("age", "between", [18, 30]),
                group(when("vip", "is", True), when("sms.sent_count", "eq", 0), op="or"),
                group(when("name", "contains", "x"), negated=True),
            ),
            "Age is between 18 and 30 and (VIP is yes or SMS: messages sent = 0) and not (Name contains “x”)",
        ),
    ],
)
def test_rules_read_as_a_sentence(rules: dict[str, Any], sentence: str) -> None:
    assert describe_rules(read_rules(rules, specs=SPECS)) == sentence
