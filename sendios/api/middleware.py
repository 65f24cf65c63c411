"""The outermost layer of the API: traces, size, slashes, and an envelope around whatever isn't JSON."""

import re
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from time import perf_counter
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

from projects.api.bodies import CUT_SLASH
from sendios.api.envelope import STARTED, failure, to_json
from sendios.bodies import told_length

BASES = ("/v1/", "/v3/", "/receipts/")
_DOUBLED = re.compile(r"^/+(v1|v3|receipts)/+")
"""Slashes doubled where a client joined its base URL and a path; further on they may be an id's or base64's own."""
LARGEST_BODY = 1024 * 1024
LONGEST_REQUEST_ID = 64

TEXTS = {
    400: "Bad request",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    413: f"Request body is too large: more than {LARGEST_BODY} bytes",
    500: "Internal server error",
    503: "Service is temporarily unavailable",
}


class ApiBoundary:
    """Stands before everything else, so that not even an error of Django itself leaves the API as HTML."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Not unbound at the end: Django logs answers of 400 and more after the last middleware.
        clear_contextvars()
        request.path_info = _DOUBLED.sub(r"/\1/", request.path_info)
        if not f"{request.path_info}/".startswith(BASES):
            return self.get_response(request)
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]  # read by the views that store it
        request.META[STARTED] = perf_counter()
        bind_contextvars(request_id=request_id)
        response = self._answer(request)
        response.headers["X-Request-Id"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        # One slash at most: what stands before it may be an id that ends in one.
        if request.path_info.endswith("/"):
            request.path_info = request.path_info[:-1]
            request.META[CUT_SLASH] = True
        try:
            status = _refusal(request)
        except OSError:
            status = 400  # the client went away in the middle of its body
        if status:
            return _as_envelope(request, HttpResponse(status=status))
        return _as_envelope(request, self.get_response(request))


def _request_id(request: HttpRequest) -> str:
    told: str = request.META.get("HTTP_X_REQUEST_ID", "")
    is_sane = 0 < len(told) <= LONGEST_REQUEST_ID and told.isascii() and told.isprintable()
    return told if is_sane else uuid4().hex


def _refusal(request: HttpRequest) -> int:
    """413 for a body that is too large, which isn't read; else 0. A chunked body gets its length here."""
    meta = request.META
    if not meta.get("CONTENT_LENGTH") and "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
        _measure_chunked(request)
    return 413 if told_length(request) > LARGEST_BODY else 0


def _measure_chunked(request: HttpRequest) -> None:
    """Django takes a body without a Content-Length for empty; Go and curl stream such bodies."""
    body = request.META["wsgi.input"].read(LARGEST_BODY + 1)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001  (the stream WSGIRequest reads from)


def _as_envelope(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What EnvelopeRenderer wrote passes, and so do the docs; headers such as Allow stay."""
    is_json = response.headers.get("Content-Type") == "application/json"
    if is_json or response.status_code < 400 or not isinstance(response, HttpResponse):
        return response
    text = TEXTS.get(response.status_code) or HTTPStatus(response.status_code).phrase
    response.content = to_json(failure(text, meta=request.META))
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Length"] = str(len(response.content))
    return response
