"""S5: `POST /v1/app-push/send/system` from 16 connections, known and new users mixed, against a bare DRF view.

Everything runs beside it as in `make up`: PostgreSQL (fsync on), Redis, the transactional worker that sends, nginx as
FCM, and wrk itself, on the same two cores. The bare view runs alone with PostgreSQL.
"""

import base64
import json
import os
import shutil
import subprocess
import time
from typing import Any

from benchmarks.stage import ROOT, Stage, median, show, stage
from benchmarks.standin import free_port, stand_in, wait_for

KNOWN = 10_000
CONNECTIONS = 16


def main(*, quick: bool) -> None:
    seconds, rounds = (4, 2) if quick else (10, 5)
    if not shutil.which("wrk"):
        raise SystemExit("This benchmark needs wrk: apt install wrk")
    with stand_in() as nginx, stage(FCM_URL=nginx.url, FCM_TOKEN_URL=f"{nginx.url}/token") as run:
        from benchmarks.scene import make_sending_client

        client_id, api_key, project_id = make_sending_client(known=KNOWN)
        token = base64.b64encode(f"{client_id}:{api_key}".encode()).decode()
        load = {"BENCH_AUTHORIZATION": f"Basic {token}", "BENCH_PROJECT": str(project_id), "BENCH_KNOWN": str(KNOWN)}
        bare, full = [], []
        for _ in range(rounds):
            bare.append(measure(run, "benchmarks.bare_view:application", load, seconds, "S5 bare view"))
            run.work("transactional")
            full.append(measure(run, "sendios.wsgi:application", load, seconds, "S5 send endpoint"))
            run.end("transactional-0")
        ratio = median([f["rate"] / b["rate"] for f, b in zip(full, bare, strict=True)])
        show("S5 median", bare=f"{median([each['rate'] for each in bare]):,.0f}/s",
             endpoint=f"{median([each['rate'] for each in full]):,.0f}/s", ratio=f"{ratio:.2f}",
             p99=f"{median([each['p99'] for each in full]):.0f} ms")  # fmt: skip


def measure(
    run: Stage, application: str, load: dict[str, str], seconds: int, title: str, *, script: str = "send.lua"
) -> dict[str, Any]:
    """Serve `application`, warm it up for a second, load it; requests/s, latencies in ms and CPU µs a request."""
    port = free_port()
    serve = ("-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-ws")
    run.run("web", *serve, "--host", "127.0.0.1", "--port", str(port), application)
    wait_for(port)
    time.sleep(2)
    wrk(port, load, 1, script)
    before = run.web_cpu(), run.postgres_cpu()
    result = wrk(port, load, seconds, script)
    web, postgres = run.web_cpu() - before[0], run.postgres_cpu() - before[1]
    run.end("web")
    if result["refused"] or result["broken"]:
        raise SystemExit(f"{title}: {result}")
    rate = result["requests"] / result["micros"] * 1e6
    each = 1e6 / result["requests"]
    figures = {"rate": rate, "p50": result["p50"] / 1000, "p99": result["p99"] / 1000}
    show(title, rate=f"{rate:,.0f}/s", p50=f"{figures['p50']:.1f} ms", p99=f"{figures['p99']:.1f} ms",
         web=f"{web * each:.0f} µs", postgres=f"{postgres * each:.0f} µs")  # fmt: skip
    return figures


def wrk(port: int, load: dict[str, str], seconds: int, script: str) -> dict[str, Any]:
    command = ("wrk", "-t", "2", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(ROOT / "benchmarks" / script))
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], env=os.environ | load, capture_output=True, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return result
