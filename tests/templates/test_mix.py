from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.errors import MixError
from templates.mix import bounds, draw, shares

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any)


@given(WEIGHTS)
def test_shares_add_up_to_one(weights):
    assert sum(shares(weights)) == 1


@given(WEIGHTS)
def test_ranges_follow_each_other_and_are_as_wide_as_their_weights(weights):
    ranges = bounds(weights)
    assert [high - low for low, high in ranges] == weights
    assert [low for low, _ in ranges] == [0, *(high for _, high in ranges[:-1])]


def test_each_is_drawn_as_often_as_its_weight_says():
    random = Random(7)
    drawn = Counter(draw([("a", 1), ("b", 0), ("c", 3)], random) for _ in range(4000))
    assert drawn == {"a": 1030, "c": 2970}


def test_shares_are_exact():
    assert shares([1, 2]) == [Fraction(1, 3), Fraction(2, 3)]


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([], "Choose at least one template."),
        ([0, 0], "At least one template needs a weight above zero."),
        ([3, -1], "A weight can't be below zero."),
    ],
)
def test_weights_from_which_nothing_can_be_drawn_are_refused(weights, sentence):
    calls = [lambda: shares(weights), lambda: bounds(weights), lambda: draw([("a", w) for w in weights], Random(1))]
    for call in calls:
        with pytest.raises(MixError) as refused:
            call()
        assert refused.value.message == sentence
