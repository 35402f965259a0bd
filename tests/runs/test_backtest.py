"""The back-test: the replay is what a run adds up, and a future drawn from the model is covered as it should be."""

import math
import re
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import echelon
from echelon.company.company import Company
from echelon.company.read import load
from echelon.company.rows.base import columns
from echelon.company.rows.market import Listing
from echelon.examples import example
from echelon.futures.build.calendar import years_from
from echelon.futures.engine import Engine
from echelon.runs.backtest import Backtest, Case, backtest, telling
from echelon.runs.backtest_page import BEGIN, END, markdown, renew
from echelon.runs.naive import NEVER, Spreadsheet
from echelon.runs.outcomes import Outcome, beside, read_outcomes
from echelon.runs.replay import Asked, open_pairs, replay
from echelon.runs.run import RunError
from echelon.runs.scores import HALF, MOST, covered, pit, pit_time
from echelon.runs.simulate import Order, prepare

FUTURES = 768
AS_OF = date(2018, 12, 31)


@pytest.fixture(scope="module")
def company() -> Company:
    return load(example("top_alliance_2018"))


@pytest.fixture(scope="module")
def made(company: Company) -> Backtest:
    return backtest([(company, read_outcomes(beside(example("top_alliance_2018")), company))], FUTURES, 3)


def whole(company: Company, futures: int = FUTURES) -> tuple[Asked, object]:
    built = prepare(Order(company, futures, 3)).built
    plans = tuple((row.program, row.territory) for row in company.rows(Listing) if row.status == "planned")
    asked = Asked(tuple(open_pairs(built)), plans, (("js001", "cn"),), tuple(range(2019, 2033)))
    return asked, replay(built, asked, futures)


def test_the_replay_is_what_a_run_adds_up(company: Company) -> None:
    asked, seen = whole(company, 1024)
    run = echelon.simulate(company, 1024, 3, threads=1)
    table = run.table("asset_sales").filter(pl.col("asset") == "js001")
    yearly = table.group_by(pl.col("quarter").str.slice(0, 4).cast(pl.Int64).alias("year")).agg(pl.col("sales").sum())
    mean = dict(yearly.iter_rows())
    for y, year in enumerate(asked.years):
        assert seen.sales[:, 0, y].mean() == pytest.approx(mean[year], rel=1e-9)
    table = run.table("approvals").filter(pl.col("year") == 2023)
    for i, (program, territory) in enumerate(asked.approvals):
        said = table.filter((pl.col("program") == program) & (pl.col("territory") == territory))["p_approved"].item()
        years = sum(365 + (year % 4 == 0) for year in range(2019, 2024)) / 365.25
        assert (seen.approved[:, i] <= years).mean() == pytest.approx(said, abs=0.01)


def test_a_future_of_the_model_is_covered_as_often_as_the_bands_say(company: Company) -> None:
    asked, seen = whole(company)
    window = 6.75
    for column, name in ((seen.approved, "approved"), (seen.listed, "listed")):
        likely = [i for i in range(column.shape[1]) if (column[:, i] <= window).mean() >= 0.1]
        assert len(likely) > 5
        for band, level in ((HALF, 0.5), (MOST, 0.8)):
            shares = []
            for i in likely:
                times = column[:, i]
                kept = [pit_time(times, t if t <= window else math.inf, window) for t in times[:256]]
                shares.append(np.mean([covered(place, band) for place in kept]))
            # Half of each share is the spread of 256 futures, the rest how far the first ones differ from all.
            assert np.mean(shares) == pytest.approx(level, abs=0.03), name
            assert max(abs(np.array(shares) - level)) < 5 * math.sqrt(level * (1 - level) / 256)
    for y in range(2, len(asked.years)):
        values = seen.sales[:, 0, y]
        for band, level in ((HALF, 0.5), (MOST, 0.8)):
            share = np.mean([covered(pit(values, value), band) for value in values[:256]])
            assert abs(share - level) < 5 * math.sqrt(level * (1 - level) / 256)


def test_scores_of_the_case(made: Backtest) -> None:
    table = made.tables["scores"]
    assert len(table) == sum(made.info["companies"][0][kind] for kind in ("approvals", "listings", "sales"))
    assert ((table["pit_low"] >= 0) & (table["pit_high"] <= 1) & (table["pit_low"] <= table["pit_high"])).all()
    assert (table["crps"] >= 0).all()
    events = table.filter(pl.col("kind") != "sales")
    assert (events["crps"] <= 12 * events["window"] + 1e-9).all()
    npc = table.filter((pl.col("what") == "Toripalimab, NPC, first line") & (pl.col("kind") == "approval")).to_dicts()[
        0
    ]
    assert npc["happened"] == pytest.approx(years_from(AS_OF, date(2021, 11, 30)))
    assert npc["window"] == pytest.approx(years_from(AS_OF, date(2025, 9, 30)))
    never = events.filter(pl.col("happened").is_null())
    assert (never["pit_high"] == 1.0).all()
    assert never["pit_low"].to_list() == pytest.approx(never["chance"].to_list())


def test_summary_is_the_mean_of_the_scores(made: Backtest) -> None:
    scores = made.tables["scores"]
    for row in made.tables["summary"].to_dicts():
        mine = scores.filter(pl.col("kind") == row["kind"])
        assert row["n"] == len(mine)
        assert row["crps"] == pytest.approx(mine["crps"].mean())
        assert row["cover_80"] == pytest.approx(telling(mine)["in_80"].mean())
        assert row["cover_80_low"] <= row["cover_80"] <= row["cover_80_high"]
        assert row["skill"] == pytest.approx(1 - row["crps"] / row["crps_naive"])
    assert made.tables["pit"].group_by("kind").agg((pl.col("count").sum() - pl.col("n").first()).abs())[
        "count"
    ].max() == pytest.approx(0, abs=1e-9)
    chances = made.tables["chances"]
    assert made.tables["calibration"]["n"].sum() == len(chances)
    assert chances["year"].min() == 2019
    assert chances["year"].max() == 2024  # 2025 ends after the window


def test_seed_and_number_of_futures_tell_the_whole_result(company: Company, made: Backtest) -> None:
    outcomes = read_outcomes(beside(example("top_alliance_2018")), company)
    again = backtest([(company, outcomes)], FUTURES, 3)
    assert all(again.tables[name].equals(frame, null_equal=True) for name, frame in made.tables.items())
    other = backtest([(company, outcomes)], FUTURES, 4)
    assert not other.tables["scores"].equals(made.tables["scores"])


def test_what_the_company_does_not_file_is_told_and_not_scored(company: Company) -> None:
    until = date(2025, 9, 30)
    rows = (
        Outcome(kind="approval", program="js001-melanoma-2l", territory="cn", until=until),  # held already
        Outcome(kind="listing", program="ubp1211-first", territory="cn", until=until),  # no listing planned
        Outcome(kind="approval", program="ubp1211-first", territory="cn", until=until),
    )
    found = backtest([(company, rows)], 16, 1)
    assert found.tables["unforeseen"].select("kind", "what").rows() == [
        ("approval", "js001-melanoma-2l"),
        ("listing", "ubp1211-first"),
    ]
    assert len(found.tables["scores"]) == 1
    assert len(found.info["companies"][0]["without_outcome"]) == len(Case(company, (), 16, 1).silent) - 1


def test_orders_that_cannot_be_met(company: Company) -> None:
    with pytest.raises(RunError, match="at least 2 futures"):
        backtest([(company, ())], 1, 1)
    late = Outcome(kind="sales", asset="js001", territory="cn", year=2040, amount=1.0)
    with pytest.raises(RunError, match="sales of 2040 lie after the horizon, 2033"):
        backtest([(company, (late,))], 16, 1)


def test_a_lower_price_sells_for_less_on_the_same_luck(company: Company) -> None:
    outcomes = tuple(row for row in read_outcomes(beside(example("top_alliance_2018")), company) if row.kind == "sales")
    price = company.tables["prices"]["js001/cn"]
    cheap = price.model_copy(update={"net_price": price.net_price.model_copy(update={"high": 11_800.0})})
    dear = backtest([(company, outcomes)], 64, 3).tables["scores"]["q50"]
    less = backtest([(company.with_rows(type(price), [cheap]), outcomes)], 64, 3).tables["scores"]["q50"]
    assert (less <= dear).all()
    assert less.sum() < dear.sum()


def test_the_spreadsheet_by_hand(company: Company) -> None:
    resolved = prepare(Order(company, 2, 1)).company
    sheet = Spreadsheet(resolved)
    stages = {row.stage: row for row in resolved.tables["stages"].values() if row.program == "ubp1211-first"}
    filing = resolved.tables["filings"]["ubp1211-first/cn"]
    d = stages["phase3"].duration
    read = years_from(AS_OF, date(2017, 11, 1)) + stages["phase3"].overlap * (d.low + d.mode + d.high) / 36
    point = sheet.approval("ubp1211-first", "cn")
    assert point.at == pytest.approx(max(read, 0.0) + filing.review.mode / 12)
    assert point.chance == pytest.approx(stages["phase3"].pos * filing.pos)
    listed = sheet.listing("js001-melanoma-2l", "cn")
    assert listed.at == pytest.approx(years_from(AS_OF, date(2018, 12, 17)) + 2 / 12 + 1)
    assert listed.chance == pytest.approx(0.855)
    assert sheet.approval("ubp1211-first", "us") == NEVER
    assert sheet.listing("ubp1211-first", "cn") == NEVER
    assert sheet.sales("js001", "cn") == 0.0
    later = Spreadsheet(prepare(Order(load(example("top_alliance_2021")), 2, 1)).company)
    assert later.sales("js001", "cn") == pytest.approx(412)
    assert later.sales("js001", "us") == 0.0


def test_files_hold_what_the_tables_hold(made: Backtest, tmp_path) -> None:
    files = made.write(tmp_path / "deep" / "out")
    assert {path.name for path in files} == {f"{name}.{kind}" for name in made.tables for kind in ("csv", "parquet")}
    assert pl.read_parquet(tmp_path / "deep/out/scores.parquet").equals(made.tables["scores"], null_equal=True)
    assert len(pl.read_csv(tmp_path / "deep/out/chances.csv")) == len(made.tables["chances"])


def test_the_figures_of_the_page_are_of_these_outcomes(made: Backtest) -> None:
    """Numbers move with the model; which outcomes there are does not."""
    page = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- figures -->")[2].partition("<!-- end of figures -->")[0]
    ours = markdown(made)

    def cells(text: str, which: tuple[int, ...]) -> set[tuple[str, ...]]:
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
        return {tuple(row[i] for i in which) for row in rows if row[0] == "2018-12-31"}

    assert {row for row in cells(ours, (1, 2, -2)) if row[0].startswith("js001")} <= cells(shown, (1, 2, -2))
    came = {row for row in cells(ours, (1, 2, -1)) if re.fullmatch(r"\d{4}-\d\d", row[2])}
    assert len(came) == 18
    assert came <= cells(shown, (1, 2, -1))


def test_the_page_is_renewed_between_its_marks_and_names_every_column(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}stale\n{END}\nafter\n")
    renew(page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}4,096 futures of each company")
    assert text.endswith(f"{END}\nafter\n")
    assert "stale" not in text
    page.write_text("no marks")
    with pytest.raises(ValueError, match="no place for figures"):
        renew(page)
    shown = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text(encoding="utf-8")
    assert {name for name in columns(Outcome) if f"`{name}`" not in shown} == set()


def test_looking_at_single_futures_leaves_the_engine_as_it_was(company: Company) -> None:
    built = prepare(Order(company, 64, 3)).built
    engine = Engine(built.model, 1)
    first, _ = engine.one(5)
    kept = first.copy()
    engine.one(6)
    again, _ = engine.one(5)
    assert np.array_equal(again, kept, equal_nan=True)
