"""Tracking domains: whether their CNAME leads here, and whether our pages answer there."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
from django.conf import settings
from django.db.models import Q
from django.utils.timezone import now

from projects import outgoing
from projects.dns_servers import make_resolver
from projects.models import TrackingDomain
from projects.models.domains import DomainStatus
from projects.tracked_hosts import PROOF_PATH, forget_hosts, proof_of

DNS_SECONDS = 3.0
VERIFIED_AGAIN, OTHERS_AGAIN = timedelta(days=1), timedelta(hours=1)
SLACK = timedelta(minutes=5)
TURN_SECONDS = 60.0

Ask = Callable[[str], outgoing.Answer]


def target() -> str:
    """The host that the CNAME of a tracking domain must name."""
    return str(settings.TRACKING_TARGET or urlsplit(settings.PUBLIC_URL).hostname or "").lower()


def why_no_target() -> str:
    """What is wrong where this installation has no host name that a CNAME could name; "" where it has."""
    named = target()
    is_name = named.rpartition(".")[2].isalpha()
    return "" if is_name else f"{named or 'Nothing'} is no host name. Set PUBLIC_URL or TRACKING_TARGET to one."


def check_domain(domain: TrackingDomain, *, ask: Ask = outgoing.get) -> DomainStatus:
    """Look the domain up and write down what was found, as a status and a sentence.

    Verified: the CNAME is right and our pages answer there. Pending: it is right, they don't. A DNS that doesn't answer
    changes nothing: links that worked an hour ago most likely still do.
    """
    found, sentence = _look_up(domain.host)
    if found is None:
        status = DomainStatus(domain.status)
    elif found != target():
        status = DomainStatus.NOT_VERIFIED
    else:
        status, sentence = _knock(domain, ask)
    _keep(domain, status, sentence)
    return status


def check_due(*, ask: Ask = outgoing.get) -> int:
    """Check verified domains once a day, the others every hour, the longest unchecked first; returns how many."""
    moment, ends = now() + SLACK, monotonic() + TURN_SECONDS
    verified = Q(status=DomainStatus.VERIFIED)
    due = TrackingDomain.objects.filter(
        Q(checked_at__isnull=True)
        | (verified & Q(checked_at__lt=moment - VERIFIED_AGAIN))
        | (~verified & Q(checked_at__lt=moment - OTHERS_AGAIN))
    )
    checked = 0
    for domain in due.order_by("checked_at"):
        if monotonic() > ends:
            break
        check_domain(domain, ask=ask)
        checked += 1
    return checked


def forget_check(domain: TrackingDomain) -> None:
    """Another host or scheme: what was found of the old one says nothing (saved by the caller)."""
    domain.status, domain.checked_at, domain.check_answer = DomainStatus.NOT_VERIFIED, None, ""


def _look_up(host: str) -> tuple[str | None, str]:
    """What the host's CNAME names ("" for none; None where DNS didn't say), and a sentence for what is wrong."""
    if problem := why_no_target():
        return "", problem
    wanted = f"{host} must have a CNAME record that names {target()}"
    try:
        answer = make_resolver(seconds=DNS_SECONDS).resolve(host, "CNAME", search=False)
    except dns.resolver.NXDOMAIN:
        return "", f"{wanted}; DNS knows no such name."
    except dns.resolver.NoAnswer:
        return "", f"{wanted}; it has none."
    except (dns.exception.DNSException, OSError) as error:
        return None, f"DNS didn't answer, so nothing changed: {error}"
    found = answer[0].target.to_text(omit_final_dot=True).lower()
    return found, f"{wanted}; it names {found}."


def _knock(domain: TrackingDomain, ask: Ask) -> tuple[DomainStatus, str]:
    """Ask the domain for something that only this installation can say."""
    url = f"{'https' if domain.is_https else 'http'}://{domain.host}{PROOF_PATH}"
    answer = ask(url)
    if answer.status == 200 and answer.body == proof_of(domain.host).encode():
        return DomainStatus.VERIFIED, f"The CNAME names {target()}, and our pages answer at {domain.host}."
    what = answer.error or f"status {answer.status}, which is not our answer"
    return DomainStatus.PENDING, f"The CNAME is right, but our pages don't answer at {url}: {what}"


def _keep(domain: TrackingDomain, status: DomainStatus, sentence: str) -> None:
    told = {"status": status, "check_answer": sentence[:500], "checked_at": now()}
    is_news = status != domain.status
    for name, value in told.items():
        setattr(domain, name, value)
    if is_news:
        domain.save(update_fields=list(told))  # with a line in its history
        forget_hosts()
    else:
        TrackingDomain.objects.filter(pk=domain.pk).update(**told)
