"""Whom this installation asks for DNS records."""

import dns.nameserver
import dns.resolver
from django.conf import settings


def make_resolver(*, seconds: float) -> dns.resolver.Resolver:
    """A resolver that asks settings.DNS_SERVERS, or the system's, and gives up on a question after `seconds`.

    Raises dns.exception.DNSException where the system names none.
    """
    resolver = dns.resolver.Resolver(configure=not settings.DNS_SERVERS)
    if settings.DNS_SERVERS:
        resolver.nameservers = [_server(each) for each in settings.DNS_SERVERS]
    resolver.lifetime = seconds
    return resolver


def _server(told: str) -> dns.nameserver.Nameserver | str:
    """ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT as the resolver takes it."""
    host, colon, port = told.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.startswith("[")):
        return told
    return dns.nameserver.Do53Nameserver(host.strip("[]"), int(port))
