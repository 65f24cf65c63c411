"""`manage.py schedule`: rings for the jobs of sendios/schedule.py. One is enough; several do no harm."""

import signal
import time
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from projects.queue import put
from sendios.schedule import SCHEDULE


class Command(BaseCommand):
    help = "Ring for the scheduled jobs until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        due = {job: time.monotonic() for _, job, _ in SCHEDULE}
        # Unique doorbells: jobs don't pile up while no worker listens, and a lost Redis is simply rung again.
        while not stop.wait(0.2):
            for queue, job, seconds in SCHEDULE:
                if time.monotonic() >= due[job]:
                    put(queue, job, unique=job, insist=True)
                    due[job] = time.monotonic() + seconds
