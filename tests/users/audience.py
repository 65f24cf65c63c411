"""A project and people for tests of segments."""

from itertools import count
from typing import Any

from projects.models import ClientAccount, Project
from users.models import Address, CustomField, OmnichannelUser, Segment, SegmentMember

numbers = count(1)


def make_project(**values: Any) -> Project:
    number = next(numbers)
    client = ClientAccount.objects.create(name=f"Client {number}")
    return Project.objects.create(**{"client": client, "name": f"Project {number}", **values})


def make_fields(project: Project, **types: str) -> None:
    CustomField.objects.bulk_create(
        [CustomField(project=project, name=name, type=kind) for name, kind in types.items()]
    )


def make_user(project: Project, **values: Any) -> OmnichannelUser:
    return OmnichannelUser.objects.create(**{"project": project, "client_user_id": f"u{next(numbers)}", **values})


def make_address(user: OmnichannelUser, kind: str, value: str, **values: Any) -> Address:
    provider = {"push": "fcm"}.get(kind, "")
    return Address.objects.create(
        **{"user": user, "project_id": user.project_id, "kind": kind, "value": value, "provider": provider, **values}
    )


def make_static(project: Project, *users: OmnichannelUser, name: str = "") -> Segment:
    segment = Segment.objects.create(project=project, name=name or f"Segment {next(numbers)}", kind="static")
    SegmentMember.objects.bulk_create([SegmentMember(segment=segment, user=user) for user in users])
    return segment


def make_dynamic(project: Project, *items: dict[str, Any], op: str = "and", negated: bool = False) -> Segment:
    rules = {"op": op, "not": negated, "items": list(items)}
    return Segment.objects.create(project=project, name=f"Segment {next(numbers)}", kind="dynamic", rules=rules)


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}
