"""S9: receipts and tracking. Links followed, pixels fetched, receipts and reports of apps, one by one and in lists.

16 connections against granian with two web processes, as in `make up`; PostgreSQL with fsync on, the worker, the clock
and wrk on the same two cores. The baseline is a view without middleware that makes one INSERT. At the end everything
that came must have been counted.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.api_send import measure
from benchmarks.stage import Stage, median, show, stage

OURS, BARE = "sendios.wsgi:application", "benchmarks.bare_page:application"


def main(*, quick: bool) -> None:
    seconds, rounds, messages = (3, 2, 80_000) if quick else (10, 5, 400_000)
    with stage() as run:
        from benchmarks.tracking_scene import LIST, PORTIONS, Scene

        scene = Scene(messages=messages)
        run.work("events")
        run.run("schedule", "manage.py", "schedule")
        (run.home / "bare.txt").write_text("GET\t/t/x\t\n")
        kinds: tuple[tuple[str, Callable[[int], Iterable[str]], int], ...] = (
            ("links", scene.clicks, 1),
            ("pixels", scene.opens, 1),
            ("receipts", scene.receipts, 1),
            ("reports", scene.reports, 1),
            ("lists", scene.lists, LIST),
        )
        for number, (kind, lines, events) in enumerate(kinds):
            parts = [(number * rounds + round_) % PORTIONS for round_ in range(rounds)]
            _compare(run, kind, [lines(part) for part in parts], scene.load, seconds=seconds, events=events)
            _wait_until_counted(scene)


def _compare(
    run: Stage, kind: str, rounds: list[Iterable[str]], load: dict[str, str], *, seconds: int, events: int
) -> None:
    bare, full = [], []
    path = run.home / "lines.txt"
    for lines in rounds:
        path.write_text("".join(f"{line}\n" for line in lines))
        for application, file, title, rates in (
            (BARE, run.home / "bare.txt", "S9 bare view", bare),
            (OURS, path, f"S9 {kind}", full),
        ):
            given = load | {"BENCH_LINES": str(file)}
            rates.append(measure(run, application, given, seconds, title, script="lines.lua")["rate"])
    ratio = median([ours / least for ours, least in zip(full, bare, strict=True)])
    show(f"S9 {kind}: median", bare=f"{median(bare):,.0f}/s", ours=f"{median(full):,.0f}/s",
         ratio=f"{ratio:.2f}", events=f"{median(full) * events:,.0f}/s")  # fmt: skip


def _wait_until_counted(scene: Any) -> None:
    began = time.perf_counter()
    while left := scene.waiting():
        time.sleep(0.1)
        if time.perf_counter() - began > 120:
            raise SystemExit(f"After two minutes {left} visits and receipts still wait.")
    scene.check()
    show("S9 all is counted", after=f"{time.perf_counter() - began:.1f} s", **scene.told())
