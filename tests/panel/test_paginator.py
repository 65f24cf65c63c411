"""The paginator of big tables counts nothing."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.admin.paginator import UncountedPaginator
from tests.panel.world import World
from users.models import OmnichannelUser


def test_pages_follow_each_other_without_counting(ours: World) -> None:
    OmnichannelUser.objects.bulk_create(
        OmnichannelUser(project=ours.project, client_user_id=f"u{number}") for number in range(4)
    )
    pages = UncountedPaginator(OmnichannelUser.objects.order_by("-pk"), 2)
    with CaptureQueriesContext(connection) as queries:
        seen = [(len(pages.page(number).object_list), pages.has_more) for number in (1, 2, 3)]
    assert seen == [(2, True), (2, True), (1, False)]
    assert len(queries) == 3
    assert [each["sql"] for each in queries if "COUNT(" in each["sql"]] == []
