"""The rule language once more, in plain Python over dataclasses: what the SQL is compared with.

Written from the language's description, not from the compiler: it reads the JSON of the rules, not the tree.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Rules = dict[str, Any]


@dataclass
class Device:
    kind: str
    provider: str = ""
    status: str = "active"
    last_sent_at: datetime | None = None
    last_delivered_at: datetime | None = None
    last_opened_at: datetime | None = None
    last_clicked_at: datetime | None = None
    sent_count: int = 0
    opened_count: int = 0
    clicked_count: int = 0


@dataclass
class Person:
    columns: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    devices: list[Device] = field(default_factory=list)
    unsubscribed: set[str] = field(default_factory=set)


@dataclass
class World:
    types: dict[str, str]
    now: datetime
    zone: ZoneInfo


KINDS = {"email": "email", "sms": "phone", "app_push": "push"}
METRICS = {
    "last_sent": "last_sent_at",
    "last_delivered": "last_delivered_at",
    "last_open": "last_opened_at",
    "last_click": "last_clicked_at",
}
COUNTS = ("sent_count", "opened_count", "clicked_count")
DATES = ("registered_at", "last_online_at", "created_at")
NEGATIONS = {"is_not": "is", "ne": "eq", "not_in_last_days": "in_last_days", "is_empty": "is_known"}


def is_in(person: Person, rules: Rules, world: World) -> bool:
    """Whether the person is in the group."""
    if not rules.get("items"):
        return True
    answers = [is_in(person, item, world) if "items" in item else fits(person, item, world) for item in rules["items"]]
    answer = any(answers) if rules.get("op") == "or" else all(answers)
    return not answer if rules.get("not") else answer


def fits(person: Person, condition: Rules, world: World) -> bool:
    operator, value = condition["operator"], condition.get("value")
    if operator in NEGATIONS:
        return not fits(person, {**condition, "operator": NEGATIONS[operator]}, world)
    found = value_of(person, condition["field"], world)
    if operator == "is_known":
        is_named_unknown = condition["field"] == "platform_id" and found == 0
        return found not in (None, "", []) and not is_named_unknown
    return found is not None and compare(found, operator, value, world)


def value_of(person: Person, name: str, world: World) -> Any:
    if name.startswith("fields."):
        return custom_value(person, name.removeprefix("fields."), world)
    if "." in name:
        return channel_value(person, *name.split("."))
    found = person.columns.get(name)
    return None if found == "" else found


def channel_value(person: Person, channel: str, metric: str) -> Any:
    if metric == "unsubscribed":
        return KINDS[channel] in person.unsubscribed
    devices = [device for device in person.devices if device.kind == KINDS[channel]]
    if metric in COUNTS:
        return sum(getattr(device, metric) for device in devices)
    if metric in METRICS:
        return max((at for each in devices if (at := getattr(each, METRICS[metric]))), default=None)
    active = [device for device in devices if device.status == "active"]
    return any(metric in ("present", device.provider) for device in active)


def custom_value(person: Person, name: str, world: World) -> Any:
    value = person.fields.get(name)
    match world.types[name]:
        case "string":
            return value if isinstance(value, str) else None
        case "number":
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "list":
            return value if isinstance(value, list) else None
        case _:
            return moment(value, world.zone)


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def compare(found: Any, operator: str, value: Any, world: World) -> bool:
    if isinstance(found, datetime):
        return compare_time(found, operator, value, world)
    if isinstance(found, list):
        wanted = {str(each) for each in (value if isinstance(value, list) else [value])}
        return bool(wanted & {str(each) for each in found})
    answers = {
        "is": lambda: found == value,
        "contains": lambda: value.lower() in found.lower(),
        "starts_with": lambda: found.lower().startswith(value.lower()),
        "is_one_of": lambda: found in value,
        "eq": lambda: found == value,
        "lt": lambda: found < value,
        "lte": lambda: found <= value,
        "gt": lambda: found > value,
        "gte": lambda: found >= value,
        "between": lambda: value[0] <= found <= value[1],
    }
    return answers[operator]()


def compare_time(found: datetime, operator: str, value: Any, world: World) -> bool:
    if isinstance(value, int):
        away = timedelta(days=value)
        return {
            "in_last_days": world.now - away <= found <= world.now,
            "more_than_days_ago": found < world.now - away,
            "in_next_days": world.now <= found < world.now + away,
        }[operator]
    here, day = found.astimezone(world.zone).date(), date.fromisoformat(value)
    return {"before": here < day, "after": here > day, "on": here == day}[operator]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
