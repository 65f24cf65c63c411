"""Exceptions become answers here and nowhere else."""

import math
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from projects.api.authentication import REFUSED
from projects.api.error_text import PREFIX, text_of
from projects.errors import DomainError, WrongFields

log = structlog.get_logger(__name__)


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception of a view; None leaves it to Django, which logs it and answers 500."""
    if isinstance(error, DomainError):
        return Response(_body(error), status=error.status)
    if isinstance(error, Http404):
        return _answer("Not found", 404)
    if isinstance(error, PermissionDenied):
        return _answer("Forbidden", 403)
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database_is_away", error=str(error))
        return _answer("Service is temporarily unavailable", 503, {"Retry-After": "1"})
    if isinstance(error, exceptions.APIException):
        return _answer(_text(error), error.status_code, _headers(error))
    return None


def _body(error: DomainError) -> dict[str, Any]:
    if isinstance(error, WrongFields):
        return {"errorCode": error.status, "message": error.message, "errors": error.errors}
    return {"error": text_of(error)}


def _answer(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response({"error": text}, status=status, headers=headers)


def _text(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return REFUSED
    if isinstance(error, exceptions.MethodNotAllowed):
        return "Method not allowed"
    if isinstance(error, exceptions.Throttled):
        return "Too many requests"
    if isinstance(error, exceptions.ValidationError):
        return PREFIX + "; ".join(_sentences(error.detail))
    return str(error.detail)


def _sentences(detail: Any, path: str = "") -> list[str]:
    """A serializer's errors as `field - sentence`; nested ones with their path."""
    if isinstance(detail, Mapping):
        pairs: list[tuple[str, Any]] = [(f"{path}.{name}".lstrip("."), inner) for name, inner in detail.items()]
        return [sentence for name, inner in pairs for sentence in _sentences(inner, name)]
    if isinstance(detail, list):
        return [sentence for inner in detail[:1] for sentence in _sentences(inner, path)]
    return [f"{path} - {detail}" if path else str(detail)]


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {"WWW-Authenticate": getattr(error, "auth_header", "")}
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, math.ceil(getattr(error, "wait", 0) or 0)))
    return {name: value for name, value in headers.items() if value}
