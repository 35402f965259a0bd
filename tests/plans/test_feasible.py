"""Feasible: must-haves wait where they may and must, and years that are short are named."""

from itertools import product

import numpy as np
import pytest
from tests.support.pockets import APART, MIXED, pockets

from echelon.company.resolve import resolve
from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Resource
from echelon.futures.rules import numbers as n
from echelon.plans.deciding import Asked, decide
from echelon.plans.feasible import days, feasible
from echelon.plans.levers import levers
from echelon.plans.lives import Lives
from echelon.plans.screening import by_year
from echelon.runs.run import RunError
from echelon.runs.simulate import Order

ASKED = Asked(effort=6_000, judged=512, threads=2)


def company_of(limit: float, last: str, programs=MIXED):
    options = [Option(action="start", target="*", last="2025-12-31")]
    options += [Option(action="start", target=name, rule="must", last=last) for name in ("p0", "p1")]
    budget = [Resource(resource="rd_budget", year=year, amount=limit) for year in range(2026, 2036)]
    return pockets(programs, [*options, *budget], couplings=APART.model_copy(update={"cash": True}))


def spent(company, made, plan):
    lives = Lives(company, made, 5, threads=2)
    _, ledger = lives.live(made.choices(plan), 0, 512)
    return by_year(lives, ledger[n.RESEARCH] + ledger[n.DISCOVERY])


def test_must_haves_that_may_wait_keep_to_the_limits():
    found = decide(Order(company_of(31.0, "2029-12-31"), 1, 1), ASKED)
    taken = {lever.target: one.name for lever, one in found.levers.of(found.plan)}
    assert "as it is" in (taken["p0"], taken["p1"])
    assert taken["p0"] != taken["p1"]
    assert (spent(found.company, found.levers, found.plan) <= 31.0 + 1e-6).all()
    both_now = tuple(
        lever.everything if lever.must else at for lever, at in zip(found.levers.rows, found.plan, strict=True)
    )
    assert not found.levers.fits(both_now)
    assert spent(found.company, found.levers, both_now).max() > 49.0  # so the test can fail
    assert found.levers.fits(found.levers.stands)
    assert found.levers.fits(found.levers.everything)
    assert found.levers.fits(found.levers.musts)


def test_where_no_days_are_enough_the_years_are_named():
    company, _ = resolve(company_of(25.0, "2026-12-31"))  # p1 alone books 30 a year
    with pytest.raises(RunError, match=r"must-haves need (30|50), limit 25"):
        feasible(company, levers(company), ASKED)


def test_limits_that_hold_narrow_nothing():
    company, _ = resolve(company_of(60.0, "2029-12-31"))
    made = levers(company)
    assert feasible(company, made, ASKED) is made


@pytest.mark.parametrize("seed", range(5))
def test_days_lack_least(seed):
    random = np.random.Generator(np.random.Philox(seed))
    needs = {i: random.uniform(0.0, 10.0, (3, 4)) * (random.random((3, 4)) < 0.6) for i in (2, 5, 7)}
    limits = np.array([8.0, np.inf, 5.0, 6.0])

    def lacking(chosen):
        return float(np.maximum(0.0, sum(needs[i][a] for i, a in chosen.items()) - limits).sum())

    best = min(lacking(dict(zip(needs, at, strict=True))) for at in product(range(3), repeat=3))
    assert lacking(days(needs, limits)) == pytest.approx(best, abs=1e-6)
