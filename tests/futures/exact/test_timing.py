"""Timing: sums, firsts and lasts of times against closed forms."""

import numpy as np
import pytest

from echelon.futures.exact.laws import Law
from echelon.futures.exact.timing import Grid, earliest, either, grid_of, known, latest, spread
from echelon.futures.rules.draws import FIXED, UNIFORM

GRID = Grid(1.0 / 48.0, 12, 40, 12)
X = np.linspace(0.05, 9.9, 60)


def test_known_times_stay_exact() -> None:
    later = known(GRID, 0.123).shifted(1.0).plus(Law(FIXED, 0.5, 0.0, 0.0))
    assert later.at.tolist() == [1.623]
    assert later.by_quarter()[6] == 1.0
    assert known(GRID, 3.0).shifted(7.0).total == 0.0


def test_first_random_delay_is_exact_at_every_edge() -> None:
    one = Law(UNIFORM, 0.4, 2.2, 0.0)
    when = known(GRID, 0.1).plus(one)
    assert np.concatenate([[0.0], np.cumsum(when.cells)]) == pytest.approx(one.below(GRID.edges - 0.1), abs=1e-12)


@pytest.mark.parametrize("route", ["plus", "add"])
def test_sum_of_two_uniforms_is_triangular(route: str) -> None:
    first = spread(GRID, 1.0, 2.0)
    both = first.plus(Law(UNIFORM, 0.0, 2.0, 0.0)) if route == "plus" else first.add(spread(GRID, 0.0, 2.0))
    triangle = np.where(X < 3.0, np.clip(X - 1.0, 0.0, 2.0) ** 2 / 8.0, 1.0 - np.clip(5.0 - X, 0.0, 2.0) ** 2 / 8.0)
    assert both.below(X) == pytest.approx(triangle, abs=1e-4)
    assert both.total == pytest.approx(1.0, abs=1e-12)
    mean = both.mean_of(both.at, GRID.middles)
    assert float(mean) == pytest.approx(3.0, abs=1e-9)


def test_error_falls_with_the_square_of_the_step() -> None:
    errors = []
    for per_quarter in (3, 6, 12):
        grid = Grid(0.25 / per_quarter, 0, 40, per_quarter)
        both = spread(grid, 1.0, 2.0).plus(Law(UNIFORM, 0.0, 2.0, 0.0))
        errors.append(abs(float(both.mean_of(both.at, (grid.middles - 3.0) ** 2)) - 2.0 / 3.0))
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.05)


def test_first_and_last_of_independent_times() -> None:
    a, b = spread(GRID, 0.0, 4.0), spread(GRID, 1.0, 4.0)
    below_a, below_b = np.clip(X / 4.0, 0.0, 1.0), np.clip((X - 1.0) / 4.0, 0.0, 1.0)
    assert earliest([a, b]).below(X) == pytest.approx(1.0 - (1.0 - below_a) * (1.0 - below_b), abs=1e-4)
    assert latest([a, b]).below(X) == pytest.approx(below_a * below_b, abs=1e-4)


def test_first_and_last_with_known_times() -> None:
    a, b = spread(GRID, 0.0, 4.0), known(GRID, 1.7)
    first, last = earliest([a, b]), latest([a, b])
    assert first.mass.sum() == pytest.approx(1.0 - 1.7 / 4.0)
    assert last.mass.sum() == pytest.approx(1.7 / 4.0)
    assert first.total == pytest.approx(1.0)
    assert last.total == pytest.approx(1.0)
    same = latest([known(GRID, 2.0), known(GRID, 2.0)])
    assert same.total == pytest.approx(1.0)
    assert earliest([known(GRID, 2.0), known(GRID, 2.0)]).total == pytest.approx(1.0)


def test_events_that_may_not_happen() -> None:
    first = earliest([known(GRID, 1.0).times(0.5), known(GRID, 2.0).times(0.4)])
    assert dict(zip(first.at.tolist(), first.mass.tolist(), strict=True)) == pytest.approx({1.0: 0.5, 2.0: 0.2})


def test_gates_and_windows() -> None:
    when = either([known(GRID, 0.2).times(0.5), spread(GRID, 0.0, 2.0).times(0.5)])
    held_back = when.not_before(1.01)
    assert held_back.total == pytest.approx(1.0)
    assert held_back.below(np.array([1.0])) == pytest.approx([0.0], abs=1e-12)
    assert held_back.mass.sum() == pytest.approx(0.5 + 0.5 * 0.505)
    assert when.only(0.5, 1.5).total == pytest.approx(0.25)


def test_grid_takes_a_whole_number_of_cells_to_the_quarter() -> None:
    grid = grid_of(8, -0.6, 1.0 / 50.0)
    assert grid.per_quarter == 12
    assert grid.edges[grid.before] == 0.0
    assert grid.edges[0] <= -0.6
    assert grid.edges[-1] == pytest.approx(2.0)
