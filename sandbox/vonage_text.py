"""How a text goes over the air: what GSM 03.38 can carry, and in how many parts."""

from __future__ import annotations

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")


def as_gsm(text: str) -> str:
    """What a phone shows of a text sent as type `text`: unknown characters become question marks."""
    return "".join(character if character in BASIC or character in EXTENDED else "?" for character in text)


def is_gsm(text: str) -> bool:
    return as_gsm(text) == text


def segments(text: str, *, unicode: bool) -> int:
    return len(split(text, unicode=unicode))


def split(text: str, *, unicode: bool) -> list[str]:
    """The parts: 160 or 153 septets each, 70 or 67 UTF-16 units each; no character is split."""
    single, each = (70, 67) if unicode else (160, 153)
    sizes = [_units(character, unicode) for character in text]
    if sum(sizes) <= single:
        return [text]
    parts, room = [""], each
    for character, size in zip(text, sizes, strict=True):
        if size > room:
            parts.append("")
            room = each
        parts[-1] += character
        room -= size
    return parts


def _units(character: str, unicode: bool) -> int:
    if unicode:
        return 2 if ord(character) > 0xFFFF else 1
    return 2 if character in EXTENDED else 1
