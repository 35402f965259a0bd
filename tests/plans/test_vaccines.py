"""Vaccine capacity at risk: the published search to its digits, and every shape of country against plain sums."""

from itertools import product as every

import numpy as np
import pytest

from echelon.company.diagnostics import CompanyError
from echelon.plans.capacity_at_risk import (
    Buyer,
    Candidate,
    Country,
    World,
    candidates,
    published_search,
    search,
)
from echelon.plans.published import PERU, checks
from echelon.plans.vaccine_table import read_candidates, shipped

WORLD = World()


@pytest.fixture(scope="module")
def peru() -> Buyer:
    return Buyer(PERU, candidates(read_candidates(shipped()), WORLD), WORLD)


def test_published_optima_come_out() -> None:
    found = checks()
    assert len(found) == 15
    assert [check.name for check in found if not check.ok] == []


def test_going_on_is_better_and_never_worse(peru: Buyer) -> None:
    last = published_search(peru)[-1]
    best = search(peru, last)
    assert best.net > last.net + 3e-4
    assert best.net == pytest.approx(best.benefit - best.cost)
    assert search(peru, last, steps=(0.1,)).net >= last.net


def test_the_distribution_is_that_of_all_outcomes() -> None:
    members = (
        Candidate("RNA", "mRNA", "Phase 3", 0.5),
        Candidate("RNA", "mRNA", "Phase 2", 0.32),
        Candidate("RNA", "other", "Phase 1", 0.23),
        Candidate("VLP", "VLP", "Phase 1", 0.23),
    )
    units = (3, 1, 2, 5)
    buyer = Buyer(PERU, members, WORLD)
    wanted = np.zeros(12)
    levels = [0.9, 0.6, 0.8, 0.8, 0.8, 0.8, *(one.chance for one in members)]
    for out in every((0, 1), repeat=len(levels)):
        overall, rna, vlp, mrna, other, sub, a, b, c, d = out
        chance = np.prod([p if x else 1 - p for p, x in zip(levels, out, strict=True)])
        works = overall * (rna * (mrna * (3 * a + b) + other * 2 * c) + vlp * sub * 5 * d)
        wanted[works] += chance
    assert buyer.working(units) == pytest.approx(wanted)
    assert buyer.expected(units, 1.0) == pytest.approx(float(wanted @ buyer.benefit(np.arange(12.0))), rel=1e-12)
    assert buyer.expected(units, 1.0, "VLP") == pytest.approx(buyer.expected(units, 1.0, "RNA"), rel=1e-12)


def test_the_benefit_is_the_integral_of_harm_avoided(peru: Buyer) -> None:
    # Month by month: who is immunised of the 70 % needed, with the programme and without.
    for capacity in (0.5, 4.0, 30.0):
        needed, rate = 0.7 * 31.99, 500 * 31.99 / 7800
        months = (np.arange(240_000) + 0.5) * 1e-4

        def avoided(first: float, needed: float = needed, rate: float = rate, months=months) -> float:
            share = np.where(months < 3, first * months, first * 3 + rate * (months - 3)) / needed
            return float(np.interp(np.minimum(share, 1.0), peru.kinks, peru.harm).sum() * 1e-4)

        wanted = peru.month * (avoided(capacity) - avoided(0.0))
        assert float(peru.benefit(np.array([capacity]))[0]) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("high_risk", [0.0, 0.131, 0.5, 0.6, 0.7, 0.95, 1.0])
def test_any_share_at_high_risk(high_risk: float) -> None:
    buyer = Buyer(Country(30.0, 10.0, high_risk, 0.2, 5.0), candidates(read_candidates(shipped()), WORLD)[:6], WORLD)
    worth = buyer.benefit(np.linspace(0.0, 60.0, 200))
    assert (np.diff(buyer.kinks) > 0).all()
    assert buyer.kinks[-1] == buyer.harm[-1] == 1.0
    assert (np.diff(worth) > -1e-9).all()
    assert (np.diff(worth, 2) < 1e-9).all()  # ever less for each more


def test_who_loses_nothing_buys_nothing() -> None:
    members = candidates(read_candidates(shipped()), WORLD)
    found = published_search(Buyer(Country(1.0, 0.0, 0.1, 0.0, 10.0), members, WORLD))[-1]
    assert (found.net, found.total) == (0.0, 0.0)


def test_platforms_without_a_chance_are_left_out() -> None:
    members = candidates(read_candidates(shipped()), WORLD)
    assert len(members) == 30
    assert {one.platform for one in members} <= set(WORLD.platforms)


def test_a_broken_table_says_where(tmp_path) -> None:
    file = tmp_path / "v.csv"
    file.write_text("platform,subcategory,preclinical,phase1,phase2,phase3\nRNA,mRNA,1,x,0,0\n", encoding="utf-8")
    with pytest.raises(CompanyError) as caught:
        read_candidates(file)
    assert "v.csv:2:12: E102" in str(caught.value)
