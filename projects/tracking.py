"""Where a project's links, pixels and pages live, and whether it counts opens and clicks."""

from django.conf import settings

from projects.models import Project
from projects.models.domains import DomainStatus


def base_url(project: Project) -> str:
    """The address that links begin with, without a slash: the project's verified domain, else PUBLIC_URL."""
    domain = project.tracking_domain
    if domain is None or domain.status != DomainStatus.VERIFIED:
        return str(settings.PUBLIC_URL)
    return f"{'https' if domain.is_https else 'http'}://{domain.host}"


def tracks(project: Project) -> bool:
    """Whether opens and clicks are counted: the switch is on, and no domain is chosen or it is verified."""
    domain = project.tracking_domain
    return project.is_tracking and (domain is None or domain.status == DomainStatus.VERIFIED)
