"""Variances: worked out backward, they rest on the same means as those worked out forward."""

import numpy as np
import pytest
from tests.futures.exact.test_against_futures import example, plainer
from tests.support.agreement import simulate
from tests.support.random_companies import random_company

from echelon.futures.build.build import Built, build
from echelon.futures.exact.desk import desk_of
from echelon.futures.exact.engine import exact
from echelon.futures.exact.variances import _moments
from echelon.futures.rules import numbers as n


def built_of(name: str) -> Built:
    if name.startswith("random"):
        return build(plainer(random_company(int(name[6:])), reliance=False), (), 4)
    return example(name, 4)


@pytest.mark.parametrize("name", ["textbook", "biotech", "published/dimasi2016", "random0", "random2"])
def test_backward_means_are_the_forward_ones(name: str) -> None:
    built = built_of(name)
    desk = desk_of(built.model, 1.0 / 48.0, 1, 16)
    expected = exact(built).figures.npv
    programs = built.model.programs
    seen = 0
    for p, way in enumerate(desk.ways):
        r = programs.report[p]
        if way.start and (programs.report == r).sum() == 1:
            assert _moments(desk, p, {})[0] == pytest.approx(expected[r], rel=2e-4, abs=2e-4)
            seen += 1
    assert seen > 0


@pytest.mark.parametrize("number", [0, 2, 3])
def test_variances_of_programs_are_those_of_futures(number: int) -> None:
    # Without milestones at approval, partly shared decisions keep no variance out of reach.
    built = built_of(f"random{number}")
    figures = exact(built).figures
    run = simulate(built, 60_000)
    sums = run.sums["program_sums"] / run.futures
    seen = sums[:, n.NPV_SQUARE] - sums[:, n.NPV] ** 2
    launched = 1.0 - figures.launches[:, -1]
    often = launched > 0.1
    assert often.sum() >= 3
    assert seen[often] == pytest.approx(figures.npv_variance[often], rel=0.06)
    assert np.isfinite(figures.npv_variance).all()
