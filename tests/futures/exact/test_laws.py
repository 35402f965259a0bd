"""Laws: distribution functions, their integrals and masses on a grid."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.integrate import quad

from echelon.futures.exact.laws import Law, hats, law
from echelon.futures.rules.draws import FIXED, LOGNORMAL, TRIANGULAR, UNIFORM, quantile

LAWS = (
    Law(UNIFORM, 0.5, 2.0, 0.0),
    Law(TRIANGULAR, 0.3, 1.1, 2.9),
    Law(TRIANGULAR, 0.5, 0.5, 2.0),
    Law(TRIANGULAR, 0.5, 2.0, 2.0),
    Law(LOGNORMAL, 1.3, 0.4, 0.0),
)


@pytest.mark.parametrize("one", LAWS)
@pytest.mark.parametrize(("ruled", "scale"), [(0.0, 1.0), (0.35, 1.0), (0.35, 0.6)])
def test_functions_agree_with_each_other(one: Law, ruled: float, scale: float) -> None:
    one = Law(one.kind, one.a, one.b, one.c, ruled, scale)
    u = np.linspace(0.01, 0.99, 25)
    assert one.below(one.quantile(u)) == pytest.approx(u, abs=1e-12)
    for x in (0.4, 0.9, 1.7, 3.5):
        area = quad(lambda t: float(one.below(np.array(t))), 0.0, x, limit=400, points=[scale * 0.5])[0]
        assert float(one.shortfall(np.array(x))) == pytest.approx(area, abs=2e-7)


@pytest.mark.parametrize("one", LAWS)
def test_quantiles_are_those_of_the_rules(one: Law) -> None:
    row = np.array([[one.kind, one.a, one.b, one.c]])
    for u in (0.001, 0.2, 0.5, 0.9):
        assert float(one.quantile(np.array(u))) == pytest.approx(quantile(row, 0, u), rel=1e-12)


@pytest.mark.parametrize("one", LAWS)
def test_moments_are_those_of_the_quantiles(one: Law) -> None:
    u = (np.arange(400_000) + 0.5) / 400_000
    values = one.quantile(u)
    assert one.mean() == pytest.approx(values.mean(), rel=1e-5)
    assert one.square() == pytest.approx((values**2).mean(), rel=1e-4)


@given(
    low=st.floats(0.0, 2.0), rise=st.floats(0.0, 2.0), fall=st.floats(0.01, 2.0), step=st.sampled_from([1 / 48, 1 / 12])
)
@example(low=0.0, rise=5e-324, fall=0.125, step=1 / 48)
def test_hats_keep_mass_and_mean(low: float, rise: float, fall: float, step: float) -> None:
    one = Law(TRIANGULAR, low, low + rise, low + rise + fall)
    mass = hats(one, step, math.ceil(one.top() / step) + 2)
    assert mass.sum() == pytest.approx(1.0, abs=1e-9)
    assert mass @ (np.arange(mass.size) * step) == pytest.approx(one.mean(), rel=1e-9)
    assert (mass > -1e-9).all()


def test_a_fixed_law_is_shared_by_its_two_neighbours() -> None:
    mass = hats(law(np.array([FIXED, 0.3, 0.0, 0.0])), 0.25, 4)
    assert mass == pytest.approx([0.0, 0.8, 0.2, 0.0])
