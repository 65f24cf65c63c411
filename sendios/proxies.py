"""Who is behind a reverse proxy: REMOTE_ADDR becomes the address that the nearest proxies of ours vouch for."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class TrustedProxies:
    """Stands first, so that all that counts or logs addresses sees the same one. Not there without TRUSTED_PROXIES.

    granian's own wrapper does the same for names and ports as they stand, with which a visitor's address would be
    another one with each connection behind proxies that tell the port.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.TRUSTED_PROXIES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        told = meta.get("HTTP_X_FORWARDED_FOR", "")
        if told:
            meta["REMOTE_ADDR"] = visitor_address(meta.get("REMOTE_ADDR", ""), told, settings.TRUSTED_PROXIES)
        return self.get_response(request)


def visitor_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The address of whoever our proxies got the request from; `peer` where it is none of them.

    `forwarded` (X-Forwarded-For) is read from the right, where each proxy added whom it saw: what stands left of
    the first address that isn't a trusted proxy's, anybody can have written.
    """
    found = _address(peer)
    for told in reversed(forwarded.split(",")):
        if found is None or not any(found in network for network in trusted):
            break
        before = _address(told)
        if before is None:
            break  # nobody can be told from it: all of them count as the proxy
        found = before
    return str(found) if found else peer


def _address(text: str) -> Address | None:
    """An address as proxies write it: also with a port, in brackets, or IPv4 in IPv6's clothes."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
