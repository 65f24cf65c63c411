"""Tracking domains: their hosts serve links, pixels and people's own pages, and nothing else of this installation."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port

from projects.tracked_hosts import MARK, PROOF_PATH, domain_of, proof_of
from sendios.bodies import told_length
from sendios.direct import answer_directly, host_of, is_our_host

PATHS = ("/t/", "/o/", "/u/")
PAGES = "messaging.pages.urls"
LARGEST_FORM = 64 * 1024
"""Bytes. Django limits fields and not files, which it would write to the disk for anybody who has a link."""


class TrackedHosts:
    """Answers requests for these paths itself, at our own hosts and at verified tracking domains.

    Pages for the readers of messages know no session, no operator and no cookie: what the rest of Django does for the
    panel would be half of a click's time. Whatever else comes by a host that isn't in ALLOWED_HOSTS is refused by
    Django itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host, path = host_of(request), request.path_info
        if path == PROOF_PATH:
            return HttpResponse(proof_of(split_domain_port(host)[0]), content_type="text/plain")
        if path.startswith(PATHS) and (is_our_host(host) or _is_tracked(request, host)):
            if told_length(request) > LARGEST_FORM:
                return HttpResponse(status=413)
            return answer_directly(request, PAGES) or self.get_response(request)
        return self.get_response(request)


def _is_tracked(request: HttpRequest, host: str) -> bool:
    """Whether a verified tracking domain was asked; the request goes on under the name that Django knows us by."""
    domain = domain_of(host)
    if domain:
        request.META[MARK] = domain
        request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip(".").replace("*", "localhost")
    return bool(domain)
