"""Who takes a domain's mail: its MX records, asked from real DNS servers and remembered in the cache."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import dns.exception
import dns.resolver
import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from projects.dns_servers import make_resolver

log = structlog.get_logger(__name__)

Ask = Callable[[str, str], Any]
"""Takes a name and a kind of record; raises as dns.resolver does."""

SECONDS = 2.0
"""So long an answer may take altogether."""

REMEMBERED = 3600
FAILURE_REMEMBERED = 60
"""Seconds; a failure may be over soon."""

MOST_SERVERS = 10


@dataclass(frozen=True, slots=True)
class MailServers:
    """`names` are those that take mail, the preferred first; `ips` those of the first one.

    Both empty: the domain takes none. `is_known` is False where DNS didn't answer, so that nobody can say.
    """

    names: Sequence[str] = ()
    ips: Sequence[str] = ()
    is_known: bool = True


def mail_servers_of(domain: str) -> MailServers:
    """The mail servers of a domain, remembered for an hour. One without MX is its own server (RFC 5321, 5.1)."""
    key = f"mail_servers:{domain}"
    known = _remembered(key)
    if known is not None:
        return MailServers(*known)
    found = _look_up(domain)
    _remember(key, found)
    return found


def _look_up(domain: str) -> MailServers:
    try:
        ask = _questions(make_resolver(seconds=SECONDS))
        names = _mx(ask, domain)
        if names is None:
            ips = _ips(ask, domain)
            return MailServers([domain] if ips else [], ips)
        return MailServers(names, _ips(ask, names[0]) if names else [])
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        log.info("dns_failed", domain=domain, error=str(error))
        return MailServers(is_known=False)


def _questions(resolver: dns.resolver.Resolver) -> Ask:
    """A function that asks for records of a kind; all its questions together have SECONDS."""
    until = monotonic() + SECONDS

    def ask(name: str, kind: str) -> Any:
        return resolver.resolve(name, kind, search=False, lifetime=max(0.05, until - monotonic()))

    return ask


def _mx(ask: Ask, domain: str) -> list[str] | None:
    """Names in their order; [] where the domain says it takes no mail (RFC 7505) or isn't there; None without MX."""
    try:
        answer = ask(domain, "MX")
    except dns.resolver.NoAnswer:
        return None
    except dns.resolver.NXDOMAIN:
        return []
    rows = sorted(answer, key=lambda row: row.preference)
    names = [str(row.exchange).rstrip(".").lower() for row in rows]
    return [name for name in names if name][:MOST_SERVERS]


def _ips(ask: Ask, name: str) -> list[str]:
    """The addresses of a host, those of IPv6 only where it has no others."""
    for kind in ("A", "AAAA"):
        try:
            return [str(row) for row in ask(name, kind)]
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            continue
    return []


def _remembered(key: str) -> list[Any] | None:
    try:
        known: list[Any] | None = cache.get(key)
    except RedisError:  # then DNS is asked each time
        return None
    return known


def _remember(key: str, found: MailServers) -> None:
    seconds = REMEMBERED if found.is_known else FAILURE_REMEMBERED
    try:
        cache.set(key, [list(found.names), list(found.ips), found.is_known], seconds)
    except RedisError as error:
        log.info("cache_is_away", error=str(error))
