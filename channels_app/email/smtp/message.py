"""An e-mail as bytes: RFC 5322 and MIME, what never changes of a sender made once.

The text stands before the HTML, both quoted-printable: no line is longer than 76, and the boundary, which has "=_" in
it, can't occur in them. Lines end in CRLF; dots at their beginning are the transport's business.
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache

import idna

from channels_app.email.smtp.message_id import message_id
from templates.content import EmailContent
from templates.patchwork import Patchwork

BOUNDARY = "=_sendios"
LONGEST_HEADER_LINE = 998  # RFC 5322, section 2.1.1
FOLD_AT = 76
_AROUND_A_WORD = 12  # "=?utf-8?B?" and "?=": RFC 2047, section 2
LONG_LINE = 1000
LONGEST_REMEMBERED = 4000
"""Characters; 8,192 parts of a megabyte, each in one message only, would be all of a worker's memory."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9._-]+")  # as in a mailbox without quotes
_SPECIAL = str.maketrans({"\\": "\\\\", '"': '\\"'})

_PART = (
    f"--{BOUNDARY}\r\nContent-Type: text/{{kind}}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_BOTH = f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'.encode()
_TEXT_ALONE = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_TEXT, _HTML = _PART.format(kind="plain").encode(), _PART.format(kind="html").encode()
_SOFT_BREAK = b"=\r\n"
_END = f"--{BOUNDARY}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all messages of a sender have in common: the lines as they are written, and the domain of their ids."""

    lines: bytes
    domain: str


def letterhead(*, address: str, from_name: str = "", reply_to: str = "") -> Letterhead:
    """The From, Reply-To and MIME-Version of a sender; `address` is a plain address."""
    lines = f"From: {mailbox(address, from_name)}\r\n"
    if reply_to:
        lines += f"Reply-To: {ascii_address(reply_to)}\r\n"
    lines += "MIME-Version: 1.0\r\n"
    return Letterhead(lines.encode("ascii"), ascii_address(address).rpartition("@")[2])


def build(
    head: Letterhead, *, to: str, content: EmailContent, client_ref: str, headers: Mapping[str, str], now: float
) -> bytes:
    """The whole message to one address; `now` is its date in unix seconds.

    Raises ValueError where the address can't be written without SMTPUTF8 or a header is longer than a line may be.
    """
    lines = [
        f"To: {ascii_address(to)}\r\n"
        f"Subject: {unstructured(content.subject, used=9)}\r\n"
        f"Date: {_date(int(now))}\r\n"
        f"Message-ID: {message_id(client_ref, head.domain)}\r\n"
    ]
    lines += [_header(name, value) for name, value in headers.items()]
    return b"".join((head.lines, "".join(lines).encode("ascii"), *_body(content)))


def _body(content: EmailContent) -> tuple[bytes, ...]:
    if not content.html:
        return _TEXT_ALONE, _quoted(content.text)
    return _BOTH, _TEXT, _quoted(content.text), _HTML, _quoted(content.html), _END


def _quoted(text: str) -> bytes:
    """Quoted-printable, ended by a line's end. What is alike in all messages of a version is worked on once."""
    if not isinstance(text, Patchwork):
        return _quoted_text(text) + b"\r\n"
    pieces = [b""] * (2 * len(text.values) + 2)
    pieces[:-1:2] = _quoted_frame(text.frame)
    pieces[1:-1:2] = map(_quoted_value, text.values)
    pieces[-1] = b"\r\n"
    return b"".join(pieces)


@lru_cache(maxsize=256)
def _quoted_frame(frame: tuple[str, ...]) -> list[bytes]:
    return [*map(_ended_softly, map(_quoted_text, frame[:-1])), _quoted_text(frame[-1])]


def _quoted_value(value: str) -> bytes:
    if value.isascii() and value.isprintable() and "=" not in value:  # names and tokens: all but a few
        pieces = [value[begin : begin + FOLD_AT - 1] for begin in range(0, len(value), FOLD_AT - 1)]
        return "=\r\n".join([*pieces, ""]).encode()
    return _ended_softly(_quoted_text(value))


def _ended_softly(quoted: bytes) -> bytes:
    """With a soft line break, so that whatever follows begins a line of its own."""
    return quoted if not quoted or quoted.endswith(b"\n") else quoted + _SOFT_BREAK


def _quoted_text(text: str) -> bytes:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return b"\r\n".join(map(_quoted_line, text.split("\n"))) if "\n" in text else _quoted_line(text)


def _quoted_line(line: str) -> bytes:
    if len(line) <= LONG_LINE:
        return _quoted_part(line)
    # One long line of HTML would be new in each message; its parts are not. A soft line break may stand anywhere.
    return _SOFT_BREAK.join(map(_quoted_part, line.replace("><", ">\n<").split("\n")))


def _quoted_part(part: str) -> bytes:
    return _remembered_part(part) if len(part) <= LONGEST_REMEMBERED else _encoded_part(part)


def _encoded_part(part: str) -> bytes:
    # With a line's end, which tells b2a_qp which kind of them to write.
    return b2a_qp(f"{part}\r\n".encode())[:-2]


_remembered_part = lru_cache(maxsize=8192)(_encoded_part)


def mailbox(address: str, name: str) -> str:
    """An address with the name that mail programs show; RFC 5322, section 3.4."""
    plain, shown = ascii_address(address), one_line(name)
    if not shown:
        return plain
    if shown.isascii() and "=?" not in shown:
        return f'"{shown.translate(_SPECIAL)}" <{plain}>'
    return f"{_encoded(shown, used=6)}\r\n <{plain}>"


def unstructured(text: str, *, used: int) -> str:
    """A header's free text, folded; `used` is how long the line is already. Not ASCII: RFC 2047 words."""
    line = one_line(text)
    if not line.isascii():
        return _encoded(line, used=used)
    # What looks like an encoded word would be decoded by the reader; what has no blank can't be folded.
    if "=?" in line or any(len(word) > FOLD_AT for word in line.split(" ")):
        return _encoded(line, used=used)
    return line if used + len(line) <= FOLD_AT else _folded(line, used)


def one_line(text: str) -> str:
    """Without control characters: a header injection ends as a blank."""
    return _CONTROLS.sub(" ", text).strip()


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def ascii_address(address: str) -> str:
    """The address with its domain in punycode. Raises ValueError for a local part that isn't ASCII or wants quotes."""
    local, _, domain = address.rpartition("@")
    written = f"{local}@{_ascii_domain(domain)}"
    if not _PLAIN_ADDRESS.fullmatch(written):
        raise ValueError("the address can't be written to without SMTPUTF8 or quotes")
    return written


def _header(name: str, value: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("a header's name has visible characters only")
    line = f"{name}: {one_line(value)}\r\n"
    if len(line) > LONGEST_HEADER_LINE:
        raise ValueError(f"the header {name} is too long")
    return line


def _folded(line: str, used: int) -> str:
    lines, current = [], ""
    for word in line.split(" "):
        if current and used + len(current) + 1 + len(word) > FOLD_AT:
            lines.append(current)
            current, used = f" {word}", 0
        else:
            current = f"{current} {word}" if current else word
    return "\r\n".join([*lines, current])


def _encoded(line: str, *, used: int) -> str:
    """RFC 2047 words, none of which parts a character; the first stands on a line that is `used` long already."""
    words, room, begin = [], _bytes_left(used), 0
    for place, each in enumerate(line):
        size = len(each.encode())
        if size > room:
            words.append(line[begin:place])
            begin, room = place, _bytes_left(1)
        room -= size
    words.append(line[begin:])
    return "\r\n ".join(f"=?utf-8?B?{b64encode(word.encode()).decode()}?=" for word in words)


def _bytes_left(used: int) -> int:
    return (FOLD_AT - used - _AROUND_A_WORD) // 4 * 3


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, localtime=False, usegmt=False)
