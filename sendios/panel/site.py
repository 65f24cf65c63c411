"""The panel's site: unfold's, with our dashboard, audit history and throttled login."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite


class PanelSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """`django.contrib.admin.site` of this installation."""

    site_title = "Sendios"
    site_header = "Sendios"
    index_title = "Dashboard"
    enable_nav_sidebar = True
    final_catch_all_view = False

    def get_urls(self) -> list[Any]:
        """No "view on site": our rows have no public page, and its address would tell which rows exist."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no model."""
        return [path("audit/", self.admin_view(self.audit), name="audit")]

    def audit(self, request: HttpRequest) -> HttpResponse:
        """Every change that was made: who, when, what."""
        from sendios.panel.audit import show_audit

        return show_audit(self, request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from sendios.panel.dashboard import dashboard_of

        found = {"dashboard": dashboard_of(request.user), "subtitle": None}
        response: HttpResponse = super().index(request, {**found, **(extra_context or {})})
        return response
