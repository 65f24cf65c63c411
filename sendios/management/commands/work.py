"""`manage.py work QUEUE`: one worker process for one queue.

One queue only: a worker that listens to several and dies right after taking a job loses that job for good.
SimpleWorker runs jobs in this process, so that connections to providers and compiled templates are kept.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django_rq import get_worker
from rq.serializers import JSONSerializer

from sendios.garbage import collect_less_often


class Command(BaseCommand):
    help = "Work on one queue until SIGTERM or Ctrl-C; the job at hand is finished first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=sorted(settings.RQ_QUEUES))

    def handle(self, *args: Any, **options: Any) -> None:
        collect_less_often()
        worker = get_worker(options["queue"], worker_class="rq.worker.SimpleWorker", serializer=JSONSerializer)
        worker.work(with_scheduler=False, logging_level="WARNING")
