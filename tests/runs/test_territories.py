"""Territories of a run: status, who sells, and the chance that any program of an asset is approved by a year's end."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import echelon
from echelon.company.rows.market import Deal, Filing
from echelon.company.rows.science import Asset, Program
from echelon.runs.run import Run, open_run

FUTURES = 600


@pytest.fixture(scope="module")
def run() -> Run:
    return echelon.simulate(echelon.load(echelon.example("top_alliance")), futures=FUTURES, seed=5, threads=2)


@pytest.fixture(scope="module")
def by_pair(run: Run) -> pl.DataFrame:
    assets = {row.id: row.asset for row in run.company.rows(Program)}
    known = run.table("approvals").filter(pl.col("program").is_in(list(assets)))
    return known.with_columns(pl.col("program").replace_strict(assets).alias("asset"))


def of(run: Run, asset: str, territory: str) -> pl.DataFrame:
    return run.territories().filter((pl.col("asset") == asset) & (pl.col("territory") == territory)).sort("year")


def test_every_active_asset_has_every_territory_and_year(run):
    table = run.territories()
    assets = [row.id for row in run.company.rows(Asset) if row.status == "active"]
    years = run.table("approvals")["year"].n_unique()
    assert len(table) == len(assets) * len(run.company.tables["territories"]) * years
    assert table.select("asset", "territory", "year").is_duplicated().sum() == 0
    assert set(table["status"]) == {"held", "filed", "planned", "open"}


def test_status_is_that_of_the_filings(run):
    assets = {row.id: row for row in run.company.rows(Program) if row.status == "active"}
    best: dict[tuple[str, str], set[str]] = {}
    for filing in run.company.rows(Filing):
        if filing.program in assets:
            best.setdefault((assets[filing.program].asset, filing.territory), set()).add(filing.status)
    named = {"approved": "held", "filed": "filed", "planned": "planned"}
    for asset, territory, status in run.territories().select("asset", "territory", "status").unique().iter_rows():
        statuses = best.get((asset, territory), set())
        expected = next((named[word] for word in named if word in statuses), "open")
        assert status == expected, (asset, territory)


def test_one_filing_has_the_tally_of_all_futures(run, by_pair):
    single = by_pair.group_by("asset", "territory", "year").agg(pl.len(), pl.col("p_approved").first())
    joined = run.territories().join(single.filter(pl.col("len") == 1), on=["asset", "territory", "year"])
    assert len(joined) > 500
    assert joined["p_approved"].to_list() == joined["p_approved_right"].to_list()
    assert set(joined["futures"]) == {FUTURES}


def test_several_filings_count_once_by_their_first_approval(run):
    # Counted anew from the events, future by future; every future of this run is among them.
    assets = {row.id: row.asset for row in run.company.rows(Program)}
    events = run.table("events").filter((pl.col("event") == "approved") & pl.col("program").is_in(list(assets)))
    events = events.with_columns(pl.col("program").replace_strict(assets).alias("asset"))
    first = events.group_by("asset", "what", "future").agg(pl.col("time").min())
    for asset, territory in (("js001", "ca"), ("js001", "ch"), ("js004", "cn"), ("js001sc", "cn")):
        found = of(run, asset, territory)
        assert set(found["status"]) <= {"filed", "planned"}
        times = first.filter((pl.col("asset") == asset) & (pl.col("what") == territory))["time"].to_numpy()
        # as_of is 30 September 2025: the first year ends a quarter later.
        for year, share in found.select("year", "p_approved").iter_rows():
            assert share == pytest.approx(((times < year - 2025 + 0.25).sum()) / FUTURES), (asset, territory, year)


def test_several_filings_lie_between_the_best_and_the_sum(run, by_pair):
    bounds = by_pair.group_by("asset", "territory", "year").agg(
        pl.len(), pl.col("p_approved").max().alias("low"), pl.col("p_approved").sum().alias("high")
    )
    joined = run.territories().join(bounds.filter(pl.col("len") > 1), on=["asset", "territory", "year"])
    assert len(joined) > 100
    assert (joined["p_approved"] >= joined["low"] - 1e-12).all()
    assert (joined["p_approved"] <= joined["high"].clip(upper_bound=1.0) + 1e-12).all()
    strict = joined.filter((pl.col("p_approved") > pl.col("low")) & (pl.col("p_approved") < pl.col("high")))
    assert len(strict) > 20, "approvals of one asset are neither the same event nor apart"


def test_probabilities_never_fall_and_open_ones_stay_at_nought(run):
    for _, part in run.territories().group_by("asset", "territory"):
        share = part.sort("year")["p_approved"].to_numpy()
        assert (np.diff(share) >= 0).all()
        status = part["status"][0]
        assert status not in ("held", "open") or set(share) == {1.0 if status == "held" else 0.0}


@pytest.mark.parametrize(
    ("territory", "status", "sells", "deal"),
    [
        ("cn", "held", "own", ""),
        ("us", "held", "Coherus", "coherus-js001"),
        ("eu", "held", "LEO Pharma", "leo-js001"),
        ("ca", "filed", "Apotex (from Coherus)", "apotex-js001"),
        ("sg", "held", "own", ""),
        ("tw", "open", "", ""),
    ],
)
def test_who_sells_toripalimab(run, territory, status, sells, deal):
    row = of(run, "js001", territory).row(0, named=True)
    assert (row["status"], row["sells"], row["deal"]) == (status, sells, deal)


def test_countries_and_options(run):
    row = of(run, "js001", "eu").row(0, named=True)
    assert (len(row["countries"].split(";")), row["members"]) == (30, 30)
    assert of(run, "js001", "au")["option"][0] == "Dr. Reddy's"
    assert of(run, "js001", "cn")["option"][0] == ""


def test_a_deal_that_has_ended_sells_nothing_and_a_promoter_sells_for_us():
    company = echelon.load(echelon.example("textbook"))
    asset = next(row.id for row in company.rows(Asset))
    ended = Deal(id="a", partner="Gone", asset=asset, territories=("home",), ends=date(2001, 1, 1), royalty=0.1)
    helper = Deal(id="b", partner="Helper", asset=asset, territories=("home",), route="promotion", royalty=0.0)
    for deals, sells in (((), "own"), ((ended,), "own"), ((ended, helper), "own, promoted by Helper")):
        run = echelon.simulate(company.with_rows(Deal, deals), futures=40, seed=1, threads=1)
        assert of(run, asset, "home")["sells"][0] == sells


def test_kept_with_the_run(tmp_path):
    made = echelon.simulate(
        echelon.load(echelon.example("textbook")), futures=60, seed=1, threads=1, out=tmp_path / "r"
    )
    assert open_run(tmp_path / "r").territories().equals(made.territories())
