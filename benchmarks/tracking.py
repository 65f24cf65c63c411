"""S9: receipts and tracking. Links followed, pixels fetched, receipts and reports of apps, one by one and in lists.

16 connections against granian with two web processes, as in `make up`; PostgreSQL with fsync on, the workers, the clock
and wrk on the same two cores. The baseline is a view without middleware that makes one INSERT. At the end everything
that came must have been counted.
"""

import base64
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.api_send import measure
from benchmarks.stage import Stage, median, show, stage

OURS, BARE = "sendios.wsgi:application", "benchmarks.bare_page:application"
LIST = 1_000
PUSHES = """
INSERT INTO users_omnichanneluser (project_id, client_user_id, name, gender, language, country, city, platform_id, vip,
                                   photo, ak, time_zone, fields)
VALUES (%(project)s, 'reader', '', '', 'en', 'NL', '', 3, false, '', '', '', '{}') RETURNING id
"""
MESSAGES = """
INSERT INTO messaging_message (project_id, mailing_id, user_id, sender_id, channel, category, state, reason, provider_id,
                               request_id, attempts, created_at, sent_at)
SELECT %(project)s, %(mailing)s, %(user)s, %(sender)s, %(channel)s, 'system', 'sent', '', '', '', 1,
       statement_timestamp() - interval '1 hour', statement_timestamp() - interval '50 minutes'
FROM generate_series(1, %(count)s) RETURNING id
"""


def main(*, quick: bool) -> None:
    seconds, rounds, count = (3, 2, 30_000) if quick else (10, 5, 300_000)
    with stage() as run:
        from benchmarks.tracking_scene import Scene

        scene = Scene(messages=count)
        run.work("events")
        run.run("schedule", "manage.py", "schedule")
        kinds: dict[str, Callable[[int], Iterable[str]]] = {
            "links": scene.clicks,
            "pixels": scene.opens,
            "receipts": scene.receipts,
            "reports of apps": scene.reports,
            f"reports in lists of {LIST}": scene.lists,
        }
        for kind, lines in kinds.items():
            _compare(run, kind, lines, scene.load, seconds, rounds)
        _wait_until_counted(scene)


def _compare(run: Stage, kind: str, lines: Any, load: dict[str, str], seconds: int, rounds: int) -> None:
    bare, full = [], []
    for number in range(rounds):
        path = Path(run.home) / "lines.txt"
        path.write_text("".join(f"{line}\n" for line in lines(number)))
        path.with_name("bare.txt").write_text("GET\t/t/x\t\n")
        bare.append(measure(run, BARE, load | {"BENCH_LINES": f"{path.parent}/bare.txt"}, seconds, "S9 bare view",
                            script="lines.lua"))  # fmt: skip
        full.append(measure(run, OURS, load | {"BENCH_LINES": str(path)}, seconds, f"S9 {kind}", script="lines.lua"))
    ratio = median([f["rate"] / b["rate"] for f, b in zip(full, bare, strict=True)])
    show(f"S9 {kind}: median", bare=f"{median([each['rate'] for each in bare]):,.0f}/s",
         ours=f"{median([each['rate'] for each in full]):,.0f}/s", ratio=f"{ratio:.2f}")  # fmt: skip


def _wait_until_counted(scene: Any) -> None:
    began = time.perf_counter()
    while left := scene.waiting():
        time.sleep(0.1)
        if time.perf_counter() - began > 120:
            raise SystemExit(f"After two minutes {left} visits and receipts still wait.")
    scene.check()
    show("S9 the last is counted", after=f"{time.perf_counter() - began:.1f} s")
