"""Weighted draws: which of several templates a message takes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from random import Random
from typing import TypeVar

from templates.errors import MixError

T = TypeVar("T")


def shares(weights: Sequence[int]) -> list[Fraction]:
    """Each weight's probability; together exactly 1. Raises MixError."""
    total = total_of(weights)
    return [Fraction(weight, total) for weight in weights]


def bounds(weights: Sequence[int]) -> list[tuple[int, int]]:
    """Each weight's half-open range `[low, high)` of 0 … total, for drawing many at once in SQL.

    A number drawn as `floor(random() * total)` lies in exactly one; a weight of 0 has an empty range. Raises
    MixError.
    """
    total_of(weights)
    return list(pairwise([0, *accumulate(weights)]))


def draw(weighted: Sequence[tuple[T, int]], random: Random) -> T:
    """One of the things, each as often as its weight says. Raises MixError."""
    total = total_of([weight for _, weight in weighted])
    number = random.randrange(total)
    for thing, weight in weighted:
        if number < weight:
            return thing
        number -= weight
    raise AssertionError("a number below the total lies in some range")


def total_of(weights: Sequence[int]) -> int:
    """The sum of the weights. Raises MixError if nothing could be drawn."""
    if not weights:
        raise MixError("Choose at least one template.")
    if any(weight < 0 for weight in weights):
        raise MixError("A weight can't be below zero.")
    total = sum(weights)
    if total == 0:
        raise MixError("At least one template needs a weight above zero.")
    return total
