"""Doorbells: "there is work for …", rung after the commit.

The rows in PostgreSQL are the truth. A doorbell that gets lost costs seconds, never a message: jobs that go by the
clock find what waits (`ring_due` of the apps). So nothing here raises when Redis is away.
"""

from functools import cache

import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

log = structlog.get_logger(__name__)

# Longer than any turn: a flag that outlives its job (a killed worker) silences its doorbell no longer than this.
FLAG_SECONDS = 30
# Longer than the longest turn, too, or a job would be cut off with messages handed over and not recorded: a claim of
# 200 SMS by 16 connections to a provider that takes its 30 seconds for each is 390 seconds.
JOB_SECONDS = 600


def enqueue(queue: str, job: str, *args: int | str, unique: str = "", insist: bool = False) -> None:
    """Put `job` (a dotted name) into `queue` once the transaction is committed.

    With `unique`, nothing is put there while an equal one is waiting; the job calls `answer(unique)` as its first
    step, so that whatever arrives from then on rings anew. Who rings by the clock insists: a worker that was killed
    after it took the job and before it answered leaves an empty queue that is said to hold one.
    """
    # After the commit, and not before: a worker that looks too early would find no row and go away.
    transaction.on_commit(lambda: put(queue, job, *args, unique=unique, insist=insist), robust=True)


def put(queue: str, job: str, *args: int | str, unique: str = "", insist: bool = False) -> None:
    """As `enqueue`, at once and without a database: for those who have no transaction to wait for."""
    try:
        rings = not unique or shared_redis().set(_flag(unique), 1, nx=True, ex=FLAG_SECONDS)
        if not rings and not (insist and waiting(queue) == 0):
            return
        _queue(queue).enqueue_call(job, args=args, timeout=JOB_SECONDS, result_ttl=0, failure_ttl=86_400)
    except RedisError as error:
        log.warning("doorbell_lost", queue=queue, job=job, error=str(error))


def answer(unique: str) -> None:
    """The job behind a unique doorbell has begun."""
    shared_redis().delete(_flag(unique))


def waiting(queue: str) -> int:
    """How many jobs wait in `queue`."""
    return int(_queue(queue).count)


@cache
def shared_redis() -> Redis:
    """This process's connections to Redis, kept: making one costs more than a send. Nobody waits long for it."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)


@cache
def _queue(name: str) -> Queue:
    return Queue(name, connection=shared_redis(), serializer=JSONSerializer)


def _flag(unique: str) -> str:
    return f"sendios:doorbell:{unique}"
