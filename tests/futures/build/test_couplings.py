"""Couplings: thresholds that keep every stated PoS, and the factors given what is known."""

import numpy as np
import pytest
from scipy.special import ndtr
from tests.support.companies import everything_on

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.science import Program
from echelon.futures.build.build import build
from echelon.futures.build.couplings import GRID, GRID_WEIGHT, posterior, thresholds
from echelon.futures.engine import Engine

FUTURES = 200_000
FILING = 2


def coupled() -> Company:
    """Every outcome shares factors, and nothing else chooses who goes on: cash, learning and dependencies are off."""
    company = everything_on()
    couplings = company.settings.couplings.model_copy(update={"cash": False, "learning": 0.0})
    rows = [
        row.model_copy(update={"depends_on": "", "depends_stage": ""}) if isinstance(row, Program) else row
        for table in company.tables.values()
        for row in table.values()
    ]
    return Company.of(company.settings.model_copy(update={"couplings": couplings}), rows)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_couplings_keep_every_stated_pos(seed: int) -> None:
    resolved, _ = resolve(coupled())
    model = build(resolved, (), seed).model
    assert model.factors.mean.size > 3
    assert (model.programs.residual < 0.9).all()
    engine = Engine(model, 2)
    for _ in engine.blocks(FUTURES):
        pass
    counts = engine.take_counts()
    reached, passed = counts["reached"], counts["passed"]
    trials = (model.stages.kind != FILING) & (reached > 100)
    assert trials.sum() > 20
    pos = model.stages.pos
    share = passed[trials] / reached[trials]
    error = np.sqrt(pos[trials] * (1.0 - pos[trials]) / reached[trials])
    certain = error == 0.0
    assert (share[certain] == pos[trials][certain]).all()
    z = (share[~certain] - pos[trials][~certain]) / error[~certain]
    assert np.abs(z).max() < 4.0, z


def passes(mean: float, variance: float, residual: float, pos: list[float], cuts: list[float], points: int) -> None:
    """Check a chain on a grid much finer than the one that solved it."""
    x = np.linspace(-9.0, 9.0, points)
    weight = np.exp(-0.5 * x**2)
    for want, cut in zip(pos, cuts, strict=True):
        passed = weight * ndtr((cut - mean - np.sqrt(variance) * x) / residual)
        assert passed.sum() / weight.sum() == pytest.approx(want, abs=1e-12)
        weight = passed


@pytest.mark.parametrize("shared", [0.05, 0.4, 0.7])
def test_thresholds_solve_chains_in_order(shared: float) -> None:
    rng = np.random.default_rng(7)
    pos = rng.uniform(0.02, 0.98, (12, 6))
    mean = rng.normal(0.0, 0.3, 12)
    variance = np.full(12, shared)
    residual = np.full(12, np.sqrt(1.0 - shared))
    found = thresholds(mean, variance, residual, pos)
    for i in range(12):
        passes(mean[i], shared, residual[i], pos[i].tolist(), found[i].tolist(), 4001)


def test_certain_stages_always_pass_or_never() -> None:
    found = thresholds(np.zeros(2), np.full(2, 0.3), np.full(2, np.sqrt(0.7)), np.array([[1.0, 0.5], [0.0, 0.5]]))
    assert found[0, 0] == np.inf
    assert found[1, 0] == -np.inf
    assert found[0, 1] == pytest.approx(0.0, abs=1e-12)


def test_posterior_without_evidence_is_the_prior() -> None:
    loadings = np.array([[0.5, 0.2], [0.5, 0.0]])
    residual = np.sqrt(1.0 - (loadings**2).sum(axis=1))
    found = posterior(loadings, residual, np.full((2, 1), np.nan))
    np.testing.assert_allclose(found.mean, 0.0)
    np.testing.assert_allclose(found.precision_root, np.eye(2))


def test_posterior_of_one_program_has_the_moments_of_its_evidence() -> None:
    loadings, past = np.array([[0.7]]), np.array([[0.3, 0.6]])
    residual = np.sqrt(1.0 - (loadings**2).sum(axis=1))
    found = posterior(loadings, residual, past)
    cuts = thresholds(np.zeros(1), np.array([0.49]), residual, past)[0]
    x, weight = GRID, GRID_WEIGHT.copy()
    for cut in cuts:
        weight = weight * ndtr((cut - 0.7 * x) / residual[0])
    weight /= weight.sum()
    mean = (weight * x).sum()
    assert found.mean[0] == pytest.approx(mean, abs=1e-9)
    assert found.precision_root[0, 0] ** -2 == pytest.approx((weight * (x - mean) ** 2).sum(), abs=1e-9)
