"""Tracking domains: their hosts serve links, pixels and people's own pages, and nothing else of this installation."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port, validate_host

from projects.tracked_hosts import MARK, PROOF_PATH, domain_of, proof_of

PATHS = ("/t/", "/o/", "/u/")


class TrackedHosts:
    """Lets requests for these paths in by a verified tracking domain, under the name that Django knows us by.

    Whatever else comes by a host that isn't in ALLOWED_HOSTS is refused by Django itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = request.META.get("HTTP_HOST", "")
        if request.path_info == PROOF_PATH:
            return HttpResponse(proof_of(split_domain_port(host)[0]), content_type="text/plain")
        if request.path_info.startswith(PATHS) and not _is_ours(host) and (domain := domain_of(host)):
            request.META[MARK] = domain
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip(".").replace("*", "localhost")
        return self.get_response(request)


def _is_ours(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
