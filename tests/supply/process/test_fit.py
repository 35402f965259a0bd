"""Fits: against plain least squares, against a two-way table worked by hand, and against what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from echelon.supply.process.coding import coding
from echelon.supply.process.fit import fit
from echelon.supply.process.model import build
from echelon.supply.process.surface import canonical
from echelon.supply.process.table import Experiments, Factor, Response, Settings


def study(x, y, factors=None, blocks=(), order="auto", responses=None):
    x, y = np.asarray(x, float), np.asarray(y, float)
    y = y[:, None] if y.ndim == 1 else y
    factors = factors or tuple(Factor(f"X{i}") for i in range(x.shape[1]))
    responses = responses or tuple(Response(f"y{j}") for j in range(y.shape[1]))
    return Experiments(
        "none", factors, responses, Settings(model=order), x, y, tuple(blocks), tuple(range(2, len(x) + 2))
    )


def composite(k=2, centres=4):
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * k)).reshape(k, -1).T
    alpha = len(corners) ** 0.25
    return np.vstack([corners, alpha * np.eye(k), -alpha * np.eye(k), np.zeros((centres, k))])


def test_a_line_by_hand():
    """y = 1, 3, 4, 6, 7 at -2..2: slope 1.5, mean 4.2, residual 0.3 on 3 degrees of freedom."""
    made = study([[-1.0], [-0.5], [0.0], [0.5], [1.0]], [1, 3, 4, 6, 7], order="linear")
    one = fit(made, 0)
    assert one.beta == pytest.approx([4.2, 3.0])
    assert one.source("residual").ss == pytest.approx(0.3)
    assert one.source("linear").ss == pytest.approx(22.5)
    assert one.coefficients[1].t == pytest.approx(3.0 / np.sqrt(0.1 / 2.5))
    assert one.coefficients[1].p == pytest.approx(2 * stats.t.sf(15.0, 3))
    assert one.r2 == pytest.approx(1 - 0.3 / 22.8)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_rounding_is_no_residual(scale):
    x = composite()
    for y in (np.full(len(x), 7.0), 10 + x[:, 0] + x[:, 1]):
        one = fit(study(x, scale * y, order="quadratic"), 0)
        assert one.s2 == 0.0
        assert all(np.isnan(c.t) and np.isnan(c.p) and c.se == 0.0 for c in one.coefficients)
        assert all(c.estimate == 0.0 for c in one.coefficients if c.kind in ("interactions", "quadratic"))
        assert all(np.isnan(line.f) for line in one.anova)
    one = fit(study(x, scale * (10 + x[:, 0] + 1e-6 * np.sin(9 * x[:, 1] + x[:, 0])), order="linear"), 0)
    assert one.s2 > 0.0
    assert all(c.t > 0 for c in one.coefficients[:2])


def test_words_and_numbers_as_a_two_way_table():
    """Three resins at two loads, twice: sums of squares by the classical formulas of a two-way layout."""
    rng = np.random.default_rng(8)
    cells = [(a, b) for a in range(3) for b in (-1.0, 1.0) for _ in range(2)]
    y = np.array([10 + 2 * a - b + 0.7 * a * b + rng.normal(0, 0.3) for a, b in cells])
    factors = (Factor("Resin", levels=("A", "B", "C")), Factor("Load"))
    one = fit(study(cells, y, factors, order="interactions"), 0)
    table = y.reshape(3, 2, 2)
    grand = table.mean()
    rows, cols = table.mean(axis=(1, 2)), table.mean(axis=(0, 2))
    main = 4 * ((rows - grand) ** 2).sum() + 6 * ((cols - grand) ** 2).sum()
    between = 2 * ((table.mean(axis=2) - grand) ** 2).sum()
    assert one.source("linear").ss == pytest.approx(main)
    assert one.source("interactions").ss == pytest.approx(between - main)
    assert one.source("residual").ss == pytest.approx(((table - table.mean(axis=2, keepdims=True)) ** 2).sum())
    assert one.df == 6
    # Effects sum to zero over the words, the first being minus the others.
    assert -one.beta[1] - one.beta[2] == pytest.approx(rows[0] - grand)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, 6, elements=st.floats(-9, 9)), st.integers(0, 1000))
def test_a_surface_comes_back_and_its_parts_add_up(beta, seed):
    x = composite()
    z = np.column_stack([np.ones(len(x)), x, x[:, 0] * x[:, 1], x**2])
    exact = fit(study(x, z @ beta, order="quadratic"), 0)
    assert exact.beta == pytest.approx(beta, abs=1e-9)
    y = z @ beta + np.random.default_rng(seed).normal(size=len(x))
    one = fit(study(x, y, order="quadratic"), 0)
    parts = {s.name: s for s in one.anova}
    whole = [s for name, s in parts.items() if name not in ("total", "lack of fit", "pure error")]
    assert sum(s.ss for s in whole) == pytest.approx(parts["total"].ss)
    assert sum(s.df for s in whole) == parts["total"].df == len(x) - 1
    assert parts["lack of fit"].ss + parts["pure error"].ss == pytest.approx(parts["residual"].ss)
    assert sum(c.leverage for c in one.cases) == pytest.approx(6)
    # What a run left out would have been predicted, by leaving it out.
    kept = np.arange(len(x)) != 3
    without = fit(study(x[kept], y[kept], order="quadratic"), 0)
    case = one.cases[3]
    assert y[3] - without.predict(x[3:4])[0] == pytest.approx(case.residual / (1 - case.leverage))
    assert case.studentised == pytest.approx(
        (case.residual / (1 - case.leverage)) / np.sqrt(without.s2 * (1 / (1 - case.leverage))), rel=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-0.7, 0.7), st.floats(-0.7, 0.7), st.floats(0.2, 5), st.floats(0.2, 5), st.floats(0, 3.1), st.booleans()
)
def test_a_known_top_or_saddle_is_found(a, b, big, small, turn, saddle):
    x = composite()
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.diag([-big, small if saddle else -small]) @ rotation.T
    shifted = x - [a, b]
    made = study(x, 7 + np.einsum("pi,ij,pj->p", shifted, matrix, shifted), order="quadratic")
    found = canonical(made, fit(made, 0))[0]
    assert found.coded == pytest.approx([a, b], abs=1e-6)
    assert found.eigenvalues == pytest.approx(sorted([-big, small if saddle else -small], reverse=True), abs=1e-8)
    assert found.kind == ("saddle" if saddle else "maximum")
    assert found.value == pytest.approx(7)


def test_a_plane_has_no_stationary_point():
    made = study(composite(), composite() @ [1.0, 2.0], order="quadratic")
    assert canonical(made, fit(made, 0))[0].kind == "ridge"


def test_centre_points_cannot_tell_squares_apart():
    x = np.vstack([composite()[:4], np.zeros((3, 2))])
    made = build(study(x, np.arange(7.0), order="quadratic"))
    assert [alias.text for alias in made.aliases] == ["X1² = X0²"]


def test_saturated_runs_give_coefficients_and_say_no_more():
    one = fit(study([[-1, -1], [1, -1], [-1, 1]], [1.0, 2.0, 4.0]), 0)
    assert one.beta == pytest.approx([3.0, 0.5, 1.5])
    assert one.df == 0
    assert np.isnan([c.se for c in one.coefficients]).all()
    assert np.isnan(one.r2_adjusted)


def test_blocks_are_taken_out():
    x = composite()
    rng = np.random.default_rng(3)
    blocks = ["a"] * 6 + ["b"] * 6
    y = x[:, 0] + rng.normal(0, 0.1, len(x)) + np.array([0.0 if b == "a" else 50.0 for b in blocks])
    one = fit(study(x, y, blocks=blocks, order="linear"), 0)
    named = {c.term: c.estimate for c in one.coefficients}
    assert named["block b"] == pytest.approx(50, abs=0.3)
    assert named["X0"] == pytest.approx(1, abs=0.2)
    assert one.predict(np.zeros((1, 2)))[0] == pytest.approx(25, abs=0.3)  # of the average block


def test_the_richest_model_that_leaves_a_residual():
    corners = composite()[:4]
    assert build(study(corners, np.zeros(4))).order == "linear"
    assert build(study(np.vstack([corners, corners[:1]]), np.zeros(5))).order == "interactions"
    assert build(study(composite(), np.zeros(12))).order == "quadratic"


@pytest.mark.parametrize(
    ("levels", "ends"),
    [
        ([80, 80, 90, 90, 85, 85, 85, 92.07, 77.93], (80, 90)),
        ([-1, -1, 1, 1, 0, 0, 0, 1.682, -1.682], (-1, 1)),
        ([1, 2, 3], (1, 3)),
        ([10, 20], (10, 20)),
        ([-1] * 8 + [1] * 8 + [-2, 2] + [0] * 6, (-1, 1)),
        ([0, 0.5, 1, 1, 2, 3], (0, 3)),
    ],
)
def test_low_and_high_are_read_off_the_levels(levels, ends):
    assert coding([float(level) for level in levels]) == ends
