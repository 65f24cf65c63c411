"""/t/, /o/ and /u/: what people follow, what machines fetch, and what a page may change."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http.multipartparser import MultiPartParser
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from messaging.links import ClickLinks, PersonLink, open_token, person_token, short_code
from messaging.models import Message, MessageEvent, ShortLink, Visit
from messaging.selectors import counters_of
from messaging.services import engagement, visits
from messaging.services.acceptance import Destination, Order, accept_messages, active_mix
from messaging.services.engagement import work_off_visits
from messaging.services.statistics import check_statistics
from projects.models import Project, TrackingDomain, WebhookEvent
from projects.services.webhooks import create_webhook
from projects.shared_counters import _redis
from projects.tracked_hosts import forget_hosts
from tests.messaging.scene import Scene
from users.consent_sources import Reach
from users.models import Address, OmnichannelUser, Suppression, TypeUnsubscription, Unsubscription

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
URL = "https://shop.example.com/sale?who=1&x=%D0%B9#top"
CONTENT = {"subject": "Hi", "preheader": "", "html": "<p>Hi</p>", "text": "Hi"}


@pytest.fixture
def scene() -> Scene:
    forget_hosts()
    for key in _redis().scan_iter("sendios:codes:*"):
        _redis().delete(key)
    made = Scene(people=1)
    made.project.sender_name = "Tulip Shop"
    made.project.save()
    return made


@pytest.fixture
def message(scene: Scene) -> Message:
    sender = scene.sender("email", "smtp", address="news@example.com")
    mailing = scene.mailing("email", CONTENT, sender=sender, category="trigger", type_id=9)
    address = scene.address(scene.users[0], "email", "anna@example.com")
    [made] = accept_messages(
        mailing, mix=active_mix(mailing), user=scene.users[0], destinations=[Destination(address, sender.pk)],
        order=Order(),
    )  # fmt: skip
    Message.objects.filter(pk=made.pk).update(state="sent", sent_at=now() - timedelta(minutes=5))
    mailing.statistics.create(day=made.created_at.date(), version_id=made.version_id, sent=1)
    return Message.objects.get(pk=made.pk)


def follow(message: Message, *, place: int = 0, url: str = URL, method: str = "get", **headers: str) -> Any:
    token = ClickLinks(message.project_id, message.pk).token(place, url)
    return getattr(Client(), method)(f"/t/{token}", headers={"User-Agent": BROWSER, **headers})


def fetch(message: Message, **headers: str) -> Any:
    token = open_token(message.project_id, message.pk)
    return Client().get(f"/o/{token}.gif", headers={"User-Agent": BROWSER, **headers})


def settle(after: timedelta = timedelta(minutes=1)) -> None:
    """What the clock does a few seconds later."""
    work_off_visits(at=now() + after)


def counted(message: Message) -> tuple[int, int, int]:
    settle()
    assert check_statistics(message.mailing_id) == []
    found = counters_of([message.mailing_id])[message.mailing_id]
    return found.delivered, found.opened, found.clicked


def kinds(message: Message) -> list[str]:
    settle()
    return list(MessageEvent.objects.filter(message=message).order_by("id").values_list("kind", flat=True))


def test_a_link_leads_to_its_url_exactly_and_counts_once(message: Message) -> None:
    for _ in range(2):
        answer = follow(message)
        assert (answer.status_code, answer["Location"]) == (302, URL)
        assert answer["Cache-Control"] == "no-store"
    assert (counted(message), kinds(message)) == ((1, 1, 1), ["clicked"])
    message.refresh_from_db()
    assert message.state == "clicked"
    address = Address.objects.get(pk=message.address_id)
    assert (address.clicked_count, address.opened_count, address.last_opened_at is not None) == (1, 1, True)


def test_the_pixel_counts_an_open_once_and_is_never_cached(message: Message) -> None:
    for _ in range(3):
        answer = fetch(message)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
        assert "no-store" in answer["Cache-Control"]
        assert len(answer.content) < 60
    assert (counted(message), kinds(message)) == ((1, 1, 0), ["opened"])


def test_a_pixel_that_is_none_is_a_picture_all_the_same(message: Message) -> None:
    answer = Client().get("/o/made-up.gif")
    assert (answer.status_code, answer["Content-Type"], counted(message)) == (200, "image/gif", (0, 0, 0))


MACHINES = [
    {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
    {"User-Agent": "WhatsApp/2.23.20.0 A"},
    {"User-Agent": "facebookexternalhit/1.1"},
    {"User-Agent": "TelegramBot (like TwitterBot)"},
    {"User-Agent": "Mozilla/5.0 (compatible; bingpreview/1.0b)"},
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Barracuda Sentinel"},
    {"User-Agent": "Mozilla/5.0"},
    {"User-Agent": ""},
    {"User-Agent": "python-requests/2.32"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
]


@pytest.mark.parametrize("headers", MACHINES)
def test_what_machines_fetch_is_kept_and_not_counted(message: Message, headers: dict[str, str]) -> None:
    assert follow(message, **headers).status_code == 302
    fetch(message, **headers)
    assert (counted(message), kinds(message)) == ((0, 0, 0), ["machine_clicked", "machine_opened"])


@pytest.mark.parametrize("agent", [
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
])  # fmt: skip
def test_outlook_shows_pictures_to_a_reader_and_looks_links_up_ahead(message: Message, agent: str) -> None:
    fetch(message, **{"User-Agent": agent})
    follow(message, **{"User-Agent": agent})
    assert (counted(message), kinds(message)) == ((1, 1, 0), ["opened", "machine_clicked"])


def test_webhooks_hear_of_people_and_never_of_machines(message: Message) -> None:
    create_webhook(message.project, url="https://hooks.example.com/")
    for place in range(3):
        follow(message, place=place, url=f"https://shop.example.com/{place}")  # a scanner: three at once
    fetch(message, **{"User-Agent": "Googlebot/2.1"})
    settle()
    assert list(WebhookEvent.objects.values_list("name", flat=True)) == []
    follow(message)
    assert WebhookEvent.objects.count() == 0  # not before it is judged
    settle()
    assert list(WebhookEvent.objects.values_list("name", flat=True)) == ["click"]


def test_a_head_request_is_a_machines(message: Message) -> None:
    assert follow(message, method="head")["Location"] == URL
    assert (counted(message), kinds(message)) == ((0, 0, 0), ["machine_clicked"])


@pytest.mark.parametrize("agent", [
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 7) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36",
])  # fmt: skip
def test_pictures_fetched_for_a_reader_are_opens(message: Message, agent: str) -> None:
    fetch(message, **{"User-Agent": agent})
    assert counted(message) == (1, 1, 0)


def test_a_click_at_once_after_sending_is_a_scanners(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(sent_at=now())
    follow(message)
    assert (counted(message), kinds(message)) == ((0, 0, 0), ["machine_clicked"])


def test_a_click_on_a_message_in_doubt_is_a_persons_and_settles_it(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state="in_doubt", sent_at=None)
    follow(message)
    assert kinds(message) == ["clicked"]
    message.refresh_from_db()
    assert (message.state, message.sent_at is None) == ("clicked", False)


def visit(message: Message, seconds: float, place: int, kind: str = "clicked", **more: Any) -> None:
    """A visit so many seconds after noon."""
    noon = now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    given = {"project_id": message.project_id, "machine": "", "detail": URL} | more
    Visit.objects.create(message_id=message.pk, place=place, kind=kind, at=noon + timedelta(seconds=seconds), **given)


def clicks(message: Message) -> tuple[int, int]:
    """How many were a person's first, and how many a machine's."""
    found = kinds(message)
    return found.count("clicked"), found.count("machine_clicked")


@pytest.mark.parametrize(
    ("came", "found"),
    [
        ([(0, 0), (0.5, 1), (1.9, 2)], (0, 3)),
        ([(0, 0), (0.5, 1), (2.0, 2)], (1, 0)),
        ([(0, 0), (0.1, 0), (0.2, 0), (0.3, 1)], (1, 0)),
        ([(0, 0), (9, 1), (9.1, 2), (9.2, 3), (9.3, 4)], (1, 4)),
        ([(place * 0.9, place) for place in range(12)], (0, 12)),
    ],
)
def test_three_links_within_two_seconds_are_a_scanners(
    message: Message, came: list[tuple[float, int]], found: tuple[int, int]
) -> None:
    Message.objects.filter(pk=message.pk).update(sent_at=now() - timedelta(days=3))
    for seconds, place in came:
        visit(message, seconds, place)
    assert clicks(message) == found
    assert counted(message)[2] == found[0]


def test_a_scanner_that_is_still_following_is_waited_for(message: Message) -> None:
    follow(message, place=0)
    follow(message, place=1)
    settle(timedelta(seconds=2))
    assert Visit.objects.count() == 2
    follow(message, place=2)
    assert clicks(message) == (0, 3)
    assert Visit.objects.count() == 0


def test_a_scanners_visits_are_judged_together_however_many_wait(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engagement, "BATCH", 2)
    for place in range(4):
        follow(message, place=place)
    assert clicks(message) == (0, 4)


def test_a_visit_waits_until_its_message_is_recorded_as_sent_but_not_for_ever(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state="sending", lease=uuid4(), lease_until=now())
    fetch(message)
    settle(timedelta(seconds=10))
    assert (Visit.objects.count(), MessageEvent.objects.count()) == (1, 0)
    settle(timedelta(seconds=31))
    assert (Visit.objects.count(), kinds(message)) == (0, ["opened"])


def test_visits_to_what_is_not_there_are_passed_over(message: Message) -> None:
    visit(message, 0, 0, project_id=message.project_id + 1)
    Visit.objects.create(project_id=1, message_id=2**40, kind="opened", place=0, detail="", machine="")
    assert counted(message) == (0, 0, 0)
    assert Visit.objects.count() == 0


def test_the_visits_of_many_are_counted_in_a_constant_number_of_queries(
    scene: Scene, message: Message, django_assert_max_num_queries
) -> None:
    for number in range(3):
        visit(message, number * 10, number)
        visit(message, number * 10 + 1, 0, "opened")
        visit(message, number * 10 + 1, 0, machine="called itself curl")
    with CaptureQueriesContext(connection) as first:
        settle()
    Message.objects.filter(pk=message.pk).update(opened_at=None, clicked_at=None, state="sent")
    for number in range(30):
        visit(message, number * 10, number)
        visit(message, number * 10 + 1, 0, "opened")
        visit(message, number * 10 + 1, 0, machine="called itself curl")
    with django_assert_max_num_queries(len(first)):
        settle()


def test_what_a_dying_worker_judged_is_judged_again(message: Message, monkeypatch) -> None:
    follow(message)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engagement, "_keep", die)
    with pytest.raises(KeyboardInterrupt):
        settle()
    monkeypatch.undo()
    assert (Visit.objects.count(), counted(message), kinds(message)) == (1, (1, 1, 1), ["clicked"])


def test_a_link_leads_on_while_nothing_can_be_written(message: Message, monkeypatch) -> None:
    monkeypatch.setattr(visits, "_STORE", "SELECT %s, %s, %s, %s, %s, %s FROM nowhere")
    monkeypatch.setattr(visits.connection, "close", lambda: None)
    with transaction.atomic():  # the test's own transaction must outlive it
        answer = follow(message)
        transaction.set_rollback(True)
    assert (answer.status_code, answer["Location"]) == (302, URL)


def test_a_scanner_fills_no_table(message: Message) -> None:
    for _ in range(25):
        follow(message, method="head")
    assert len(kinds(message)) == 20


@pytest.mark.parametrize("change", ["x", "", "A" * 5000, "A" * 12_000, "%00", "../../etc"])
def test_a_made_up_token_leads_nowhere(message: Message, change: str) -> None:
    token = ClickLinks(message.project_id, message.pk).token(0, URL)
    answer = Client().get(f"/t/{token[:-4]}{change}")
    assert answer.status_code == 404
    assert "Location" not in answer
    assert counted(message) == (0, 0, 0)


def test_no_token_of_one_kind_passes_for_another(message: Message) -> None:
    click = ClickLinks(message.project_id, message.pk).token(0, URL)
    person = person_token(PersonLink(message.project_id, message.user_id, message.pk, "email", "settings"))
    opened = open_token(message.project_id, message.pk)
    for path in (f"/t/{person}", f"/t/{opened}", f"/u/{click}", f"/u/{opened}"):
        assert Client().get(path).status_code == 404
    Client().get(f"/o/{click}.gif")
    assert counted(message) == (0, 0, 0)


@pytest.mark.parametrize(
    ("url", "leads_to"),
    [
        ("https://shop.example/?for=Anna Maria&x=1", "https://shop.example/?for=Anna%20Maria&x=1"),
        ("https://приклад.укр:8443/шлях?a=ї", "https://xn--80aikifvh.xn--j1amh:8443/%D1%88%D0%BB%D1%8F%D1%85?a=%D1%97"),
        ("https://me@приклад.укр", "https://me@xn--80aikifvh.xn--j1amh"),
        ("https://\u200dж-.укр/", "https://%E2%80%8D%D0%B6-.%D1%83%D0%BA%D1%80/"),
        ("https://shop.example/" + "ж" * 1_900, "https://shop.example/" + "%D0%B6" * 1_900),
    ],
)
def test_a_link_with_blanks_or_many_letters_of_another_script_leads_on(
    message: Message, url: str, leads_to: str
) -> None:
    answer = follow(message, url=url)
    assert (answer.status_code, answer.headers.get("Location")) == (302, leads_to)
    assert counted(message) == (1, 1, 1)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https:// a.example/",
        "https://a.example/\tx",
        "//evil.example",
        "https://a.example/\r\nSet-Cookie: x=1",
    ],
)
def test_a_link_never_breaks_out_of_its_header(message: Message, url: str) -> None:
    token = ClickLinks(message.project_id, message.pk).token(0, url)
    answer = Client().get(f"/t/{token}")
    assert answer.status_code == 404


def domain(project: Project, host: str, **given: Any) -> TrackingDomain:
    made = TrackingDomain.objects.create(client=project.client, host=host, **{"status": "verified"} | given)
    project.tracking_domain = made
    project.save()
    forget_hosts()
    return made


def test_a_projects_domain_serves_its_links_and_no_others(scene: Scene, message: Message) -> None:
    domain(scene.project, "n.tulips.example")
    other = Scene(people=0)
    domain(other.project, "n.other.example")
    assert follow(message, Host="n.tulips.example").status_code == 302
    assert follow(message, Host="N.Tulips.example:443").status_code == 302
    assert follow(message, Host="n.other.example").status_code == 404


@pytest.mark.parametrize("path", ["/admin/", "/v1/openapi.json", "/admin/login/", "/static/x.css", "/"])
def test_nothing_else_is_served_on_a_tracking_domain(scene: Scene, path: str) -> None:
    domain(scene.project, "n.tulips.example")
    assert Client().get(path, headers={"Host": "n.tulips.example"}).status_code == 400


def test_a_domain_that_is_not_verified_serves_nothing(scene: Scene, message: Message) -> None:
    domain(scene.project, "n.tulips.example", status="not_verified")
    assert follow(message, Host="n.tulips.example").status_code == 400


def test_a_short_link_leads_to_its_url_and_counts(scene: Scene, message: Message) -> None:
    code = short_code(message.pk, 0)
    ShortLink.objects.create(
        code=code, message_id=message.pk, project=scene.project, user_id=message.user_id, url="https://shop.example.com"
    )
    answer = Client().get(f"/t/{code}", headers={"User-Agent": BROWSER})
    assert (answer.status_code, answer["Location"], counted(message)[2]) == (302, "https://shop.example.com", 1)


def test_whoever_guesses_codes_is_let_go_on_with_misses_only(scene: Scene, message: Message) -> None:
    code = short_code(message.pk, 0)
    ShortLink.objects.create(
        code=code, message_id=message.pk, project=scene.project, user_id=message.user_id, url="https://shop.example.com"
    )
    assert {Client().get(f"/t/Guess{number:04d}").status_code for number in range(30)} == {404}
    assert Client().get(f"/t/{code}", headers={"User-Agent": BROWSER}).status_code == 404


def page_of(message: Message, page: str = "settings", *, is_campaign: bool = False) -> str:
    link = PersonLink(message.project_id, message.user_id, message.pk, "email", page, is_campaign)  # type: ignore[arg-type]
    return f"/u/{person_token(link)}"


def consent(message: Message) -> tuple[int | None, int]:
    row = Unsubscription.objects.filter(user_id=message.user_id, kind="email").first()
    return row.source_id if row else None, Address.objects.get(pk=message.address_id).reach


def test_looking_at_the_page_changes_nothing(message: Message) -> None:
    for page in ("unsubscribe", "settings"):
        for method in ("get", "head"):
            answer = getattr(Client(), method)(page_of(message, page))
            assert answer.status_code == 200
            assert answer.cookies == {}
            assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert consent(message) == (None, Reach.ALL)


def test_the_page_shows_no_whole_address(message: Message) -> None:
    text = Client().get(page_of(message)).content.decode()
    assert ("a***@example.com" in text, "anna@" in text, "Tulip Shop" in text) == (True, False, True)


def test_one_click_of_a_mailbox_unsubscribes_at_once(message: Message) -> None:
    for _ in range(2):
        answer = Client(enforce_csrf_checks=True).post(
            page_of(message, "unsubscribe"),
            b"List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert (answer.status_code, answer.cookies) == (200, {})
    assert consent(message) == (5, Reach.SYSTEM)
    assert counters_of([message.mailing_id])[message.mailing_id].unsubscribed == 1


@pytest.mark.parametrize(("is_campaign", "found"), [(True, (1, Reach.TRIGGER)), (False, (19, Reach.SYSTEM))])
def test_the_button_unsubscribes_from_what_the_message_was(
    message: Message, is_campaign: bool, found: tuple[int, int]
) -> None:
    answer = Client().post(page_of(message, "unsubscribe", is_campaign=is_campaign), {"do": "unsubscribe"})
    assert "You are unsubscribed." in answer.content.decode()
    assert consent(message) == found


def test_a_person_chooses_how_much_and_comes_back(message: Message) -> None:
    steps = ((2, (1, Reach.TRIGGER)), (1, (102, Reach.SYSTEM)), (2, (1, Reach.TRIGGER)), (3, (None, Reach.ALL)))
    for reach, found in steps:
        Client().post(page_of(message), {"do": "save", "reach": str(reach)})
        assert consent(message) == found


def test_types_are_switched_off_one_by_one(scene: Scene, message: Message) -> None:
    scene.mailing("email", CONTENT, sender=message.sender, category="trigger", type_id=10)
    scene.mailing("email", CONTENT, sender=message.sender, category="system", type_id=11)
    shown = Client().get(page_of(message)).content.decode()
    assert ['value="9"' in shown, 'value="10"' in shown, 'value="11"' in shown] == [True, True, False]
    Client().post(page_of(message), {"do": "save", "reach": "3", "with_types": "1", "type": ["10", "x", "77"]})
    assert set(TypeUnsubscription.objects.values_list("type_id", flat=True)) == {9}
    Client().post(page_of(message), {"do": "save", "reach": "3", "with_types": "1", "type": ["9", "10"]})
    assert not TypeUnsubscription.objects.exists()


@pytest.mark.parametrize("form", [{}, {"do": "save"}, {"do": "save", "reach": "0"}, {"do": "x"}, {"reach": "1"}])
def test_a_form_that_is_not_ours_changes_nothing(message: Message, form: dict[str, str]) -> None:
    assert Client().post(page_of(message), form).status_code == 200
    assert consent(message) == (None, Reach.ALL)


@pytest.mark.parametrize("told", ["9" * 5_000, "9" * 20, "\u0661", "\0", "-1"])
def test_a_number_that_is_no_types_ticks_nothing(message: Message, told: str) -> None:
    form = {"do": "save", "reach": "3", "with_types": "1", "type": told}
    assert Client().post(page_of(message), form).status_code == 200
    assert list(TypeUnsubscription.objects.values_list("type_id", flat=True)) == [9]


def test_nobody_leaves_a_file_here(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "parse", lambda parser: pytest.fail("it is read"))
    form = {"do": "unsubscribe", "file": SimpleUploadedFile("x", b"x" * 100_000)}
    assert Client().post(page_of(message), form).status_code == 413
    assert consent(message) == (None, Reach.ALL)


def test_nobody_chooses_for_an_address_that_is_blocked(scene: Scene, message: Message) -> None:
    Suppression.objects.create(project=scene.project, kind="email", value="anna@example.com", reach=0)
    Address.objects.filter(pk=message.address_id).update(reach=0)
    answer = Client().post(page_of(message), {"do": "save", "reach": "3"})
    assert "Nothing is sent to this address." in answer.content.decode()
    assert Address.objects.get(pk=message.address_id).reach == 0


@pytest.mark.parametrize(("told", "language"), [("uk-UA,uk;q=0.9", "uk"), ("xx, de;q=0.5", "de"), ("", "en")])
def test_the_page_speaks_the_readers_language(message: Message, told: str, language: str) -> None:
    text = Client().get(page_of(message), headers={"Accept-Language": told}).content.decode()
    assert f'<html lang="{language}">' in text


def test_each_level_is_told_in_words(message: Message) -> None:
    text = Client().get(page_of(message)).content.decode()
    labels = [
        part.split("</label>")[0].split("<span>")[-1].removesuffix("</span>") for part in text.split('type="radio"')[1:]
    ]
    assert labels == ["Everything", "No news and offers", "Only what is necessary, such as receipts and sign-in codes"]


def test_an_erased_persons_page_is_not_there(message: Message) -> None:
    path = page_of(message)
    OmnichannelUser.objects.filter(pk=message.user_id).delete()
    assert (Client().get(path).status_code, Client().post(path, {"do": "unsubscribe"}).status_code) == (404, 404)


def test_a_name_with_html_is_shown_as_text(scene: Scene, message: Message) -> None:
    Project.objects.filter(pk=scene.project.pk).update(sender_name="<script>alert(1)</script>")
    text = Client().get(page_of(message)).content.decode()
    assert ("<script>" in text, "&lt;script&gt;" in text) == (False, True)


def test_links_of_a_message_that_is_gone_still_lead_on(message: Message) -> None:
    answer_of = follow(message)
    Message.objects.all().delete()
    assert urlsplit(follow(message)["Location"]).netloc == urlsplit(answer_of["Location"]).netloc
