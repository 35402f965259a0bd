"""Readiness in one number: the average site, its parts, its spread, and the company that takes it."""

import pytest

import echelon
from echelon.company.diagnostics import CompanyError
from echelon.company.overlay import apply
from echelon.company.rows.supply import Inspection
from echelon.company.write import write_company
from echelon.readiness.score import (
    AVERAGE,
    WEIGHTS,
    Part,
    changes,
    counted_part,
    gaps_part,
    into_company,
    readiness,
)


def parts(value=None, spread=0.1):
    return {name: Part(v * (1 - spread), v, v + (1 - v) * spread) for name in WEIGHTS
            for v in [AVERAGE[name] if value is None else value]}  # fmt: skip


def test_the_average_site_is_at_one_half():
    made = readiness(parts())
    assert made.middle == pytest.approx(0.5)
    assert made.low < 0.5 < made.high
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("name", WEIGHTS)
def test_each_part_counts_in_its_direction_and_by_its_weight(name):
    base = parts()
    up, down = (readiness(base | {name: Part(v, v, v)}).middle for v in (0.9, 0.1))
    assert down < 0.5 < up


def test_what_was_not_measured_widens_the_range():
    whole, less = readiness(parts()), readiness({k: v for k, v in parts().items() if k != "people"})
    assert less.missing == ("people",)
    assert less.high - less.low > whole.high - whole.low
    assert readiness({}).middle == pytest.approx(0.5)


def test_a_part_that_cannot_be():
    with pytest.raises(ValueError, match="did you mean `people`"):
        readiness({"poeple": Part(0, 0, 0)})
    with pytest.raises(ValueError, match="low to high within 0 to 1"):
        Part(0.5, 0.4, 0.6)
    with pytest.raises(ValueError, match="5 of 4"):
        counted_part(5, 4)


def test_counted_and_gap_parts():
    part = counted_part(80, 100)
    assert part.low < 0.8 < part.high
    assert (part.low, part.high) == pytest.approx((0.745, 0.846), abs=0.005)
    assert gaps_part((0.0729, 0.0729, 0.0729)).middle == pytest.approx(0.5, abs=1e-3)
    assert gaps_part((0.01, 0.05, 0.2)).low < gaps_part((0.01, 0.05, 0.1)).low


def test_it_goes_into_a_company_and_is_read_again(tmp_path):
    company = echelon.load(echelon.example("top_alliance"))
    made = readiness(parts(0.9))
    new = into_company(company, made, "lingang", "us")
    row = next(row for row in new.rows(Inspection) if (row.site, row.territory) == ("lingang", "us"))
    assert row.readiness == round(made.middle, 4) > 0.7
    write_company(new, tmp_path / "c")
    assert echelon.load(tmp_path / "c").rows(Inspection) == new.rows(Inspection)
    with pytest.raises(CompanyError, match="no row of site `lingangg`"):
        into_company(company, made, "lingangg", "us")
    scenarios = changes(made, "lingang", "us")
    changed = apply(company, scenarios["readiness"])
    again = next(row for row in changed.rows(Inspection) if (row.site, row.territory) == ("lingang", "us"))
    assert again.readiness == pytest.approx(made.middle, abs=1e-4)
    low, high = (
        next(
            r.readiness
            for r in apply(company, scenarios[name]).rows(Inspection)
            if r.site == "lingang" and r.territory == "us"
        )
        for name in ("readiness-low", "readiness-high")
    )
    assert low < made.middle < high
