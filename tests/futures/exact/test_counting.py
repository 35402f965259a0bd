"""Counting: numbers of independent events, and three levels filled at once."""

import itertools

import numpy as np
import pytest
from scipy.stats import binom

from echelon.futures.exact.counting import all_filled, counts


def test_equal_chances_are_binomial() -> None:
    found = counts(np.full((40, 2), 0.3))
    assert found[0, :41] == pytest.approx(binom.pmf(np.arange(41), 40, 0.3), abs=1e-14)
    assert found.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_last_bin_means_that_many_or_more() -> None:
    found = counts(np.full((400, 1), 0.9))
    assert found[0, -1] == pytest.approx(binom.sf(254, 400, 0.9))
    assert found[0, 200] == pytest.approx(binom.pmf(200, 400, 0.9))


def test_levels_filled_together_by_enumeration() -> None:
    chances = np.array([[0.2, 0.3, 0.4], [0.1, 0.5, 0.2], [0.6, 0.1, 0.3], [0.0, 0.7, 0.1]])
    target = (1, 1, 1)
    total = 0.0
    for places in itertools.product(range(4), repeat=4):
        held = np.bincount(places, minlength=4)[:3]
        chance = np.prod([row[i] if i < 3 else 1.0 - row.sum() for row, i in zip(chances, places, strict=True)])
        total += chance if (held >= target).all() else 0.0
    assert float(all_filled(chances[:, :, None], target)[0]) == pytest.approx(total)
    assert float(all_filled(chances[:, :, None], (0, 0, 0))[0]) == pytest.approx(1.0)
