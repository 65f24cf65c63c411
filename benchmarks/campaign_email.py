"""S3: a campaign by e-mail through SMTP, 10 kB of HTML with tracked links, a row a recipient.

As S1 (benchmarks/campaign_push.py): each round runs the bare transport (our SMTP connection handing over one finished
message again and again, no database) and then a campaign, with the same number of processes on the same two cores as
PostgreSQL, Redis and the stand-in, which is Postfix's smtp-sink.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.campaign_push import WORKERS, Round, campaign
from benchmarks.stage import cpu_of, median, show, stage
from benchmarks.standin import free_port, wait_for

SINK = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
FROM = "letters@shop.example.com"
PEOPLE = """
INSERT INTO users_omnichanneluser (project_id, client_user_id, name, gender, language, country, city, platform_id, vip,
                                   photo, ak, time_zone, fields)
SELECT %(project)s, 'customer-' || n, 'Name ' || n, '', 'en', 'NL', '', 3, n %% 10 = 0, '', '', '',
       jsonb_build_object('town', 'Town ' || n %% 100) FROM generate_series(1, %(count)s) n;
INSERT INTO users_address (user_id, project_id, kind, provider, value, status, status_reason, sent_count, clicked_count)
SELECT id, project_id, 'email', '', client_user_id || '@example.com', 'active', '', 0, 0
FROM users_omnichanneluser WHERE project_id = %(project)s;
ANALYZE users_omnichanneluser; ANALYZE users_address;
"""
PARAGRAPH = (
    "<p style='color: #333333'>Plant them before the first frost, {{ user.name }}, three times as deep as they are"
    " tall, and forget them until April. <a href='https://shop.example.com/bulbs/{number}?from=letter'>See bulb"
    " {number}</a>.</p>\n"
)
HTML_BYTES, LINKS = 10_000, 10
TEXT = "Plant them before the first frost, {{ user.name }}: https://shop.example.com/bulbs"


@dataclass(frozen=True)
class Sink:
    """smtp-sink on a port of this machine."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        return cpu_of(self.process.pid)


def main(*, quick: bool) -> None:
    people, rounds = (10_000, 2) if quick else (100_000, 5)
    with sink() as standin, stage() as run:
        from benchmarks.scene import make_email_project

        project, sender, template = make_email_project(port=standin.port, content=letter())
        _seed(project.pk, people)
        run.work("campaigns", WORKERS)
        run.work("events")
        run.run("schedule", "manage.py", "schedule")
        time.sleep(3)
        bare, full = [], []
        for number in range(rounds):
            bare.append(bare_transport(standin, people))
            full.append(campaign(run, Round("S3", standin.cpu, project, template, people, number, sender)))
        ratio = median([each / least for each, least in zip(full, bare, strict=True)])
        show("S3 median", bare=f"{median(bare):,.0f}/s", campaign=f"{median(full):,.0f}/s", ratio=f"{ratio:.2f}")


@contextmanager
def sink() -> Iterator[Sink]:
    """smtp-sink on a free port, ended with the block. Raises SystemExit where there is none."""
    if not os.path.exists(SINK):
        raise SystemExit("This benchmark needs Postfix's smtp-sink as the stand-in: apt install postfix")
    port = free_port()
    process = subprocess.Popen([SINK, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield Sink(port, process)
    finally:
        process.terminate()
        process.wait()


def letter() -> dict[str, str]:
    """10 kB of HTML with ten links and a name in each paragraph."""
    links = "".join(PARAGRAPH.replace("{number}", str(number)) for number in range(LINKS))
    filler = "<p>" + "tulips, " * ((HTML_BYTES - len(links) - 400) // 8) + "</p>"
    html = (
        "<html><head><style>p { margin: 0 } a { color: #6b2d5c }</style></head>"
        f"<body>{links}{filler}<a href='{{{{ unsubscribeLink }}}}'>Unsubscribe</a></body></html>"
    )
    return {
        "subject": "The bulbs are here, {{ user.name }}",
        "preheader": "Before the frost",
        "html": html,
        "text": TEXT,
    }


def bare_transport(standin: Sink, count: int) -> float:
    """The same number of messages by as many processes, with nothing but the provider's connection."""
    began = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(_send_bare, [standin.port] * WORKERS, [count // WORKERS] * WORKERS))
    rate = count / (time.perf_counter() - began)
    show("S3 bare transport", rate=f"{rate:,.0f}/s")
    return rate


def _send_bare(port: int, count: int) -> None:
    from channels_app.contract import Envelope, Handed
    from channels_app.registry import get_provider
    from templates.content import EmailContent

    smtp = get_provider("smtp")
    line = smtp.connect(smtp.clean(credentials(port)), address=FROM)
    content = EmailContent("The bulbs are here", "Before the frost", letter()["html"], "The bulbs are here")
    for begin in range(0, count, 1000):
        numbers = range(begin + 1, min(begin + 1000, count) + 1)
        outcomes = line.send([Envelope(n, f"customer-{n}@example.com", content, client_ref=str(n)) for n in numbers])
        if not all(isinstance(outcome, Handed) for outcome in outcomes):
            raise SystemExit(f"The stand-in refused a bare message: {outcomes[0]}")


def credentials(port: int) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(port), "security": "none", "connections": "32", "from_name": "Tulip Shop"}


def _seed(project_id: int, count: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"project": project_id, "count": count})
