"""django-rq's pages in the panel, for Administrators only: they show and stop the jobs of everybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_rq.admin import QueueAdmin
from django_rq.models import Dashboard

from projects.scope import sees_everything


@admin.register(Dashboard)
class QueuesAdmin(QueueAdmin):
    """Every one of django-rq's views asks for staff only; here each asks for an Administrator."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request.user)

    has_change_permission = has_module_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        """The list and django-rq's own pages. There is no table behind them, so a row has no page."""
        listed = "django_rq_dashboard_changelist"
        every: list[Any] = super().get_urls()  # type: ignore[no-untyped-call]  # django_rq's
        urls = [url for url in every if url.name == listed or str(url.name).startswith("django_rq_")]
        urls = [url for url in urls if url.name == listed or not str(url.name).startswith("django_rq_dashboard_")]
        for url in urls:
            url.callback = self._for_administrators(url.callback)
        return urls

    @staticmethod
    def _for_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not sees_everything(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded
