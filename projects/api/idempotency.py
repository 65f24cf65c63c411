"""The `Idempotency-Key` header of the send endpoints."""

import hashlib
from collections.abc import Callable

import orjson
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api.scope import client_of
from projects.services.idempotency import Answer, answer_once


def respond_once(request: Request, produce: Callable[[], Answer]) -> Response:
    """Answer 200 with what `produce` returns, or with the first answer when the client's key is known.

    A repeated answer carries `Idempotency-Replayed: true`. Raises as `answer_once` does.
    """
    answer, is_replay = answer_once(
        client_of(request),
        key=request.headers.get("Idempotency-Key"),
        request_hash=request_hash(request),
        produce=produce,
    )
    return Response(answer, headers={"Idempotency-Replayed": "true"} if is_replay else None)


def request_hash(request: Request) -> str:
    """SHA-256 over method, path and body; the order of a body's members doesn't matter."""
    body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
    what = f"{request.method} {request.path_info}\n".encode()
    return hashlib.sha256(what + body).hexdigest()
