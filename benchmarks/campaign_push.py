"""S1: a campaign of app push through FCM, from launch to the last recorded outcome, a row a recipient.

Each round runs the bare transport (same HTTP client, same stand-in, no database) and then a campaign, with the same
number of processes, on the same two cores as PostgreSQL, Redis and the stand-in.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from benchmarks.stage import Stage, median, rss_of, show, stage
from benchmarks.standin import StandIn, stand_in

WORKERS = 2
PEOPLE = """
INSERT INTO users_omnichanneluser (project_id, client_user_id, name, gender, language, country, city, platform_id, vip,
                                   photo, ak, time_zone, fields)
SELECT %(project)s, 'customer-' || n, 'Name ' || n, '', 'en', 'NL', '', 3, n %% 10 = 0, '', '', '',
       jsonb_build_object('city', 'City ' || n %% 100) FROM generate_series(1, %(count)s) n;
INSERT INTO users_address (user_id, project_id, kind, provider, value, status, status_reason, sent_count, clicked_count)
SELECT id, project_id, 'push', 'fcm', lpad(id::text, 22, '0') || ':APA91b' || repeat(md5(id::text), 4), 'active', '',
       0, 0 FROM users_omnichanneluser WHERE project_id = %(project)s;
ANALYZE users_omnichanneluser; ANALYZE users_address;
"""


def main(*, quick: bool) -> None:
    people, rounds = (20_000, 2) if quick else (200_000, 5)
    with stand_in() as nginx, stage(FCM_URL=nginx.url, FCM_TOKEN_URL=f"{nginx.url}/token") as run:
        from benchmarks.scene import make_project

        project, _, template = make_project()
        seed(project.pk, people)
        run.work("campaigns", WORKERS)
        run.work("events")
        run.run("schedule", "manage.py", "schedule")
        time.sleep(3)
        bare, full = [], []
        for number in range(rounds):
            bare.append(bare_transport(nginx, people))
            full.append(campaign(run, Round("S1", nginx.cpu, project, template, people, number)))
        show("S1 median", bare=f"{median(bare):,.0f}/s", campaign=f"{median(full):,.0f}/s",
             ratio=f"{median([f / b for f, b in zip(full, bare, strict=True)]):.2f}")  # fmt: skip


def seed(project_id: int, count: int) -> None:
    """Users with one FCM token each, made by the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"project": project_id, "count": count})


@dataclass(frozen=True)
class Round:
    """One campaign to be measured: its title, the stand-in's CPU seconds, and what is sent to how many."""

    title: str
    standin_cpu: Callable[[], float]
    project: Any
    template: Any
    people: int
    number: int
    sender: Any = None


def campaign(run: Stage, told: Round) -> float:
    """Launch one campaign; return messages a second from launch until the last outcome is recorded."""
    from benchmarks.scene import launch
    from messaging.selectors import counters_of
    from messaging.services.statistics import check_statistics

    before = _cpu(run, told)
    began = time.perf_counter()
    mailing_id = launch(told.project, told.template, f"campaign {told.number}", sender=told.sender)
    while counters_of([mailing_id])[mailing_id].sent < told.people:
        time.sleep(0.02)
        if time.perf_counter() - began > 300:
            raise SystemExit(f"Not finished after 300 s: {counters_of([mailing_id])}")
    seconds = time.perf_counter() - began
    after = _cpu(run, told)
    cpu = {name: f"{(after[name] - before[name]) / told.people * 1e6:.0f} µs" for name in before}
    memory = max(rss_of(process.pid) for name, process in run.processes.items() if name.startswith("campaigns"))
    if check_statistics(mailing_id):
        raise SystemExit("The counters don't agree with the rows.")
    rate = told.people / seconds
    show(f"{told.title} campaign", rate=f"{rate:,.0f}/s", seconds=f"{seconds:.2f}", **cpu, worker_memory=f"{memory} MB")
    return rate


def _cpu(run: Stage, told: Round) -> dict[str, float]:
    return {
        "worker": run.cpu("campaigns"),
        "events": run.cpu("events"),
        "postgres": run.postgres_cpu(),
        "stand-in": told.standin_cpu(),
    }


def bare_transport(nginx: StandIn, count: int) -> float:
    """The same number of requests by as many processes, with nothing but the transport."""
    began = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(_send_bare, [nginx.url] * WORKERS, [count // WORKERS] * WORKERS))
    rate = count / (time.perf_counter() - began)
    show("S1 bare transport", rate=f"{rate:,.0f}/s")
    return rate


def _send_bare(url: str, count: int) -> None:
    from channels_app.transport import Request, Transport

    body = json.dumps({"message": {"token": "x" * 160, "notification": {"title": "t" * 20, "body": "b" * 80},
                                   "data": {"push_id": "1" * 8, "link": "x" * 40}}}).encode()  # fmt: skip
    headers = ["Content-Type: application/json", "Authorization: Bearer " + "x" * 200]
    transport = Transport()
    for begin in range(0, count, 2000):
        batch = range(begin, min(begin + 2000, count))
        answers = transport.perform([Request(key, "POST", f"{url}/v1/send", headers, body) for key in batch])
        if {answer.status for answer in answers} != {200}:
            raise SystemExit("The stand-in refused a bare request.")
