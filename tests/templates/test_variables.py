import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.safestring import mark_safe

from templates.variables import CLOCK, Variables, data_names, unknown
from templates.variables import build_context as build

EMPTY = {
    "user": {},
    "project": {},
    "project_url": "",
    "unsubscribeLink": "",
    "unsubscribeSettingsLink": "",
}


def build_context(user, project, data) -> Variables:
    """The variables without the time, which is always there."""
    built = build(user, project, data)
    assert isinstance(built.pop(CLOCK), int)
    return built


def test_data_cannot_take_the_names_of_user_and_project():
    data = dict.fromkeys(EMPTY, "stolen")
    assert build_context({}, {}, data) == EMPTY


def test_fields_sent_with_a_message_go_before_the_stored_ones():
    built = build_context({"name": "Ann", "city": "Kyiv"}, {}, {"user": {"name": "Eve", "city": None}})
    assert built["user"] == {"name": "Eve", "city": "Kyiv"}


def test_the_project_gives_its_sender_and_links_and_nothing_else():
    built = build_context({}, {"sender_name": "Shop", "project_url": "https://a.example/", "secret": "x"}, {})
    assert built == {**EMPTY, "project": {"sender_name": "Shop"}, "project_url": "https://a.example/"}


def test_values_become_plain():
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    data = {
        "day": dt.date(2026, 1, 2),
        "moment": moment,
        "id": UUID(int=1),
        "price": Decimal("9.50"),
        "count": Decimal("3"),
        "flag": True,
        "pair": (1, {"deep": None}),
        "safe": mark_safe("<b>"),
        "nothing": None,
    }
    built = build_context({}, {}, data)
    plain = {name: built[name] for name in built if name not in EMPTY}
    assert plain == {
        "day": "2026-01-02",
        "moment": "2026-01-02T03:04:05+00:00",
        "id": "00000000-0000-0000-0000-000000000001",
        "price": 9.5,
        "count": 3,
        "flag": True,
        "pair": [1, {}],
        "safe": "<b>",
    }
    assert type(built["safe"]) is str


def test_an_object_is_refused():
    with pytest.raises(TypeError, match="object can't be a template's variable"):
        build_context({}, {}, {"x": object()})


def test_what_lies_too_deep_is_missing():
    nested: object = "deep"
    for _ in range(1000):
        nested = [nested]
    flat = str(build_context({}, {}, {"x": nested})["x"])
    assert flat == "[" * 10 + "None" + "]" * 10


def test_names_that_no_message_can_fill_are_told():
    names = {"user.name", "user.plan", "user.nmae", "project.url", "project.sender_name", "bonus", "user"}
    assert unknown(names, ["plan"]) == ["project.url", "user.nmae"]


def test_names_that_data_must_bring_are_told():
    assert data_names({"user.name", "items.0.price", "bonus", "project_url"}) == ["bonus", "items"]
