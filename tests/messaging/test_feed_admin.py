"""The activity feed and a message's page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from messaging.message_ids import message_uuid
from messaging.models import Message
from messaging.selectors_feed import FeedQuery, feed_page
from projects.models import Project
from templates.models import Channel
from tests.factories import make_project, make_type, make_user
from tests.panel_people import sign_in
from transactional.models import TransactionalType
from users.services.people import erase_user

FEED = reverse("admin:messaging_message_changelist")


@pytest.fixture
def project(db: None) -> Project:
    return make_project()


def make_message(kind: TransactionalType, **given: Any) -> Message:
    """A message to a new user who has an e-mail, a phone and a device."""
    number = Message.objects.count() + 1
    if "user" not in given:
        phone = f"+38044123{number:04d}"
        addresses = {"phone": phone, "email": f"u{number}@example.com", "app_push_token": f"{number:064x}"}
        given["user"] = make_user(kind.project, **addresses)
    values = {
        "project": kind.project,
        "mailing": kind,
        "channel": kind.channel,
        "category": kind.category,
        "version": kind.mix.get().template.current,
        "address": given["user"].addresses.filter(kind="push").first(),
        "state": "sent",
        "content": {"subject": "News", "text": f"text {number}", "logo": "", "link": ""},
    }
    return Message.objects.create(**{**values, **given})


def found(client: Client, **query: Any) -> list[int]:
    return [row.message.pk for row in client.get(FEED, query).context["page"].rows]


def test_the_newest_comes_first(client: Client, project: Project) -> None:
    kind = make_type(project)
    first, second = make_message(kind), make_message(kind)
    sign_in(client, project, "Viewer")
    assert found(client) == [second.pk, first.pk]
    assert "text 2" in client.get(FEED).content.decode()


def test_every_filter_narrows(client: Client, project: Project) -> None:
    push, sms = make_type(project), make_type(project, Channel.SMS, category="trigger")
    mine, other = make_message(push), make_message(sms, state="failed")
    Message.objects.filter(pk=mine.pk).update(created_at=now() - timedelta(days=3))
    sign_in(client, project)
    template = push.mix.get().template_id
    yesterday = f"{now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    for query, wanted in (
        ({"channel": "app_push"}, [mine.pk]),
        ({"category": "trigger"}, [other.pk]),
        ({"mailing": push.pk}, [mine.pk]),
        ({"template": template}, [mine.pk]),
        ({"state": "failed"}, [other.pk]),
        ({"project": project.pk}, [other.pk, mine.pk]),
        ({"since": yesterday}, [other.pk]),
        ({"until": yesterday}, [mine.pk]),
        ({"state": "failed", "channel": "app_push"}, []),
    ):
        assert found(client, **query) == wanted, query


def test_messages_are_found_by_whatever_is_known_of_the_person(client: Client, project: Project) -> None:
    kind = make_type(project)
    mine = make_message(kind)
    make_message(kind)
    sign_in(client, project, "Support manager")
    user = mine.user
    for text in (
        user.client_user_id,
        "u1@example.com",
        "+380 44 123 0001",
        f"{1:064x}",
        str(message_uuid(mine.pk)),
    ):
        assert found(client, q=text) == [mine.pk], text
    assert found(client, q="nobody at all") == []
    assert found(client, user=user.pk) == [mine.pk]


@pytest.mark.parametrize(
    "query", [{"project": "x"}, {"state": "x"}, {"since": "x"}, {"before": "-1"}, {"user": "x"}, {"q": "\0"}]
)
def test_a_filter_that_makes_no_sense_is_left_out(client: Client, project: Project, query: dict[str, str]) -> None:
    message = make_message(make_type(project))
    sign_in(client, project)
    assert found(client, **query) == [message.pk]


def test_pages_continue_where_the_last_one_ended(project: Project) -> None:
    kind = make_type(project)
    made = [make_message(kind).pk for _ in range(5)]
    seen: list[int] = []
    cursor = None
    while True:
        page = feed_page(FeedQuery(projects=[project.pk], before=cursor), size=2)
        seen += [row.message.pk for row in page.rows]
        cursor = page.next_before
        if cursor is None:
            break
    assert seen == made[::-1]


def test_a_rare_status_is_looked_for_piece_by_piece(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.selectors_feed.WINDOW", 3)
    kind = make_type(project)
    rare = make_message(kind, state="failed")
    for _ in range(6):
        make_message(kind)
    seen, stops, cursor = [], 0, None
    for _ in range(5):
        page = feed_page(FeedQuery(projects=[project.pk], state="failed", before=cursor))
        seen += [row.message.pk for row in page.rows]
        stops += page.looked_back_to is not None
        cursor = page.next_before
        if cursor is None:
            break
    assert (seen, cursor) == ([rare.pk], None)
    assert stops == 2


def test_several_projects_are_merged_by_time(project: Project) -> None:
    kind, other = make_type(project), make_type(make_project(project.client))
    made = [make_message(each).pk for each in (kind, other, kind, other)]
    make_message(make_type(make_project()))
    page = feed_page(FeedQuery(projects=[project.pk, other.project_id]), size=3)
    assert [row.message.pk for row in page.rows] == made[:0:-1]


@pytest.mark.parametrize("messages", [1, 3])
def test_the_feed_takes_fifteen_queries_however_much_it_shows(
    client: Client, project: Project, messages: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(messages):
        make_message(make_type(project))
    sign_in(client, project)
    client.get(FEED)
    with django_assert_num_queries(15):
        assert len(found(client)) == messages


def test_a_message_of_somebody_erased_is_still_a_line(client: Client, project: Project) -> None:
    message = make_message(make_type(project))
    erase_user(project, client_user_id=message.user.client_user_id)
    sign_in(client, project)
    assert found(client) == [message.pk]
    page = client.get(reverse("admin:messaging_message_change", args=[message.pk]))
    assert (page.status_code, "erased" in page.content.decode()) == (200, True)


def test_a_message_shows_its_whole_story(client: Client, project: Project) -> None:
    moment = now() + timedelta(seconds=1)
    message = make_message(
        make_type(project),
        state="delivered",
        sent_at=moment,
        delivered_at=moment + timedelta(seconds=2),
        provider_id="projects/x/messages/1",
        data={"code": 17},
        missing=["user.city"],
    )
    sign_in(client, project, "Viewer")
    response = client.get(reverse("admin:messaging_message_change", args=[message.pk]))
    titles = [entry.title for entry in response.context["timeline"]]
    assert titles == ["Accepted", "Handed over to the provider", "Delivered"]
    page = response.content.decode()
    for shown in (
        "text 1",
        "projects/x/messages/1",
        "user.city",
        "&quot;code&quot;: 17",
        str(message_uuid(message.pk)),
    ):
        assert shown in page, shown


def test_html_in_a_text_is_shown_as_text(client: Client, project: Project) -> None:
    evil = "<script>alert(1)</script>"
    content = {"subject": evil, "text": evil, "logo": "javascript:alert(1)", "link": evil}
    message = make_message(make_type(project), content=content, data={"x": evil}, reason=evil)
    sign_in(client, project)
    user_page = reverse("admin:users_omnichanneluser_change", args=[message.user_id])
    for path in (FEED, reverse("admin:messaging_message_change", args=[message.pk]), user_page):
        page = client.get(path).content.decode()
        assert (evil in page, "javascript:alert" in page) == (False, False), path


def test_nothing_can_be_changed_here(client: Client, project: Project) -> None:
    message = make_message(make_type(project))
    sign_in(client, project, "Administrator")
    page = reverse("admin:messaging_message_change", args=[message.pk])
    assert [client.post(path).status_code for path in (FEED, page)] == [405, 405]
    assert client.post(reverse("admin:messaging_message_delete", args=[message.pk]), {"post": "yes"}).status_code == 403


STATISTICS = reverse("admin:messaging_statistic_changelist")


@pytest.mark.parametrize("mailings", [1, 3])
def test_statistics_compare_types_over_days_in_ten_queries(
    client: Client, project: Project, mailings: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    today = now().date()
    kinds = [make_type(project) for _ in range(mailings)]
    for kind in kinds:
        kind.statistics.create(day=today, audience=9, sent=8, delivered=7, clicked=3)
        kind.statistics.create(day=today - timedelta(days=60), audience=5, sent=5)
    make_type(make_project()).statistics.create(day=today, audience=1, sent=1)
    sign_in(client, project, "Viewer")
    client.get(STATISTICS)
    with django_assert_num_queries(10):
        response = client.get(STATISTICS)
    assert [(row[0].pk, row[1].sent) for row in response.context["rows"]] == [(kind.pk, 8) for kind in kinds[::-1]]
    assert response.context["total"]["delivered"] == 7 * mailings
    wider = client.get(STATISTICS, {"since": f"{today - timedelta(days=90)}"})
    assert wider.context["total"]["sent"] == 13 * mailings


def test_statistics_come_as_a_csv_without_formulas(client: Client, project: Project) -> None:
    make_type(project, name="=cmd()", type_id=7).statistics.create(day=now().date(), audience=2, sent=1, failed=1)
    sign_in(client, project, "Viewer")
    lines = client.get(STATISTICS, {"format": "csv"}).content.decode().splitlines()
    told = [project.name, "app_push", "system", "'=cmd()", 7, 2, 1, 0, 0, 0, 0, 1, *[0] * 6]
    assert lines[1] == ",".join(f'"{cell}"' for cell in told)
