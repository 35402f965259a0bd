"""Design space: what is stated happens, over simulated experiments; ranges and set points are what they say."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from echelon.examples import study
from echelon.supply.process.analysis import analyse
from echelon.supply.process.fit import fit
from echelon.supply.process.ranges import Map, contour
from echelon.supply.process.read import read_experiments
from echelon.supply.process.recipe import batches, triangle
from echelon.supply.process.space import draws, posterior, probability
from echelon.supply.process.table import Experiments, Factor, Response, Settings

POINTS = np.array([(a, b) for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)] + [(0.0, 0.0)] * 3)
AT = np.array([[0.4, -0.7]])
EXPERIMENTS = 1_200
ERRORS = 3.5


def simulated(rng, covariance, times=1):
    """An experiment from a plane with correlated noise, every run `times` times, and a future batch at AT."""
    root = np.linalg.cholesky(covariance)
    beta = rng.normal(0, 2, (3, len(covariance)))
    x = np.repeat(POINTS, times, axis=0)
    rows = np.column_stack([np.ones(len(x) + 1), np.vstack([x, AT])])
    y = rows @ beta + rng.standard_normal((len(rows), len(covariance))) @ root.T
    responses = tuple(Response(f"y{j}", low=0.0) for j in range(len(covariance)))
    factors = (Factor("A"), Factor("B"))
    made = Experiments("none", factors, responses, Settings(model="linear"), x, y[:-1], (), tuple(range(len(x))))
    return made, y[-1]


def counted(covariance, wide, times=1):
    """Probability stated, and share of batches that pass, over experiments with limits `wide` deviations off."""
    rng = np.random.default_rng([len(covariance), int(10 * wide)])
    stated, passed = [], []
    for number in range(EXPERIMENTS):
        made, batch = simulated(rng, np.array(covariance), times)
        post = posterior(made)
        spread = post.stretch(AT)[0] * np.sqrt((post.root**2).sum(axis=1))
        low, high = post.means(AT)[0] - wide * spread, post.means(AT)[0] + 2 * wide * spread
        post = replace(post, low=low, high=high)
        stated.append(probability(post, AT, draws(post, 256, number))[0])
        passed.append(bool(((batch >= low) & (batch <= high)).all()))
    p = float(np.mean(stated))
    return p, float(np.mean(passed)), ERRORS * math.sqrt(p * (1 - p) / EXPERIMENTS)


@pytest.mark.parametrize("wide", [0.4, 1.2, 2.5])
def test_the_stated_probability_is_what_happens(wide):
    p, share, error = counted([[1.0]], wide)
    assert share == pytest.approx(p, abs=error)


@pytest.mark.slow
@pytest.mark.parametrize("covariance", [[[1.0, 0.6], [0.6, 1.0]], [[1.0, -0.5], [-0.5, 2.0]]])
@pytest.mark.parametrize("wide", [0.4, 1.2])
def test_of_several_responses_it_is_what_happens_or_a_little_less(covariance, wide):
    """The prior of several responses is cautious: in small experiments batches pass somewhat more often than stated."""
    p, share, error = counted(covariance, wide)
    assert p - error <= share <= p + 0.03 + error
    p, share, error = counted(covariance, wide, times=4)
    assert share == pytest.approx(p, abs=0.005 + error)


def test_the_formula_is_the_integral_over_the_posterior():
    """Covariance from its inverse Wishart, then the surface, then the batch: no t distribution anywhere."""
    made = read_experiments(study("reactor"))
    post = posterior(made)
    left = made.y - post.model.matrix(made.x) @ post.beta
    rng = np.random.default_rng(6)
    count = 40_000
    degrees = len(made.x) - post.beta.shape[0]
    sigma = stats.invwishart(degrees, left.T @ left).rvs(count, random_state=rng)
    roots = np.linalg.cholesky(sigma)
    x = np.array([[-0.3, 0.8, -0.4]])
    z = post.model.matrix(x)[0]
    surface = np.sqrt(z @ post.inverse @ z) * np.einsum("nij,nj->ni", roots, rng.standard_normal((count, 2)))
    noise = np.einsum("nij,nj->ni", roots, rng.standard_normal((count, 2)))
    batch = post.means(x)[0] + surface + noise
    plain = float(((batch >= post.low) & (batch <= post.high)).all(axis=1).mean())
    found = float(probability(post, x, draws(post, 16_384, 2))[0])
    assert found == pytest.approx(plain, abs=ERRORS * math.sqrt(plain * (1 - plain) / count) + 0.002)


def test_plugging_in_the_means_would_promise_too_much():
    """The same count with the fitted surface and variance taken as known: that is not what happens."""
    rng = np.random.default_rng(5)
    stated, passed = [], []
    for _ in range(EXPERIMENTS):
        made, batch = simulated(rng, np.array([[1.0]]))
        one = fit(made, 0)
        low = one.predict(AT)[0] - 1.6 * math.sqrt(one.s2)
        stated.append(stats.norm.cdf(1.6))
        passed.append(batch[0] >= low)
    p = float(np.mean(stated))
    assert np.mean(passed) < p - 3.5 * math.sqrt(p * (1 - p) / EXPERIMENTS)


def test_one_response_is_a_t_distribution():
    made = replace(read_experiments(study("chemreact")), responses=(Response("Yield", low=81.5),))
    post = posterior(made)
    x = np.array([[0.3, 0.2], [1.0, 1.0], [-1.0, 0.5]])
    found = probability(post, x, draws(post, 16_384, 1))
    scale = post.stretch(x) * abs(post.root[0, 0])
    exact = stats.t.sf((81.5 - post.means(x)[:, 0]) / scale, post.df)
    assert found == pytest.approx(exact, abs=2e-3)


def test_noise_of_set_points_costs_probability():
    made = read_experiments(study("culture"))
    loose = replace(made, factors=tuple(replace(f, sd=20 * f.sd if f.name == "pH" else f.sd) for f in made.factors))
    still = replace(made, factors=tuple(replace(f, sd=0.0) for f in made.factors))
    at = np.array([[-0.4, 0.0, 0.4]])
    p = [float(probability(post, at, draws(post, 8_192, 1))[0]) for post in map(posterior, (still, made, loose))]
    assert p[0] >= p[1] - 0.003
    assert p[1] > p[2] + 0.05


def test_too_few_runs_give_no_probability():
    made = read_experiments(study("reactor"))
    rows = [*range(8), 8, 10, 12]
    few = replace(made, x=made.x[rows], y=made.y[rows], lines=tuple(rows), settings=Settings(model="quadratic"))
    assert "no degree of freedom" in posterior(few)
    none = replace(made, responses=tuple(replace(r, low=None, high=None) for r in made.responses))
    assert "no response has" in posterior(none).lower()


@pytest.fixture(scope="module")
def culture():
    return analyse(read_experiments(study("culture")), seed=1)


def test_ranges_hold_what_they_promise(culture):
    post, needed = culture.posterior, culture.experiments.settings.reliability
    luck = draws(post, 8_192, 9)
    assert culture.p > needed
    for i, span in enumerate(culture.spans):
        factor = culture.experiments.factors[i]
        for end, edge, step in zip(span.proven, span.to_edge, (-0.05, 0.05), strict=True):
            x = culture.at.copy()
            x[i] = factor.coded(end)
            assert probability(post, x[None], luck)[0] >= needed - 0.01
            x[i] += step
            if not edge:
                assert probability(post, x[None], luck)[0] < needed + 0.003
        assert span.proven[0] <= span.joint[0] <= span.set_point <= span.joint[1] <= span.proven[1]
        assert span.normal == pytest.approx((span.set_point - 3 * factor.sd, span.set_point + 3 * factor.sd))
    rng = np.random.default_rng(2)
    ends = np.array(
        [[f.coded(v) for v in s.joint] for f, s in zip(culture.experiments.factors, culture.spans, strict=True)]
    )
    within = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * rng.random((300, 3))
    assert probability(post, within, luck).min() >= needed - 0.012


def test_a_set_point_that_is_named_is_kept():
    made = read_experiments(study("culture"))
    named = tuple(replace(f, set_point=34.5) if f.name == "Temperature" else f for f in made.factors)
    found = analyse(replace(made, factors=named))
    assert not found.chosen
    assert found.set_point["Temperature"] == pytest.approx(34.5)
    assert found.set_point["pH"] == pytest.approx(7.0)


def test_the_line_of_a_map_is_where_the_value_is():
    places = np.linspace(-1, 1, 41)
    x, y = np.meshgrid(places, places)
    pieces = np.array(contour(Map("x", "y", places, places, x**2 + y**2), 0.49))
    assert len(pieces) > 50
    assert np.hypot(pieces[:, [0, 2]], pieces[:, [1, 3]]) == pytest.approx(np.full((len(pieces), 2), 0.7), abs=2e-3)


def test_what_a_recipe_takes_has_the_quantiles_of_the_batches(culture):
    made = culture.experiments
    for one in culture.recipes:
        shape = stats.triang((one.mode - one.low) / (one.high - one.low), one.low, one.high - one.low)
        assert shape.ppf([0.1, 0.5, 0.9]) == pytest.approx([one.q10, one.q50, one.q90], rel=2e-3)
    titer = next(one for one in culture.recipes if one.column == "titer")
    values = batches(made, culture.fits[0], culture.at, 3)
    assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx([titer.q10, titer.q50, titer.q90], rel=2e-3)
    recovery = next(one for one in culture.recipes if one.column == "recovery")
    assert 0.6 < recovery.low < recovery.mode < recovery.high < 0.8


def test_triangles():
    known = stats.triang(0.3, 2.0, 5.0)
    assert triangle(*known.ppf([0.1, 0.5, 0.9])) == pytest.approx((2.0, 3.5, 7.0), abs=1e-5)
    assert triangle(1.0, 1.0, 1.0) == (1.0, 1.0, 1.0)
