"""How many SMS a text takes.

Rules: 3GPP TS 23.038 section 6.2.1 (GSM 7 bit default alphabet and its extension table) and TS 23.040
section 9.2.3.24.1 (a concatenated part gives six octets to its header): 160/153 septets, or 70/67 UTF-16
code units. An escape sequence and a surrogate pair never lie across two parts, so a part may stay one unit
short. https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
GSM7 = BASIC | EXTENSION
LIMITS: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True)
class SmsLength:
    """`units` are septets or UTF-16 code units; `remaining` are the units left in the last part."""

    characters: int
    encoding: Encoding
    units: int
    segments: int
    per_segment: int
    remaining: int


def is_gsm7(text: str) -> bool:
    """Whether every character is in the GSM 7 bit alphabet or its extension table."""
    return GSM7.issuperset(text)


def measure(text: str) -> SmsLength:
    """Encoding, units and parts of a text. An empty text takes no part at all."""
    encoding: Encoding = "GSM-7" if is_gsm7(text) else "UCS-2"
    widths = [_width(char, encoding) for char in text]
    units = sum(widths)
    single, part = LIMITS[encoding]
    if units <= single:
        return SmsLength(len(text), encoding, units, min(units, 1), single, single - units)
    segments, used = _fill(widths, part)
    return SmsLength(len(text), encoding, units, segments, part, part - used)


def _width(char: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if char in EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1


def _fill(widths: Iterable[int], part: int) -> tuple[int, int]:
    """Parts taken and units used in the last of them, no character being split."""
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return segments, used
