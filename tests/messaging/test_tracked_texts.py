"""What is sent and what is kept of it: links led over our address, e-mails rendered again as they were."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from messaging.links import PersonLink, read_click, read_person, short_code
from messaging.models import Mailing, Message, ShortLink
from messaging.services import short_links
from messaging.services.claims import Work, claim
from messaging.services.enrolment import enrol_slice
from messaging.services.erasure import forget_texts
from messaging.services.rendering import Letter, render_all
from messaging.services.repair import remove_old
from messaging.services.texts import text_as_sent
from projects.models import Project
from projects.services.operators import create_operator
from templates.content import EmailContent
from tests.messaging.scene import Scene
from users.models import OmnichannelUser

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"
MAIL = {
    "subject": "{{ user.name }}, look",
    "preheader": "For {{ user.favourite }}",
    "html": "<p>Hi {{ user.name }} at {{ 'now' | date: '%Y' }}: {{ items.0.what }}</p>"
    '<a href="https://shop.example/{{ user.favourite }}?a=1&amp;b=2">Shop</a>'
    '<a href="{{ unsubscribeLink }}">No more</a><a href="{{ unsubscribeSettingsLink }}">Less</a>',
    "text": "{{ project_url }} {{ project.sender_name }}",
}


@pytest.fixture
def scene() -> Scene:
    made = Scene(people=2)
    Project.objects.filter(pk=made.project.pk).update(url="https://tulips.example")
    made.project.refresh_from_db()
    return made


def rendered(scene: Scene, mailing: Mailing, sender: Any, *, data: dict[str, Any] | None = None) -> list[Letter]:
    """Enrol everybody, claim, render."""
    people = OmnichannelUser.objects.filter(project=scene.project)
    enrol_slice(mailing, users=people, after=0, limit=100)
    if data:
        Message.objects.filter(mailing=mailing).update(data=data)
    to_many = mailing.category == "campaign"
    claimed = claim(Work(sender.pk, mailing.pk if to_many else None), limit=100)
    letters, failures = render_all(claimed.messages, project=scene.project)
    assert [failure.reason for failure in failures] == []
    return sorted(letters, key=lambda letter: letter.message.id)


def mails(scene: Scene, content: dict[str, str] = MAIL, **more: Any) -> list[Letter]:
    sender = scene.sender("email", "smtp", address="news@example.com")
    for user in scene.users:
        user.fields = {"favourite": f"<Tulip & {user.pk}>", "secret": "not asked for"}
        user.save()
        scene.address(user, "email", f"{user.client_user_id}@example.com")
    return rendered(scene, scene.mailing("email", content, sender=sender), sender, **more)


def html_of(letter: Letter) -> str:
    assert isinstance(letter.content, EmailContent)
    return letter.content.html


def test_links_lead_over_our_address_and_the_persons_pages_stay(scene: Scene) -> None:
    first, second = mails(scene)
    for letter, user in ((first, scene.users[0]), (second, scene.users[1])):
        shop, unsubscribe, settings = (unescape(part.split('"')[0]) for part in html_of(letter).split('href="')[1:4])
        click = read_click(shop.removeprefix(f"{BASE}/t/"))
        assert click is not None
        assert (click.message_id, click.place) == (letter.message.id, 0)
        assert click.url.startswith("https://shop.example/")
        assert click.url.endswith("?a=1&b=2")
        told = {"kind": "email", "is_campaign": True}
        for link, page in ((unsubscribe, "unsubscribe"), (settings, "settings")):
            found = read_person(link.removeprefix(f"{BASE}/u/"))
            assert found == PersonLink(scene.project.pk, user.pk, letter.message.id, page=page, **told)  # type: ignore[arg-type]


def test_without_the_switch_nothing_is_led_anywhere(scene: Scene) -> None:
    scene.project.is_tracking = False
    html = html_of(mails(scene)[0])
    assert ["/t/" in html, "/o/" in html, "/u/" in html] == [False, False, True]


@pytest.mark.parametrize(("category", "has"), [("campaign", True), ("trigger", True), ("system", False)])
def test_a_mailbox_may_unsubscribe_with_one_click_but_not_from_system_mail(
    scene: Scene, category: str, has: bool
) -> None:
    letter = mails(scene)[0]
    Message.objects.filter(pk=letter.message.id).update(state="queued", lease=None, lease_until=None)
    if category != "campaign":
        Mailing.objects.filter(pk=letter.message.mailing_id).update(category=category, type_id=5)
        Message.objects.filter(pk=letter.message.id).update(category=category)
    sender = Message.objects.get(pk=letter.message.id).sender_id
    work = Work(sender, letter.message.mailing_id if category == "campaign" else None)
    (again,), _ = render_all(claim(work, limit=5).messages, project=scene.project)
    assert set(again.headers) == ({"List-Unsubscribe", "List-Unsubscribe-Post"} if has else set())
    if has:
        link = again.headers["List-Unsubscribe"].strip("<>")
        assert again.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert (
            Client(enforce_csrf_checks=True)
            .post(link.removeprefix(BASE), {"List-Unsubscribe": "One-Click"})
            .status_code
            == 200
        )


@pytest.mark.parametrize(
    ("base", "has"),
    [("https://send.example.com", True), ("http://send.example.com", False), ("http://localhost:8000", True)],
)
def test_one_click_is_offered_by_https_only_but_for_development(
    scene: Scene, settings: Any, base: str, has: bool
) -> None:
    settings.PUBLIC_URL = base
    headers = mails(scene)[0].headers
    assert headers["List-Unsubscribe"].startswith(f"<{base}/u/")
    assert ("List-Unsubscribe-Post" in headers) is has


def test_an_email_is_kept_as_what_it_was_made_of_and_is_the_same_again(scene: Scene) -> None:
    letter = mails(
        scene, data={"items": [{"what": "<b>Boots</b>"}], "unused": "x" * 1000, "project_url": "https://x/"}
    )[0]
    assert set(letter.kept) == {"subject", "preheader", "with"}
    assert set(letter.kept["with"]["user"]) == {"name", "favourite"}
    assert "items" not in letter.kept["with"]
    Message.objects.filter(pk=letter.message.id).update(content=letter.kept)
    OmnichannelUser.objects.update(name="Somebody else")
    Project.objects.update(url="https://elsewhere.example", sender_name="Other")
    again = text_as_sent(Message.objects.get(pk=letter.message.id))
    scene.project.is_tracking = False
    assert isinstance(again, EmailContent)
    assert isinstance(letter.content, EmailContent)
    assert (again.subject, again.preheader, again.text) == (
        letter.content.subject,
        letter.content.preheader,
        letter.content.text,
    )
    assert ["&lt;b&gt;Boots" in again.html, "/t/" in again.html, 'href="#"' in again.html] == [True, False, True]


def test_what_was_erased_has_no_text(scene: Scene) -> None:
    letter = mails(scene)[0]
    Message.objects.filter(pk=letter.message.id).update(content=letter.kept)
    forget_texts(letter.message.user_id)
    assert text_as_sent(Message.objects.get(pk=letter.message.id)) is None


def test_an_operator_sees_the_email_in_a_frame_that_can_do_nothing(scene: Scene) -> None:
    letter = mails(scene)[0]
    Message.objects.filter(pk=letter.message.id).update(content=letter.kept)
    create_operator("root", password="a long enough passphrase", roles=["Administrator"])
    client = Client()
    client.login(username="root", password="a long enough passphrase")
    page = client.get(f"/admin/messaging/message/{letter.message.id}/change/").content.decode()
    frame = f"/admin/messaging/message/{letter.message.id}/frame/"
    assert f'<iframe class="mail-sent" sandbox="" title="The e-mail as it was sent" src="{frame}">' in page
    answer = client.get(frame)
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "https://shop.example/" in answer.content.decode()
    assert "/t/" not in answer.content.decode()
    feed = client.get("/admin/messaging/message/").content.decode()
    assert "Name 0, look" in feed


LONG = "https://shop.example/a/very/long/path?of={{ user.client_user_id }}"


def texts(scene: Scene, text: str) -> list[Letter]:
    return rendered(scene, scene.mailing("sms", {"text": text}, sender=scene.sms_sender), scene.sms_sender)


def test_links_of_an_sms_become_short(scene: Scene) -> None:
    first, second = texts(scene, f"Look: {LONG}, or ({LONG}).")
    for letter in (first, second):
        one, two = (short_code(letter.message.id, place) for place in (0, 1))
        text = f"Look: {BASE}/t/{one}, or ({BASE}/t/{two})."
        assert (letter.content.text, letter.kept) == (text, {"text": text})  # type: ignore[union-attr]
        row = ShortLink.objects.get(pk=one)
        assert (row.message_id, row.project_id, row.user_id) == (
            letter.message.id,
            scene.project.pk,
            letter.message.user_id,
        )
        assert row.url.startswith("https://shop.example/a/very/long/path?of=user-")
    assert ShortLink.objects.count() == 4


@pytest.mark.parametrize(
    ("text", "url", "after"),
    [
        ("See {url} now", "https://en.example/wiki/Tulip_(flower)", " now"),
        ("({url})", "https://en.example/wiki/Tulip_(flower)", ")"),
        ("({url}), or", "https://en.example/tulip", "), or"),
        ("{url}…", "https://en.example/tulip", "…"),
        ("看{url}。", "https://cn.example/花", "。"),
        ("{url}؟", "https://ar.example/a", "؟"),
        ("{url}’", "https://en.example/a,b", "’"),
    ],
)
def test_a_short_link_leads_to_the_whole_address_and_no_more(scene: Scene, text: str, url: str, after: str) -> None:
    letter = texts(scene, text.format(url=url))[0]
    code = short_code(letter.message.id, 0)
    assert ShortLink.objects.get(pk=code).url == url
    assert letter.kept["text"].endswith(f"{BASE}/t/{code}{after}")


def test_short_links_cost_one_statement_a_batch(scene: Scene, django_assert_num_queries: Any) -> None:
    letters = texts(scene, LONG)
    messages = [letter.message for letter in letters]
    ShortLink.objects.all().delete()
    with django_assert_num_queries(1):
        again, _ = render_all(messages, project=scene.project)
    assert [each.kept for each in again] == [each.kept for each in letters]


def test_the_same_text_rendered_again_has_the_same_codes(scene: Scene) -> None:
    letters = texts(scene, LONG)
    again, _ = render_all([letter.message for letter in letters], project=scene.project)
    assert [each.kept for each in again] == [each.kept for each in letters]
    assert ShortLink.objects.count() == 2


def test_a_code_that_another_message_has_stays_that_ones(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_links, "short_code", lambda _message, _place: "AAAAAAAAA")
    letters = texts(scene, LONG)
    short = [f"{BASE}/t/AAAAAAAAA" == letter.kept["text"] for letter in letters]
    assert sorted(short) == [False, True]
    (row,) = ShortLink.objects.all()
    assert row.message_id == letters[short.index(True)].message.id


@pytest.mark.parametrize("text", ["No link here.", "http:// or https:/x", "www.tulips.example", "mailto:a@b.example"])
def test_a_text_without_a_link_stays(scene: Scene, text: str) -> None:
    assert [letter.kept["text"] for letter in texts(scene, text)] == [text, text]
    assert not ShortLink.objects.exists()


def test_the_persons_page_in_an_sms_stays_as_it_is(scene: Scene) -> None:
    letter = texts(scene, "Stop: {{ unsubscribeLink }}")[0]
    token = letter.kept["text"].removeprefix(f"Stop: {BASE}/u/")
    found = read_person(token)
    assert found is not None
    assert (found.user_id, found.kind) == (letter.message.user_id, "phone")


def test_an_erased_persons_short_links_are_gone_and_do_not_come_back(scene: Scene) -> None:
    letters = texts(scene, LONG)
    forget_texts(letters[0].message.user_id)
    render_all([letter.message for letter in letters], project=scene.project)
    assert set(ShortLink.objects.values_list("user_id", flat=True)) == {letters[1].message.user_id}


def test_short_links_go_with_the_retention_of_messages(scene: Scene) -> None:
    texts(scene, LONG)
    old = ShortLink.objects.order_by("pk")[0]
    ShortLink.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=91))
    remove_old()
    assert ShortLink.objects.count() == 1
    assert not ShortLink.objects.filter(pk=old.pk).exists()
