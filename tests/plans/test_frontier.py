"""Frontier: points that trade mean for tail and launches, and plans that follow the cash limit."""

from itertools import pairwise

import numpy as np
import pytest
from tests.support.pockets import APART, Pocket, pockets

from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Resource
from echelon.plans.deciding import Asked, decide
from echelon.plans.frontier import FACTORS, WEIGHTS, Effort, frontier, scaled, steps
from echelon.plans.lives import Lives, space
from echelon.runs.simulate import Order

GO_OR_STOP = Option(action="start", target="*", last="2025-12-31")
MIXED = (
    Pocket(0.6, 40.0, 120.0, 1),
    Pocket(0.2, 60.0, 60.0, 2),
    Pocket(0.5, 20.0, 30.0, 3),
    Pocket(0.1, 30.0, 90.0, 4),
    Pocket(0.8, 10.0, 40.0, 5),
    Pocket(0.3, 25.0, 25.0, 6),
)


@pytest.fixture(scope="module")
def found():
    budget = [Resource(resource="rd_budget", year=year, amount=48.0) for year in range(2026, 2036)]
    company = pockets(MIXED, [GO_OR_STOP, *budget], couplings=APART.model_copy(update={"cash": True}))
    return decide(Order(company, 1, 1), Asked(effort=10_000, judged=1_024))


@pytest.fixture(scope="module")
def traced(found):
    lives = Lives(found.company, found.levers, space(1, "explain"), threads=2)
    return frontier(found, lives, Effort(3_000, 2_048, 1, 2))


def test_every_path_has_its_points(found, traced):
    assert [one.at for one in traced.of("tail")] == list(WEIGHTS)
    assert [one.at for one in traced.of("cash")] == list(FACTORS)
    assert (traced.limit, traced.binds, traced.stopped) == ("rd_budget", True, False)
    assert traced.year == 2030
    own = next(one for one in traced.of("cash") if one.at == 1.0)
    assert own.lead >= -2 * own.lead_se  # a point's search begins with the found plan
    assert all(found.levers.fits(one.plan) for one in traced.points)


def test_more_cash_is_never_worth_less(traced):
    points = traced.of("cash")
    assert points[0].mean < points[-1].mean
    for less, more in pairwise(points):
        assert more.mean > less.mean - 2 * np.hypot(more.mean_se, less.mean_se)
    assert all(one.lead > -2 * one.lead_se - 1e-9 for one in points)


def test_the_tail_costs_mean(traced):
    points = traced.of("tail")
    assert points[-1].tail >= points[0].tail - 2 * points[-1].tail_se
    assert points[-1].mean <= points[0].mean + 2 * points[0].lead_se + 1e-9


def test_launches_cost_mean(traced):
    first, *asked = traced.of("launches")
    assert np.isnan(first.at)
    assert first.lead == 0.0
    assert not first.switches
    assert asked
    assert max(one.launches for one in asked) > first.launches


def test_a_dominated_point_is_shown_as_such(traced):
    for path in ("tail", "launches"):
        points = traced.of(path)
        for one in points:
            other = [(each.mean, each.tail if path == "tail" else each.launches) for each in points]
            mine = (one.mean, one.tail if path == "tail" else one.launches)
            beaten = any(two != mine and two[0] >= mine[0] and two[1] >= mine[1] for two in other)
            assert one.dominated == beaten


def test_switches_are_those_of_the_plans(found, traced):
    for one in traced.points:
        assert len(one.switches) == sum(a != b for a, b in zip(one.plan, found.plan, strict=True))
    counted = sum(count for *_, count in traced.switching("cash"))
    assert counted == sum(len(one.switches) for one in traced.of("cash"))


def test_the_limit_is_the_budget_or_else_the_cash():
    budgeted = pockets(MIXED, [Resource(resource="rd_budget", year=2026, amount=10.0),
                               Resource(resource="trial_starts", year=2026, amount=3.0)])  # fmt: skip
    rows = {row.resource: row.amount for row in scaled(budgeted, 0.6).rows(Resource)}
    assert rows == {"rd_budget": pytest.approx(6.0), "trial_starts": 3.0}
    assert scaled(budgeted, 0.6).settings == budgeted.settings
    assert scaled(pockets(MIXED), 1.4).settings.money.opening_cash == pytest.approx(1400.0)


def test_numbers_of_launches_asked_for():
    assert steps(12.3, 18.9) == [13.0, 14.0, 16.0, 18.0]
    assert steps(2.0, 2.8) == [2.2, 2.4, 2.6, 2.8]
    assert steps(3.0, 3.0) == []


def test_ctrl_c_keeps_the_points_done(found):
    lives = Lives(found.company, found.levers, space(1, "explain"), threads=2)
    seen: list[int] = []

    def interrupt(done, total):
        del total
        seen.append(done)
        if done == 2:
            raise KeyboardInterrupt

    stopped = frontier(found, lives, Effort(500, 512, 1, 2), interrupt)
    assert stopped.stopped
    assert len(stopped.points) == 2
