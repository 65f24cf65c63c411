"""A rendered text that knows what it was made of.

The steps after rendering (links, MIME) look at a template's own texts once and remember what they made of them, rather
than at the same ten kilobytes in each message.
"""

from __future__ import annotations

from collections.abc import Sequence


class Patchwork(str):
    """A text like any other; `frame` are the texts of its template, `values` what stands between them, one less."""

    __slots__ = ("frame", "values")

    frame: tuple[str, ...]
    values: Sequence[str]


def woven(frame: tuple[str, ...], values: Sequence[str]) -> Patchwork:
    """The texts of `frame` with `values` between them."""
    pieces = [""] * (2 * len(frame) - 1)
    pieces[::2] = frame
    pieces[1::2] = values
    made = Patchwork("".join(pieces))
    made.frame, made.values = frame, values
    return made
