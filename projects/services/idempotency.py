"""Answer a repeated request with the first answer, and do its work once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from projects.errors import Conflict, InvalidInput
from projects.models import ClientAccount, IdempotentRequest

KEPT = timedelta(hours=24)
Answer = dict[str, Any]

# Waits for a transaction that is answering the same key just now. No row comes back when the key is taken.
_TAKE_KEY = """
INSERT INTO projects_idempotentrequest AS known (client_id, key, request_hash, answer, created_at)
VALUES (%(client)s, %(key)s, %(hash)s, NULL, now())
ON CONFLICT (client_id, key) DO UPDATE
SET request_hash = EXCLUDED.request_hash, answer = NULL, created_at = EXCLUDED.created_at
WHERE known.created_at < now() - make_interval(secs => %(kept)s)
RETURNING id
"""


def answer_once(
    client: ClientAccount, *, key: str | None, request_hash: str, produce: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Return (answer, whether it is the stored answer to an earlier request).

    `produce` runs in one transaction with the row that remembers its answer: both are kept or neither is, so an
    error may be tried again with the same key. Two equal requests at once: the second waits for the first. `key`
    None means that the client sent none; then `produce` sees to its own transaction.

    Raises InvalidInput for a key that isn't 1 to 255 printable ASCII characters and Conflict for one that came with
    another request within 24 hours.
    """
    if key is None:
        return produce(), False
    with transaction.atomic():
        row_id = _take_key(client, key=_checked(key), request_hash=request_hash)
        if row_id is None:
            return _stored_answer(client, key=key, request_hash=request_hash), True
        answer = produce()
        IdempotentRequest.objects.filter(pk=row_id).update(answer=answer)
        return answer, False


def forget_old(*, limit: int = 10_000) -> int:
    """Remove up to `limit` rows older than 24 hours; returns how many."""
    old = IdempotentRequest.objects.filter(created_at__lt=now() - KEPT).order_by("created_at")[:limit]
    return IdempotentRequest.objects.filter(pk__in=old.values("pk")).delete()[0]


def _checked(key: str) -> str:
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise InvalidInput({"Idempotency-Key": "This value should be 1 to 255 printable ASCII characters."})
    return key


def _take_key(client: ClientAccount, *, key: str, request_hash: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_KEY, {"client": client.pk, "key": key, "hash": request_hash, "kept": KEPT.total_seconds()})
        row = cursor.fetchone()
    return row[0] if row else None


def _stored_answer(client: ClientAccount, *, key: str, request_hash: str) -> Answer:
    row = IdempotentRequest.objects.filter(client=client, key=key).first()
    if row is None or row.request_hash != request_hash:
        raise Conflict("This Idempotency-Key was used for another request.")
    return row.answer or {}
