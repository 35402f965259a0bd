"""A wait moves one program and nothing else; what is spent stays spent."""

import numpy as np
import pytest
from tests.support.companies import everything_on

from echelon.company.resolve import resolve
from echelon.futures.build.build import build
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.runs.waiting import ahead, later, still_to_come

FUTURES = 512


@pytest.fixture(scope="module")
def built():
    company, _ = resolve(everything_on())
    couplings = company.settings.couplings.model_copy(
        update={"cash": False, "learning": 0.0, "inspections": False, "competition": False, "supply": False}
    )
    company = company.with_settings(company.settings.model_copy(update={"couplings": couplings}))
    return build(company, (), 3)


def lived(model, futures=FUTURES):
    engine = Engine(model, 2)
    parts = list(engine.blocks(futures))
    return np.concatenate([measures for measures, _ in parts]), [sums for _, sums in parts], engine.take_counts()


@pytest.mark.parametrize(
    ("program", "territory"),
    [("alpha-lung", "south"), ("gamma-breast", "home"), ("delta-joint", "west"), ("alpha-liver", "home")],
)
def test_every_approval_comes_exactly_a_year_later(built, program, territory):
    f = [pair[:2] for pair in built.labels.pairs].index((program, territory))
    now, then = Engine(built.model, 1), Engine(later(built, program, 1.0), 1)
    seen = 0
    for future in range(200):
        a = now.one(future)[1].decision.copy()
        b = then.one(future)[1].decision
        if np.isfinite(a[f]) and a[f] > 0.0:
            assert b[f] == pytest.approx(a[f] + 1.0, abs=1e-9)
            seen += 1
    assert seen > 20


def test_no_wait_changes_nothing(built):
    base, _, _ = lived(built.model)
    same, _, _ = lived(later(built, "alpha-lung", 0.0))
    assert np.array_equal(base, same, equal_nan=True)


def test_a_wait_spends_no_more_than_before(built):
    r = built.labels.reports.index("alpha-lung")
    _, base, _ = lived(built.model, 4096)
    _, moved, _ = lived(later(built, "alpha-lung", 1.0), 4096)
    before, after = (sum(part["program_sums"][r, n.COST] for part in parts) / 4096 for parts in (base, moved))
    assert after == pytest.approx(before, rel=0.02)
    # As if it had begun a year later, a year of its cost would be spent twice.
    s = built.model.programs.stage_from[[u.report for u in built.units].index("alpha-lung")]
    start = built.units[[u.report for u in built.units].index("alpha-lung")].start
    assert still_to_come(built.model, s, start + 1.0) > 1.3 * still_to_come(built.model, s, start)


def test_other_programs_keep_their_luck(built):
    other = built.labels.reports.index("delta-skin")
    _, base, counts = lived(built.model)
    _, moved, later_counts = lived(later(built, "gamma-breast", 2.0))
    assert base[0]["program_sums"][other, n.NPV] == moved[0]["program_sums"][other, n.NPV]
    assert np.array_equal(counts["launches"][other], later_counts["launches"][other])


@pytest.mark.parametrize(
    ("spend", "start", "shares"),
    [
        (0, -1.0, [0.0, 0.5, 0.75]),
        (0, 0.5, [1.0, 1.0, 1.0]),
        (1, -0.1, [0.0, 0.0, 0.0]),
        (1, 0.0, [1.0, 1.0, 1.0]),
        (2, -1.0, [0.0, 1.0, 1.0]),
        (3, -1.5, [0.0, 1.0, 1.0]),
    ],
)
def test_what_is_still_to_be_spent(spend, start, shares):
    assert ahead(spend, start, np.array([1.0, 2.0, 4.0])).tolist() == pytest.approx(shares)
