"""The list's filters."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter


class ArchivedFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """Archived templates are out of sight until they are asked for."""

    title = "state"
    parameter_name = "state"
    all_option = ["", "In use"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("archived", "Archived"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "archived")
