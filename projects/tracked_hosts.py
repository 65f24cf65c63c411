"""Which projects' links a request's host serves: those of its tracking domain, or all of them at our own address."""

from hashlib import blake2b, sha256

from django.conf import settings
from django.http import HttpRequest

from projects.models import Project, TrackingDomain
from projects.models.domains import DomainStatus
from projects.short_memory import ShortMemory

MARK = "sendios.tracking_domain"
"""In a request's META: the number of the tracking domain that it came to. Nobody else can put it there."""

PROOF_PATH = "/o/-/proof"
"""Asked for by the check of a domain: only this installation knows the right answer."""

_domains: ShortMemory[str, int] = ShortMemory(seconds=10.0)
_owners: ShortMemory[tuple[int, int], bool] = ShortMemory(seconds=10.0)
NONE = 0


def domain_of(host: str) -> int:
    """The number of the verified tracking domain of this host (with or without a port), 0 where it is none."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.lower().rstrip(".")
    known = _domains.get(name)
    if known is None:
        rows = (
            TrackingDomain.objects.filter(host=name[:253], status=DomainStatus.VERIFIED) if "\0" not in name else None
        )
        known = (rows.values_list("pk", flat=True).first() if rows is not None else None) or NONE
        _domains.put(name, known)
    return known


def serves(request: HttpRequest, project_id: int) -> bool:
    """Whether links of this project may be followed at the host that the request came to."""
    domain = request.META.get(MARK)
    if domain is None:
        return True
    known = _owners.get((domain, project_id))
    if known is None:
        known = Project.objects.filter(pk=project_id, tracking_domain_id=domain).exists()
        _owners.put((domain, project_id), known)
    return known


def proof_of(host: str) -> str:
    """What PROOF_PATH answers at this host, whosever it is."""
    key = sha256(b"sendios.domains\0" + settings.SECRET_KEY.encode()).digest()
    return blake2b(host.lower().encode(), key=key, digest_size=16, person=b"host").hexdigest()


def forget_hosts() -> None:
    """Look at the tables again; for whoever has just changed a domain, and for tests."""
    _domains.clear()
    _owners.clear()
