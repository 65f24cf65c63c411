"""Rules as SQL find exactly the people whom a plain reading of the rules finds."""

from dataclasses import asdict
from datetime import date, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.models import Project
from tests.users.audience import make_address, make_dynamic, make_fields, make_project, make_static, make_user, when
from tests.users.rule_evaluator import Device, Person, World, is_in, utc
from users.models import Address, OmnichannelUser, Unsubscription
from users.segment_catalogue import catalogue, validate_rules
from users.segment_operators import FieldSpec
from users.segment_queries import condition_of
from users.selectors_segments import audience_of, count_and_sample, users_of

NOW = utc("2026-03-29T12:00:00")  # the morning of a lost hour in Kyiv
TYPES = {"city": "string", "score": "number", "member": "boolean", "expires": "date", "tags": "list", "1": "number"}
TYPES |= {"a.b'c%s": "string"}
WORDS = ["Kyiv", "kyiv", "Lviv", "50% off", "a_b", "O'Neil\\", "Ünal"]
TIMES = [None, *(NOW + timedelta(hours=hours) for hours in (-2000, -720, -30, -24, -12, -1, 0))]
MOMENTS = ["2026-03-29", "2026-03-28T23:30:00Z", "2026-03-28T22:30:00", "2026-03-29T00:30:00+02:00", "2026-04-02"]
ODD = [
    "",
    5,
    2.5,
    True,
    None,
    [],
    ["x"],
    {"a": 1},
    "2026-02-31",
    "now",
    "infinity",
    "12 monkeys",
    "2026-13-01T00:00:00Z",
    "2025-02-29",
    "0000-01-01",
    "2026-03-29T24:00:00",
    "2026-03-29T12:00:60",
    "2026-03-29T12:00:00+2",
    "2026-03-29 12:00:00 Europe/Nowhere",
]

serial = count(1)
times = st.sampled_from(TIMES)
devices = st.builds(
    Device,
    kind=st.just("push"),
    provider=st.sampled_from(["fcm", "apns"]),
    status=st.sampled_from(["active", "active", "opted_out", "retired"]),
    last_sent_at=times,
    last_delivered_at=times,
    last_clicked_at=times,
    sent_count=st.integers(0, 3),
    clicked_count=st.integers(0, 2),
)
phones = st.builds(
    Device,
    kind=st.just("phone"),
    status=st.sampled_from(["active", "invalid"]),
    last_sent_at=times,
    sent_count=st.integers(0, 3),
)
columns = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", *WORDS]),
        "gender": st.sampled_from(["", "m", "f"]),
        "country": st.sampled_from(["", "UA", "PL"]),
        "language": st.sampled_from(["", "uk", "en"]),
        "platform_id": st.integers(0, 4),
        "vip": st.booleans(),
        "age": st.sampled_from([None, 0, 17, 18, 30]),
        "time_zone": st.sampled_from(["", "Europe/Kyiv"]),
        "registered_at": st.sampled_from(TIMES[1:]),
        "created_at": st.sampled_from(TIMES[1:]),
        "last_online_at": times,
        "email_confirmed_at": times,
    }
)
customs = st.dictionaries(
    st.sampled_from(list(TYPES)),
    st.one_of(
        st.sampled_from(ODD),
        st.sampled_from(MOMENTS),
        st.sampled_from(WORDS),
        st.lists(st.sampled_from([*WORDS, 5, 7]), max_size=2),
        st.sampled_from([-1, 0, 1, 5, 2.5]),
    ),
)
mails = st.builds(
    Device, kind=st.just("email"), last_sent_at=times, last_opened_at=times, opened_count=st.integers(0, 2)
)
people = st.builds(
    lambda columns, fields, pushes, phone, mail, off: Person(columns, fields, [*pushes, *phone, *mail], off),
    columns,
    customs,
    st.lists(devices, max_size=3),
    st.lists(phones, max_size=1),
    st.lists(mails, max_size=1),
    st.sets(st.sampled_from(["email", "phone", "push"])),
)


def values_for(form: str, spec: FieldSpec) -> st.SearchStrategy[Any]:
    text, number = st.sampled_from([*WORDS, "iv", "%", "5"]), st.sampled_from([-1, 0, 1, 2, 2.5, 5, 18, 10**15])
    choice = st.sampled_from(
        [key for key, _ in spec.choices if key in ("UA", "PL", "uk", "m", "f") or isinstance(key, int)] or [""]
    )
    return {
        "none": st.none(),
        "text": text,
        "texts": st.lists(text, min_size=1, max_size=3),
        "number": number,
        "pair": st.tuples(number, number).map(sorted),
        "boolean": st.booleans(),
        "date": st.sampled_from(["2026-03-28", "2026-03-29", "2026-03-30", "2026-02-27", "2026-04-02"]),
        "days": st.sampled_from([1, 2, 30, 31, 90]),
        "choice": choice,
        "choices": st.lists(choice, min_size=1, max_size=2),
    }[form]


def conditions(specs: list[FieldSpec]) -> st.SearchStrategy[dict[str, Any]]:
    pairs = [(spec, operator) for spec in specs for operator in spec.operators]
    return st.sampled_from(pairs).flatmap(
        lambda pair: values_for(pair[1].value, pair[0]).map(lambda value: when(pair[0].name, pair[1].name, value))
    )


def groups(specs: list[FieldSpec]) -> st.SearchStrategy[dict[str, Any]]:
    def group(items: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        shape = {
            "op": st.sampled_from(["and", "or"]),
            "not": st.booleans(),
            "items": st.lists(items, min_size=1, max_size=3),
        }
        return st.fixed_dictionaries(shape)

    leaf = conditions(specs)
    return group(leaf | group(leaf | group(leaf)))


def store(project: Project, person: Person) -> OmnichannelUser:
    user = make_user(project, fields=person.fields, **person.columns)
    Address.objects.bulk_create(
        [
            Address(user=user, project=project, value=f"+380{next(serial)}0000", **asdict(device))
            for device in person.devices
        ]
    )
    Unsubscription.objects.bulk_create(
        [Unsubscription(user=user, project=project, kind=kind, source_id=4, reach=1) for kind in person.unsubscribed]
    )
    return user


def a_spec() -> list[FieldSpec]:
    from users.segment_catalogue import _custom_field, channel_fields, default_fields

    return [*default_fields()[1:], *(_custom_field(name, kind) for name, kind in TYPES.items()), *channel_fields()]


@pytest.mark.django_db
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(people, min_size=1, max_size=4), st.lists(groups(a_spec()), min_size=1, max_size=8))
def test_the_sql_finds_whom_a_plain_reading_finds(population: list[Person], many_rules: list[dict[str, Any]]) -> None:
    project = make_project(time_zone="Europe/Kyiv")
    make_fields(project, **TYPES)
    users = [(store(project, person).pk, person) for person in population]
    world = World(TYPES, NOW, ZoneInfo("Europe/Kyiv"))
    for rules in many_rules:
        expected = {pk for pk, person in users if is_in(person, rules, world)}
        for whole in (False, True):
            condition = condition_of(validate_rules(rules, project=project), project=project, at=NOW, whole=whole)
            found = set(OmnichannelUser.objects.filter(condition, project=project).values_list("pk", flat=True))
            assert found == expected, rules


@pytest.mark.django_db
def test_the_catalogue_lists_defaults_custom_fields_channels_and_metrics() -> None:
    project = make_project()
    make_fields(project, city="string")
    names = [spec.name for spec in catalogue(project)]
    assert names == [
        *["client_user_id", "name", "gender", "language", "country", "platform_id", "vip", "age"],
        *["registered_at", "last_online_at", "time_zone", "created_at", "email_confirmed_at", "fields.city"],
        *["email.present", "sms.present", "app_push.present", "app_push.fcm", "app_push.apns"],
        *["email.unsubscribed", "sms.unsubscribed", "app_push.unsubscribed"],
        *(
            f"{channel}.{metric}"
            for channel in ("app_push", "sms")
            for metric in ("last_sent", "last_delivered", "last_click", "sent_count", "clicked_count")
        ),
        *["email.last_sent", "email.last_delivered", "email.last_click", "email.last_open"],
        *["email.sent_count", "email.opened_count", "email.clicked_count"],
    ]


def calendar(*years: int) -> list[str]:
    return [f"{year:04}-{month:02}-{day:02}" for year in years for month in range(14) for day in range(33)]


def exists(day: str) -> bool:
    try:
        return bool(date.fromisoformat(day))
    except ValueError:
        return False


@pytest.mark.django_db
def test_a_date_is_known_where_the_calendar_has_it() -> None:
    project = make_project()
    make_fields(project, expires="date")
    days = calendar(0, 1, 4, 1900, 2000, 2024, 2025, 2100, 2400, 9999)
    users = [OmnichannelUser(project=project, client_user_id=day, fields={"expires": day}) for day in days]
    OmnichannelUser.objects.bulk_create(users)
    known = users_of(make_dynamic(project, when("fields.expires", "is_known")))
    assert sorted(known.values_list("client_user_id", flat=True)) == [day for day in days if exists(day)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("2026-03-29T23:59:59.999999Z", True),
        ("9999-12-31T23:59:59.9999999-15:59", True),
        ("0001-01-01T00:00+1559", True),
        ("2026-03-29 12:00-05", True),
        ("2026-03-29T12:00+16:00", False),
        ("2026-03-29T12:00+02:60", False),
        ("2026-03-29T12:60", False),
        ("2026-03-29T12:00:00." + "1" * 200, False),
        ("٢٠٢٦-٠٣-٢٩", False),
        ("2026-03-29\n", False),
        ("29.03.2026", False),
    ],
)
def test_a_time_is_known_where_the_database_can_read_it(text: str, is_known: bool) -> None:
    project = make_project(time_zone="Pacific/Kiritimati")
    make_fields(project, expires="date")
    user = make_user(project, fields={"expires": text})
    known = make_dynamic(project, when("fields.expires", "is_known"))
    assert list(users_of(known)) == [user] * is_known
    split = make_dynamic(project, when("fields.expires", "before", "2200-01-01"), when("fields.expires", "is_empty"))
    assert users_of(split).count() == 0


@pytest.mark.django_db
def test_no_rules_are_everyone_of_the_project() -> None:
    project = make_project()
    user = make_user(project)
    make_user(make_project())
    assert list(users_of(make_dynamic(project))) == [user]


@pytest.mark.django_db
def test_an_exclusion_without_rules_leaves_nobody() -> None:
    project = make_project()
    make_user(project)
    assert list(audience_of([make_dynamic(project)], [make_dynamic(project)])) == []


@pytest.mark.django_db
def test_an_audience_has_everyone_once_without_the_excluded() -> None:
    project = make_project()
    ann, bob, cleo, dan = (make_user(project, name=name) for name in ("Ann", "Bob", "Cleo", "Dan"))
    first, second = make_static(project, ann, bob), make_static(project, bob, cleo)
    rules = make_dynamic(project, when("name", "is", "Dan"), when("name", "is", "Ann"), op="or")
    audience = audience_of([first, second, rules], [make_static(project, cleo)])
    assert list(audience.order_by("pk")) == [ann, bob, dan]


@pytest.mark.django_db
def test_an_audience_of_no_segments_is_nobody() -> None:
    assert list(audience_of([])) == []


@pytest.mark.django_db
def test_an_audience_is_one_statement(django_assert_num_queries: Any) -> None:
    project = make_project()
    segments = [make_static(project, make_user(project)), make_static(project)]
    audience = audience_of(segments)
    with django_assert_num_queries(1):
        list(audience.filter(pk__gt=0).order_by("pk")[:10])


@pytest.mark.django_db
def test_a_preview_counts_everyone_and_shows_the_newest() -> None:
    project = make_project()
    users = [make_user(project) for _ in range(4)]
    counted, sample = count_and_sample(project, {}, size=2)
    assert (counted, sample) == (4, [users[3], users[2]])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operator", "value", "found"), [("gte", 2.5, 0), ("gt", 1.5, 1), ("eq", 2.5, 0), ("lt", 2.5, 1)]
)
def test_counts_are_not_rounded(operator: str, value: float, found: int) -> None:
    project = make_project()
    make_address(make_user(project), "push", "token", clicked_count=2)
    assert users_of(make_dynamic(project, when("app_push.clicked_count", operator, value))).count() == found


@pytest.mark.django_db
@pytest.mark.parametrize(("operator", "value"), [("lt", 10**15), ("gt", -1), ("gte", -(10**15)), ("lte", 10**15)])
def test_an_unknown_age_fits_no_bound_however_wide(operator: str, value: int) -> None:
    project = make_project()
    make_user(project, age=None)
    known = make_user(project, age=30)
    assert list(users_of(make_dynamic(project, when("age", operator, value)))) == [known]
