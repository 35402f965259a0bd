"""Markets: the launch curve through the published yearly shares."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from echelon.futures.build.markets import UPTAKE_STEP, monotone, uptake_table
from echelon.priors import commercial


@given(values=st.lists(st.floats(-100, 100).map(lambda x: round(x, 6)), min_size=3, max_size=12))
def test_monotone_cubic_is_the_known_one(values: list[float]) -> None:
    points = np.array(values)
    at = np.linspace(0.0, len(points) - 1, 97)
    expected = PchipInterpolator(np.arange(len(points)), points)(at)
    np.testing.assert_allclose(monotone(points, at), expected, rtol=1e-9, atol=1e-9)


def test_every_year_sells_its_published_share() -> None:
    table, years = uptake_table()
    per_year = round(1.0 / UPTAKE_STEP)
    np.testing.assert_allclose(np.diff(table[::per_year]), commercial.uptake_points(), rtol=1e-14)
    assert len(table) == per_year * years + 1
    assert (np.diff(table) >= 0).all()


def test_nothing_sells_above_its_peak() -> None:
    table, _ = uptake_table()
    rate = np.diff(table) / UPTAKE_STEP
    assert rate.max() <= 1.0 + 1e-12
    assert rate.min() >= 0.0
