"""A paginator for tables too big to count."""

from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList


class UncountedPaginator(InfinitePaginator):  # type: ignore[misc]  # unfold has no types
    """Previous and Next without COUNT(*): each page reads one row more than it shows, to know whether there is a next.

    Use with `show_full_result_count = False`, `list_max_show_all = 0` and an ordering that an index serves.
    """

    template_name = "projects/pagination.html"
    has_more = False

    def page(self, number: int | str) -> Page[Any]:
        position = int(self.validate_number(number))
        start = (position - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        self.has_more = len(rows) > self.per_page
        page: Page[Any] = self._get_page(rows[: self.per_page], position, self)
        return page


class QuietChangeList(ChangeList):  # type: ignore[misc]  # unfold has no types
    """A list whose heading doesn't compare what was found with a total that nobody counted."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
