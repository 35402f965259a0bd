"""Chances of the exact engine at the ends of their range."""

import numpy as np
import pytest
from tests.support.pockets import Pocket, pockets

from echelon.company.resolve import resolve
from echelon.futures.build.build import build
from echelon.futures.exact.engine import exact


def test_a_stage_that_never_passes_costs_its_trial_and_nothing_else() -> None:
    resolved, _ = resolve(pockets([Pocket(1.0, 10.0, 50.0), Pocket(0.0, 10.0, 50.0)]))
    built = build(resolved)
    figures = exact(built).figures
    place = built.labels.reports.index("p1")
    assert figures.npv[place] == pytest.approx(-figures.cost_pv[place])
    assert np.isfinite(figures.npv).all()
    assert figures.launches[place, :-1].sum() == 0.0
