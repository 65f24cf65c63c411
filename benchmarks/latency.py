"""S6: from the API's answer to the provider's log, idle and while another project's campaign runs.

The sandbox is the provider here: its log has the arrival on the clock that all processes of a machine share.
"""

import base64
import http.client
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.stage import percentile, show, stage
from benchmarks.standin import free_port, wait_for


def main(*, quick: bool) -> None:
    sends, people = (100, 20_000) if quick else (300, 60_000)
    import tempfile

    from tests.sandbox.process import start_sandbox

    with tempfile.TemporaryDirectory() as home:
        sandbox = start_sandbox(Path(home))
        try:
            with stage(FCM_URL=sandbox.url, FCM_TOKEN_URL=f"{sandbox.url}/token") as run:
                from benchmarks.campaign_push import seed
                from benchmarks.scene import launch, make_project, make_sending_client

                account = sandbox.credentials["fcm"]["service_account"]
                client_id, api_key, project_id = make_sending_client(known=1, account=account)
                other, _, template = make_project("other", account=account)
                seed(other.pk, people)
                run.work("transactional")
                run.work("campaigns", 2)
                run.work("events")
                run.run("schedule", "manage.py", "schedule")
                caller = Caller(run, client_id, api_key, project_id)
                time.sleep(4)
                report("S6 idle", measure(caller, sandbox, sends))
                mailing_id = launch(other, template, "big")
                figures = measure(caller, sandbox, sends)
                report("S6 during a campaign", figures)
                from messaging.selectors import counters_of

                show("S6 the campaign meanwhile", sent=counters_of([mailing_id])[mailing_id].sent, of=people)
        finally:
            sandbox.stop()


class Caller:
    """A client system on one kept connection."""

    def __init__(self, run: Any, client_id: int, api_key: str, project_id: int) -> None:
        port = free_port()
        serve = ("-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-ws")
        run.run("web", *serve, "--host", "127.0.0.1", "--port", str(port), "sendios.wsgi:application")
        wait_for(port)
        token = base64.b64encode(f"{client_id}:{api_key}".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.body = {"type_id": 101, "project_id": project_id, "client_user_id": "known-1", "data": {"order": 1},
                     "app_push_token": f"{1:022d}:APA91bknown"}  # fmt: skip

    def send(self) -> tuple[int, float]:
        """The push's id, and when its answer was here."""
        self.connection.request("POST", "/v1/app-push/send/system", json.dumps(self.body), self.headers)
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(body)
        return body["data"]["push_id"], time.monotonic()


def measure(caller: Caller, sandbox: Any, sends: int) -> list[float]:
    """Milliseconds from each answer to the arrival; a push that was there before its answer counts as 0."""
    answered = {}
    for _ in range(sends):
        push_id, at = caller.send()
        answered[push_id] = at
        time.sleep(0.02)
    return [max(0.0, (arrival(sandbox, push_id) - at) * 1000) for push_id, at in answered.items()]


def arrival(sandbox: Any, push_id: int) -> float:
    for _ in range(600):
        entries = sandbox.log(push_id=str(push_id))
        if entries:
            return float(entries[0]["monotonic"])
        time.sleep(0.05)
    raise SystemExit(f"Push {push_id} never arrived.")


def report(title: str, figures: list[float]) -> None:
    show(title, sends=len(figures), median=f"{percentile(figures, 0.5):.1f} ms",
         p99=f"{percentile(figures, 0.99):.1f} ms", worst=f"{max(figures):.1f} ms")  # fmt: skip
