"""What the tables say of visits and listings: odds at a readiness, delays, medians, and whom they leave out."""

import math
from statistics import NormalDist

import polars as pl
import pytest

import echelon
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, Listing
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Inspection
from echelon.runs.access import approvals_held, listing_terms, visit_odds
from echelon.runs.run import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return echelon.simulate(echelon.load(echelon.example("top_alliance")), futures=1500, seed=11)


def mean_of(value: Uncertain) -> float:
    if value.dist == "triangular":
        return (value.low + value.mode + value.high) / 3
    # The mean of a lognormal from its 10 % and 90 % quantiles.
    assert value.dist == "lognormal"
    sigma = math.log(value.high / value.low) / 2 / NormalDist().inv_cdf(0.9)
    return math.sqrt(value.low * value.high) * math.exp(sigma**2 / 2)


def at(run: Run, readiness: float) -> pl.DataFrame:
    rows = [row.model_copy(update={"readiness": readiness}) for row in run.company.rows(Inspection)]
    return visit_odds(run.company.with_rows(Inspection, rows))


def test_odds_at_the_average_site_are_those_stated(run: Run) -> None:
    table = {(row.site, row.territory): row for row in run.company.rows(Inspection)}
    for odds in at(run, 0.5).to_dicts():
        row = table[odds["site"], odds["territory"]]
        assert odds["oai"] == pytest.approx(row.oai)
        late = (row.oai_delay, row.missed_delay, row.control_gap_delay)
        oai, missed, gap = (mean_of(value) for value in late)
        assert odds["delay"] == pytest.approx(row.oai * oai + row.missed * missed + row.control_gap * gap)
        assert odds["p_late"] == pytest.approx(row.oai + row.missed + row.control_gap, rel=0.15), (
            "small chances nearly add up"
        )
        assert odds["p_late"] < row.oai + row.missed + row.control_gap


def test_more_readiness_never_delays_more(run: Run) -> None:
    low, high = at(run, 0.2), at(run, 0.9)
    assert (high["delay"] < low["delay"]).all()
    assert (high["oai"] < low["oai"]).all()
    assert high["control_gap"].to_list() == low["control_gap"].to_list()


def test_futures_count_what_the_odds_say(run: Run) -> None:
    both = visit_odds(run.company).join(run.table("inspections"), on=["site", "territory"], suffix="_seen")
    both = both.filter(pl.col("visits") > 0)
    assert len(both) > 5
    for name in ("oai", "missed", "control_gap"):
        off = (both[f"{name}_seen"] - both[name]).abs() / (
            both[name] * (1 - both[name]) / (both["visits"] * 1500)
        ).sqrt()
        assert off.max() < 4.5


def test_terms_of_listings_are_the_tables(run: Run) -> None:
    terms = listing_terms(run.company)
    rows = {(row.program, row.territory): row for row in run.company.rows(Listing)}
    assert len(terms) > 30
    for line in terms.to_dicts():
        row = rows[line["program"], line["territory"]]
        assert (line["listed"] is not None) == (row.status == "listed")
        if row.price_cut:
            assert row.price_cut.low <= line["cut"] <= row.price_cut.high
    found = terms.filter((pl.col("program") == "js002-hyperchol") & (pl.col("territory") == "cn")).row(0, named=True)
    assert found["cut"] == pytest.approx(0.6), "a symmetric triangle's median is its mode"
    assert (found["renewals"], found["renewal_years"]) == (2, 2.0)
    assert found["renewal_cut"] == pytest.approx((0 + 0.04 + 0.12) / 3)


def test_a_listing_without_a_filing_or_of_a_stopped_program_does_not_act(run: Run) -> None:
    company = run.company
    before = len(listing_terms(company))
    filings = [row for row in company.rows(Filing) if (row.program, row.territory) != ("js001-npc-1l", "cn")]
    assert len(listing_terms(company.with_rows(Filing, filings))) == before - 1
    stopped = [
        row.model_copy(update={"status": "discontinued"}) if row.id == "js002-hyperchol" else row
        for row in company.rows(Program)
    ]
    assert len(listing_terms(company.with_rows(Program, stopped))) == before - 1


def test_approvals_held_are_counted_by_asset(run: Run) -> None:
    table = approvals_held(run.company)
    china = table.filter((pl.col("asset") == "js001") & (pl.col("territory") == "cn"))
    assert china["approved"].to_list() == [12]
    assert table["approved"].sum() == sum(
        row.status == "approved" and run.company.get(Program, row.program).status == "active"  # type: ignore[union-attr]
        for row in run.company.rows(Filing)
    )
