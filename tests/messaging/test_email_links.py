"""Links of an e-mail's HTML: which are led over our address, and what stays as it was."""

import time
from html import escape
from html.parser import HTMLParser
from itertools import chain, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.links import LONGEST_URL, ClickLink, OpenLink, read_click, read_open
from messaging.services.email_links import tracked_html
from templates.patchwork import Patchwork, woven

BASE = "https://n.example.com"


class Page(HTMLParser):
    """What a mail program makes of the HTML: the links, the images, and everything as it came."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.links: list[str] = []
        self.images: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "a":
            self.links.append(told.get("href") or "")
        if tag == "img":
            self.images.append(told.get("src") or "")


def tracked(html: str) -> str:
    return tracked_html(html, base=BASE, project_id=3, message_id=77)


def leads_to(html: str) -> list[str]:
    """Where each link leads: through a token, or itself."""
    return [target(link) for link in Page(tracked(html)).links]


def target(link: str) -> str:
    if not link.startswith(f"{BASE}/t/"):
        return f"itself {link}"
    found = read_click(link.removeprefix(f"{BASE}/t/"))
    assert found is not None
    assert (found.project_id, found.message_id) == (3, 77)
    return found.url


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<a href="https://a.example/">x</a>', "https://a.example/"),
        ("<a href='https://a.example/?a=1'>x</a>", "https://a.example/?a=1"),
        ("<a href=https://a.example/b>x</a>", "https://a.example/b"),
        ('<A HREF="HTTPS://A.example/">x</A>', "HTTPS://A.example/"),
        ('<a\n class="b"\n href = "http://a.example/">x</a>', "http://a.example/"),
        ('<a title="a > b" href="https://a.example/">x</a>', "https://a.example/"),
        ('<a title="href=none" href="https://a.example/">x</a>', "https://a.example/"),
        ('<a data-href="https://no.example/" href="https://a.example/">x</a>', "https://a.example/"),
        ('<a href="https://a.example/?a=1&amp;b=2&amp;c=3">x</a>', "https://a.example/?a=1&b=2&c=3"),
        ('<a href="https://a.example/?a=1&copy=2&lt=3">x</a>', "https://a.example/?a=1&copy=2&lt=3"),
        ('<a href="https://a.example/?q=&amp;amp;x">x</a>', "https://a.example/?q=&amp;x"),
        ('<a href="https://a.example/?q=&quot;x&#39;&#x27;">x</a>', "https://a.example/?q=\"x''"),
        ('<a href=" https://a.example/\n b ">x</a>', "https://a.example/ b"),
        ('<a href="https://приклад.укр/шлях">x</a>', "https://приклад.укр/шлях"),
    ],
)
def test_a_web_link_leads_over_our_address(html: str, url: str) -> None:
    assert leads_to(html) == [url]


@pytest.mark.parametrize(
    "link",
    [
        "mailto:a@a.example", "tel:+380441234567", "sms:+380441234567", "#top", "", "/path", "//a.example/",
        "javascript:alert(1)", "viber://chat", "httpx://a.example/", f"{BASE}/u/abc",
        "https://a.example/" + "a" * LONGEST_URL, "https://a.example/" + "ж" * (LONGEST_URL // 2),
    ],
)  # fmt: skip
def test_all_other_links_stay(link: str) -> None:
    assert leads_to(f'<a href="{link}">x</a>') == [f"itself {link}"]


@pytest.mark.parametrize(
    "html",
    [
        '<a data-no-track href="https://a.example/">x</a>',
        '<a href="https://a.example/" data-no-track="1">x</a>',
        '<link href="https://a.example/style.css">',
        '<p title="<a href=x">https://a.example/</p>',
        '<img src="https://a.example/logo.png">',
        '<abbr href="https://a.example/">x</abbr>',
        '<a name="x">x</a>',
        '<a href="https://a.example/',
    ],
)
def test_what_is_marked_or_no_link_stays_as_it_is(html: str) -> None:
    assert tracked(html).startswith(html)


def test_buttons_of_outlook_and_maps_are_links_too() -> None:
    html = (
        '<!--[if mso]><v:roundrect href="https://a.example/"></v:roundrect><![endif]--><area href="https://b.example/">'
    )
    made = tracked(html)
    assert [made.count(f'href="{BASE}/t/'), made.count("a.example")] == [2, 0]


def test_each_link_of_a_message_has_its_place() -> None:
    page = Page(tracked('<a href="https://a.example/">x</a><a href="mailto:x@a.example">y</a>' * 2))
    tokens = [link.removeprefix(f"{BASE}/t/") for link in page.links if "/t/" in link]
    assert [read_click(token) for token in tokens] == [
        ClickLink(3, 77, 0, "https://a.example/"),
        ClickLink(3, 77, 1, "https://a.example/"),
    ]


@pytest.mark.parametrize(
    ("html", "begin", "end"),
    [
        ("<html><body><p>x</p></body></html>", "<html><body><p>x</p>", "</body></html>"),
        ("<p>x</p>", "<p>x</p>", ""),
        ("<p>&lt;/body></p></body >", "<p>&lt;/body></p>", "</body >"),
    ],
)
def test_the_pixel_is_the_last_thing_of_the_body(html: str, begin: str, end: str) -> None:
    made = tracked(html)
    assert (made[: len(begin)], made[len(made) - len(end) :]) == (begin, end)
    (pixel,) = Page(made).images
    assert read_open(pixel.removeprefix(f"{BASE}/o/").removesuffix(".gif")) == OpenLink(3, 77)


# The last two stand in no rendered HTML: templates/escaping.py.
attribute = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\t\2\3"), max_size=40)
urls = st.builds("https://a.example/{}".format, attribute.map(str.strip))


@given(st.lists(st.tuples(st.sampled_from(["href", "mark"]), urls, attribute), max_size=6))
def test_any_page_keeps_its_text_and_each_link_its_address(pieces: list[tuple[str, str, str]]) -> None:
    html = "".join(
        f'<p>{escape(text)}</p><a title="{escape(text)}" {"data-no-track" if kind == "mark" else ""} '
        f'href="{escape(url)}">{escape(text)}</a>'
        for kind, url, text in pieces
    )
    assert leads_to(html) == [f"itself {url}" if kind == "mark" else url for kind, url, _ in pieces]


@given(st.text(st.sampled_from("<a href='\"https://x.y> =&;/")), st.text(max_size=20))
def test_nothing_but_addresses_changes_in_whatever_comes(text: str, more: str) -> None:
    html = text + more
    made = tracked(html)
    assert len(made) >= len(html)


@pytest.mark.parametrize("piece", ["<a ", '<a "', "<a href=", "<a x='", '<a href="', "<a a a a a ", "<a =\" '"])
def test_a_broken_page_takes_no_longer_than_its_length_asks(piece: str) -> None:
    """Twice the text takes about twice the time: nothing goes over it again and again."""
    tracked(piece * 2000)

    def seconds(times: int) -> float:
        begun = time.perf_counter()
        tracked(piece * times)
        return time.perf_counter() - begun

    assert seconds(80_000) < 5


texts = st.sampled_from(
    [
        "<p>Hello ", "</p>", '<a href="', '">', "<a href='https://a.example/?u=", "'>", "<a title='", "' href=https://b.example>",
        "<a data-no-track href='https://c.example/", "</a>", "<img src=", ">", "plain ", "</body></html>", '<a href="https://d.example">',
    ]
)  # fmt: skip
values = st.sampled_from(
    [
        "",
        "Anna",
        "a &amp; b",
        "https://e.example/?a=1&amp;b=2",
        f"{BASE}/u/abc",
        "&quot;&gt;",
        "&lt;/body&gt;",
        "mailto:a@b.c",
    ]
)


@given(st.lists(st.tuples(texts, values), max_size=12), texts)
def test_a_letter_in_pieces_is_led_as_one_that_is_whole(pairs: list[tuple[str, str]], end: str) -> None:
    pieces = woven((*(text for text, _ in pairs), end), [value for _, value in pairs])
    told = {"base": BASE, "project_id": 7, "message_id": 1234}
    in_pieces, whole = tracked_html(pieces, **told), tracked_html(str(pieces), **told)
    assert (str(in_pieces), type(in_pieces), type(whole)) == (whole, Patchwork, str)
    assert "".join(chain.from_iterable(zip_longest(in_pieces.frame, in_pieces.values, fillvalue=""))) == whole
