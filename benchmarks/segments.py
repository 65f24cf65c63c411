"""S7 and S4: count and sample of 20 rules over a million users; enrolling a million recipients."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.stage import median, show, stage

Rule = dict[str, Any]

_USERS = """
INSERT INTO users_omnichanneluser (project_id, client_user_id, name, gender, language, country, platform_id, vip, age,
    photo, ak, time_zone, fields, registered_at, last_online_at)
SELECT %(project)s, 'u' || n, (ARRAY['Ann','Bob','Cleo','Dan','Eve'])[n %% 5 + 1] || ' ' || n,
    (ARRAY['','m','f'])[n %% 3 + 1], 'uk', (ARRAY['UA','PL','DE',''])[n %% 4 + 1], n %% 5, n %% 20 = 0,
    CASE WHEN n %% 10 = 0 THEN NULL ELSE 16 + n %% 60 END, '', '', '',
    jsonb_build_object('city', (ARRAY['Kyiv','Lviv','Odesa'])[n %% 3 + 1], 'score', n %% 1000, 'member', n %% 2 = 0,
        'expires', to_char(date '2026-01-01' + (n %% 700)::int, 'YYYY-MM-DD'),
        'tags', to_jsonb(ARRAY['t' || n %% 50, 't' || n %% 7])),
    now() - n %% 900 * interval '1 day', CASE WHEN n %% 3 = 0 THEN NULL ELSE now() - n %% 400 * interval '1 day' END
FROM generate_series(1, %(users)s) AS n
"""
_ADDRESSES = """
INSERT INTO users_address (user_id, project_id, kind, provider, value, status, status_reason, last_sent_at,
    last_clicked_at, sent_count, clicked_count)
SELECT id, project_id, {kind}, {value}, CASE WHEN id %% 25 = 0 THEN 'opted_out' ELSE 'active' END, '',
    now() - id %% 200 * interval '1 day', CASE WHEN id %% 4 = 0 THEN now() - id %% 90 * interval '1 day' END,
    id %% 12, id %% 3
FROM users_omnichanneluser WHERE project_id = %(project)s AND {condition}
"""
PHONES = _ADDRESSES.format(kind="'phone', ''", value="'+380' || (100000000 + id)", condition="id %% 10 < 8")
PUSHES = _ADDRESSES.format(
    kind="'push', (ARRAY['fcm','apns'])[id %% 2 + 1]", value="'token' || id", condition="id %% 10 < 6"
)
SECOND_PUSHES = _ADDRESSES.format(kind="'push', 'fcm'", value="'second' || id", condition="id %% 10 = 1")


def when(field: str, operator: str, value: Any = None) -> Rule:
    return {"field": field, "operator": operator, "value": value}


def group(*items: Rule, op: str = "and", negated: bool = False) -> Rule:
    return {"op": op, "not": negated, "items": list(items)}


RULES: dict[str, Rule] = {
    "everyone": {},
    "country": group(when("country", "is", "UA")),
    "age between": group(when("age", "between", [18, 30])),
    "name contains": group(when("name", "contains", "leo 77")),
    "vip and online": group(when("vip", "is", True), when("last_online_at", "in_last_days", 30)),
    "not online": group(when("last_online_at", "not_in_last_days", 30)),
    "registered before": group(when("registered_at", "before", "2026-01-01")),
    "client ids": group(when("client_user_id", "is_one_of", [f"u{number}" for number in range(500)])),
    "custom text": group(when("fields.city", "is", "Kyiv")),
    "custom contains": group(when("fields.city", "contains", "vi")),
    "custom number": group(when("fields.score", "gte", 990)),
    "custom date": group(when("fields.expires", "before", "2026-03-01")),
    "custom list": group(when("fields.tags", "contains", "t13")),
    "custom yes": group(when("fields.member", "is", True)),
    "phone present": group(when("sms.present", "is", True)),
    "no push": group(when("app_push.present", "is", False)),
    "push clicked": group(when("app_push.last_click", "in_last_days", 30)),
    "push not clicked": group(when("app_push.last_click", "not_in_last_days", 30)),
    "push count": group(when("app_push.sent_count", "gt", 10)),
    "groups": group(
        group(when("country", "is", "UA"), when("fields.score", "gt", 500)),
        group(when("sms.present", "is", True), when("app_push.fcm", "is", True)),
        group(when("vip", "is", True), when("age", "lt", 20), negated=True),
        op="or",
    ),
}


def populate(users: int) -> Any:
    from django.db import connection

    from projects.models import ClientAccount, Project
    from users.models import CustomField

    project = Project.objects.create(client=ClientAccount.objects.create(name="benchmark"), name="benchmark")
    types = {"city": "string", "score": "number", "member": "boolean", "expires": "date", "tags": "list"}
    CustomField.objects.bulk_create(
        [CustomField(project=project, name=name, type=kind) for name, kind in types.items()]
    )
    with connection.cursor() as cursor:
        for statement in (_USERS, PHONES, PUSHES, SECOND_PUSHES):
            cursor.execute(statement, {"project": project.pk, "users": users})
        cursor.execute("VACUUM ANALYZE")
    return project


def seconds(call: Callable[[], object], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return median(found)


def count_rules(project: Any, rounds: int) -> None:
    from users.selectors_segments import count_and_sample

    figures = []
    for name, rules in RULES.items():
        counted = count_and_sample(project, rules).counted
        figures.append(seconds(lambda rules=rules: count_and_sample(project, rules), rounds))
        show(name, users=counted, ms=round(figures[-1] * 1000))
    show("S7 20 rules", median_ms=round(median(figures) * 1000), slowest_ms=round(max(figures) * 1000))


def enrol(project: Any) -> None:
    from django.db import connection

    from campaigns.services.control import launch_campaign
    from campaigns.services.drafts import Draft, create_campaign
    from campaigns.services.enrolment import enrol_next_slice
    from channels_app.models import Sender
    from templates.models import Channel, MessageTemplate, TemplateVersion
    from users.models import Segment

    sender = Sender.objects.create(project=project, provider="vonage", channel="sms", name="A", key="a", address="Acme")
    template = MessageTemplate.objects.create(project=project, channel="sms", name="A")
    template.current = TemplateVersion.objects.create(template=template, number=1, content={"text": "Hi"})
    template.save()
    segment = Segment.objects.create(project=project, name="All", kind="dynamic", rules={})
    draft = Draft(name="A", sender=sender, weights={template.pk: 1}, segments=[segment])
    campaign = create_campaign(project, channel=Channel.SMS, draft=draft)
    start = time.perf_counter()
    launch_campaign(campaign)
    launched = time.perf_counter()
    enrol_next_slice(campaign.pk)
    first = time.perf_counter()
    while enrol_next_slice(campaign.pk):
        pass
    ended = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messaging_message")
        rows = cursor.fetchone()[0]
    show(
        "S4 enrolment",
        rows=rows,
        launch_s=round(launched - start, 2),
        first_slice_s=round(first - start, 2),
        all_s=round(ended - start, 2),
    )


def main(*, quick: bool) -> None:
    with stage():
        project = populate(50_000 if quick else 1_000_000)
        count_rules(project, rounds=1 if quick else 5)
        enrol(project)
