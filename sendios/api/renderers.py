"""Answers: always JSON, always in the envelope, but for v3's successes."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from sendios.api.envelope import refusal, success, to_json


class EnvelopeRenderer(BaseRenderer):
    """Wraps a view's data. `handle_exception` marks errors by {"error": text} and the status."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        context = renderer_context or {}
        request: Request = context["request"]
        if context["response"].status_code >= 400:
            return to_json(refusal(data, meta=request.META))
        if request.path_info.startswith("/v3/"):
            return to_json(data)
        return to_json(success(data, meta=request.META))


class AlwaysJSON(BaseContentNegotiation):
    """Takes the view's first parser and renderer, whatever Content-Type and Accept say."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
