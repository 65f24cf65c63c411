"""E-mails as bytes, read back by Python's own parser: no defects, and what went in comes out."""

import email
import email.policy
import re
from binascii import a2b_qp
from collections.abc import Mapping
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels_app.email.smtp import message
from channels_app.email.smtp.message import ascii_address, build, letterhead
from channels_app.email.smtp.message_id import client_ref_in
from templates.content import EmailContent
from templates.patchwork import woven

NOW = 1_795_424_405.7
HEAD = letterhead(address="letters@shop.example", from_name="Shop", reply_to="help@shop.example")
UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://news.shop.example/u/abc>, <mailto:u@shop.example?subject=abc>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def make(
    subject: str = "Hello", text: str = "Hi", html: str = "<p>Hi</p>", headers: Mapping[str, str] | None = None
) -> bytes:
    content = EmailContent(subject, "", html, text)
    return build(HEAD, to="anna@example.com", content=content, client_ref="4711", headers=headers or {}, now=NOW)


def parse(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk()] == [[] for _ in message.walk()]
    assert [(name, value.defects) for name, value in message.items()] == [(name, ()) for name in message]
    return message


def is_wire_clean(raw: bytes) -> bool:
    """CRLF only, ASCII only, and no line of the body longer than 76."""
    lines = raw.split(b"\r\n")
    body = raw.partition(b"\r\n\r\n")[2].split(b"\r\n")
    bare = any(b"\r" in line or b"\n" in line for line in lines)
    return not bare and raw.isascii() and b"\0" not in raw and max(map(len, body)) <= 76 and raw.endswith(b"\r\n")


def one_kind_of_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def part(message: EmailMessage, kind: str) -> str:
    """The decoded text, by bytes: get_content() of the standard library splits at more than line ends."""
    [found] = [each for each in message.walk() if each.get_content_type() == kind]
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def test_a_message_has_its_headers_and_both_parts_the_text_first() -> None:
    message = parse(make(headers=UNSUBSCRIBE))
    assert dict(message.items()) == {
        "From": "Shop <letters@shop.example>",
        "Reply-To": "help@shop.example",
        "MIME-Version": "1.0",
        "To": "anna@example.com",
        "Subject": "Hello",
        "Date": "Mon, 23 Nov 2026 09:00:05 -0000",
        "Message-ID": message["Message-ID"],
        "List-Unsubscribe": UNSUBSCRIBE["List-Unsubscribe"],
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Content-Type": message["Content-Type"],
    }
    assert [each.get_content_type() for each in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_without_html_there_is_text_alone() -> None:
    message = parse(make(html=""))
    assert (message.get_content_type(), message.get_content_charset()) == ("text/plain", "utf-8")
    assert message.get_payload(decode=True) == b"Hi\r\n"


def test_the_message_id_is_the_same_each_time_and_says_which_message_it_is() -> None:
    first, again = parse(make())["Message-ID"], parse(make("Another subject"))["Message-ID"]
    assert first == again
    assert re.fullmatch(r"<4711\.[0-9a-f]{16}@shop\.example>", first)
    assert client_ref_in(first.encode()) == "4711"


TEXTS = [
    "",
    "\n",
    "one\rtwo\r\nthree\nfour\n\r",
    "Привіт 👋🏽 👨‍👩‍👧 \u202eעברית\u202c",
    "a" * 5000,
    "ж" * 3000,
    "😀" * 400,
    " trailing blanks \t \n\t\n",
    "\n".join(f"line {number}" for number in range(10_000)),
    ".\n..\n.hidden\nFrom me\n--=_sendios\n--=_sendios--\n",
    "= == =3D =\n=",
    "tab\tnul\0bell\7 nel\x85 sep\u2028 par\u2029 feed\x0c tab\x0b",
    "<table><tr><td>" + "x" * 990 + "</td></tr>" * 200 + "</table>",
    "<p>a</p>" * 2000,
    "<pre>" + "é><" * 1500 + "</pre>",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hard_texts_come_out_as_they_went_in(text: str) -> None:
    raw = make(text=text, html=f"<p>{text}")
    message = parse(raw)
    assert is_wire_clean(raw)
    assert part(message, "text/plain") == one_kind_of_line_end(text)
    assert part(message, "text/html") == one_kind_of_line_end(f"<p>{text}")


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
some_text = st.one_of(any_text, st.text("ab é😀\r\n=.<>\t", max_size=400), st.text("x><", min_size=900, max_size=3000))


@hypothesis_settings(max_examples=300, deadline=None)
@given(some_text, some_text)
def test_any_text_comes_out_as_it_went_in(text: str, html: str) -> None:
    raw = make(text=text, html=f"<p>{html}")
    message = parse(raw)
    assert is_wire_clean(raw)
    assert part(message, "text/plain") == one_kind_of_line_end(text)
    assert part(message, "text/html") == one_kind_of_line_end(f"<p>{html}")


SUBJECTS = [
    "",
    "Plain",
    "The bulbs are here, and they are many: " * 8,
    "x" * 500,
    "short " + "y" * 80 + " short",
    "Привіт, Анно! Цибулини вже тут, і їх так багато, що не злічити",
    "👩‍❤️‍💋‍👩" * 30,
    "=?utf-8?B?SGVsbG8=?=",
    "=?broken",
    "Ünï" * 60,
    'quotes " and \\ and <angle> and, comma; (comment)',
    "\u202eעברית ולועזית together",
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=range(len(SUBJECTS)))
def test_hard_subjects_come_out_as_they_went_in(subject: str) -> None:
    raw = make(subject)
    assert parse(raw)["Subject"] == subject.strip()
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


@hypothesis_settings(max_examples=300, deadline=None)
@given(any_text)
def test_no_subject_breaks_out_of_its_line(subject: str) -> None:
    raw = make(subject)
    message = parse(raw)
    assert list(message) == list(parse(make()))
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0"])
def test_a_line_end_in_a_header_adds_no_header(end: str) -> None:
    evil = f"Hi{end}Bcc: eve@example.com{end}{end}body"
    head = letterhead(address="letters@shop.example", from_name=evil)
    content = EmailContent(evil, evil, "", "Hi")
    raw = build(head, to="a@example.com", content=content, client_ref="1", headers={"X-Note": evil}, now=NOW)
    names = ["From", "MIME-Version", "To", "Subject", "Date", "Message-ID", "X-Note", "Content-Type"]
    assert list(parse(raw)) == [*names, "Content-Transfer-Encoding"]
    assert parse(raw).get_payload(decode=True) == b"Hi\r\n"


@pytest.mark.parametrize("name", ["X-A\r\nBcc", "X A", "X:A", "", "X-Ä"])
def test_a_header_of_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        make(headers={name: "value"})


def test_a_header_that_cannot_stand_on_a_line_is_refused() -> None:
    with pytest.raises(ValueError, match="the header X-Long is too long"):
        make(headers={"X-Long": "x" * 1000})


NAMES = [
    "Shop",
    "Müller & Söhne",
    'The "Best" Shop',
    "back\\slash",
    "Shop, Inc. (Berlin) <b@c.example>",
    "Магазин квітів і цибулин " * 4,
    "=?utf-8?B?SGVsbG8=?=",
    "n" * 128,
    "🌷",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_from_name_comes_out_as_it_went_in(name: str) -> None:
    head = letterhead(address="letters@shop.example", from_name=name)
    raw = build(head, to="a@example.com", content=EmailContent("S", "", "", "T"), client_ref="1", headers={}, now=NOW)
    parse(raw)
    # The old parser: the new one keeps the blanks between encoded words (RFC 2047, section 6.2, drops them).
    shown, address = parseaddr(str(make_header(decode_header(email.message_from_bytes(raw)["From"]))))
    assert (shown, address) == (name.strip(), "letters@shop.example")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("anna@example.com", "anna@example.com"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("o'neil+tag@example.com", "o'neil+tag@example.com"),
    ],
)
def test_a_domain_is_written_in_punycode(typed: str, written: str) -> None:
    assert ascii_address(typed) == written


@pytest.mark.parametrize(
    "address",
    ["", "anna", "@example.com", "anna@", "änna@example.com", "a b@example.com", "a@ex\r\nample.com", "a@b.c>\r\nRCPT",
     "a@b\0.com", "a,b@example.com", '"a b"@example.com', "a@[192.0.2.1]", "<a@b.com>", "a@-\u2603-.example"],
)  # fmt: skip
def test_an_address_that_cannot_be_written_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ascii_address(address)


PIECE = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=120)


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, min_size=1, max_size=6), st.lists(PIECE, min_size=5, max_size=5))
def test_a_text_in_pieces_is_the_same_text(frame: list[str], values: list[str]) -> None:
    pieces = woven(tuple(frame), values[: len(frame) - 1])
    raw = make(text=f"{pieces}.", html=woven((*frame[:-1], f"{frame[-1]}."), pieces.values))
    message = parse(raw)
    assert is_wire_clean(raw)
    assert part(message, "text/html") == part(message, "text/plain") == f"{pieces}."


def test_a_long_line_of_one_message_alone_is_not_remembered() -> None:
    lines = [f"{number} " + "tulips " * 20_000 for number in range(3)]
    kept = message._remembered_part.cache_info().currsize
    for line in lines:
        assert a2b_qp(message._quoted(line)).decode() == f"{line}\r\n"
    assert message._remembered_part.cache_info().currsize == kept
