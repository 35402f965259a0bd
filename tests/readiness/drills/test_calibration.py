"""Predictions against grades: published intervals, bands, and what true and false predictions are called."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.readiness.drills.calibration import EDGES, FEW, band, bands, interval

PUBLISHED = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
"""Score intervals of Newcombe 1998, table I (remembered)."""


@pytest.mark.parametrize(("right", "count", "least", "most"), PUBLISHED)
def test_intervals_are_the_published_ones(right, count, least, most):
    assert interval(right, count) == pytest.approx((least, most), abs=5e-5)


def test_an_interval_of_nothing_is_everything():
    assert interval(0, 0) == (0.0, 1.0)
    for right, count in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="cannot be right"):
            interval(right, count)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=200))
def test_every_answer_is_in_one_band(pairs):
    found = bands([chance for chance, _ in pairs], [hit for _, hit in pairs])
    assert len(found) == len(EDGES) - 1
    assert sum(one.count for one in found) == len(pairs)
    assert sum(one.right for one in found) == sum(hit for _, hit in pairs)
    for one in found:
        assert one.count == 0 or one.low <= one.predicted <= one.high
        assert (one.says == "too few") == (one.count < FEW)


@pytest.mark.parametrize(("chance", "place"), [(0.0, 0), (0.2, 1), (0.6, 3), (0.8, 4), (1.0, 4)])
def test_an_end_belongs_to_the_band_above(chance, place):
    assert [one.count for one in bands([chance], [True])] == [int(place == i) for i in range(5)]


@pytest.mark.parametrize(("predicted", "right"), [([0.5], []), ([1.1], [True]), ([float("nan")], [True])])
def test_what_does_not_go_together_is_refused(predicted, right):
    with pytest.raises(ValueError, match=r"go together|between 0 and 1"):
        bands(predicted, right)


def test_true_predictions_hold_and_shifted_ones_are_called_what_they_are():
    rng = np.random.default_rng(4)
    held = bad = 0
    for _ in range(200):
        chance = rng.uniform(0.2, 0.8, 400)
        right = (rng.uniform(size=400) < chance).tolist()
        held += band(0, 1, chance.tolist(), right).says == "holds"
        bad += band(0, 1, (chance + 0.15).tolist(), right).says == "too high"
        assert band(0, 1, (chance - 0.2).tolist(), right).says == "too low"
    # 95 % of 200 is 190, with a standard error of 3; uneven chances make it a little wider.
    assert held >= 181
    assert bad >= 198
