"""Requests that need neither session nor operator are answered past the middleware that only the panel needs."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve

from sendios.api.middleware import BASES


class DirectApi:
    """Answers the API and the receipts of providers; whatever is no path of theirs goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_ours = request.path_info.startswith(BASES) and is_our_host(host_of(request))
        return (is_ours and answer_directly(request)) or self.get_response(request)


def host_of(request: HttpRequest) -> str:
    """The host that was asked, with its port if one was named."""
    told: str = request.META.get("HTTP_HOST") or request.META["SERVER_NAME"]
    return told


def is_our_host(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def answer_directly(request: HttpRequest, urls: str | None = None) -> HttpResponseBase | None:
    """The view's answer with its length; None where the URLconf `urls` (by default the whole) has no such path."""
    try:
        found = resolve(request.path_info, urls)
    except Resolver404:
        return None  # told as any path that isn't there
    request.resolver_match = found
    response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    if callable(render := getattr(response, "render", None)):
        response = render()
    if isinstance(response, HttpResponse):
        response.headers.setdefault("Content-Length", str(len(response.content)))
    return response
