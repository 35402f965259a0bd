"""Five years of a plan: what is worked out by hand comes out, and every table says the same as the run does."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.support.companies import everything_on

import echelon
from echelon.company.rows.base import Uncertain
from echelon.company.rows.money import Change
from echelon.company.rows.supply import Expansion
from echelon.futures.rules import numbers as n
from echelon.plans.five_years import FiveYears, band, difference, five_years, measured_against
from echelon.plans.happenings import KINDS
from echelon.plans.yardsticks import AS_IT_STANDS, DO_NOTHING, FUND_EVERYTHING
from echelon.runs.paired import Lived, Pairing
from echelon.runs.results import worst_mean
from echelon.runs.run import RunError
from echelon.runs.simulate import Order

FUTURES = 4096


@pytest.fixture(scope="module")
def textbook() -> FiveYears:
    return five_years(Order(echelon.load(echelon.example("textbook")), FUTURES, 3), threads=2)


@pytest.fixture(scope="module")
def order() -> Order:
    return Order(everything_on(), 512, 5, plan="all")


@pytest.fixture(scope="module")
def found(order: Order) -> FiveYears:
    return five_years(order, threads=2)


@pytest.fixture(scope="module")
def lived(order: Order) -> Lived:
    return Pairing(order, 1).base()


def chance(found: FiveYears, kind: str, subject: str, what: str, year: int, plan: str = "") -> float:
    rows = found.events.filter(
        (pl.col("plan") == (plan or found.plan))
        & (pl.col("kind") == kind)
        & (pl.col("subject") == subject)
        & (pl.col("what") == what)
        & (pl.col("year") == year)
    )
    return rows["probability"].sum()


def amount(found: FiveYears, what: str, year: int, plan: str = "", column: str = "mean") -> float:
    rows = found.money.filter(
        (pl.col("plan") == (plan or found.plan)) & (pl.col("what") == what) & (pl.col("year") == year)
    )
    return rows[column].item()


@pytest.mark.parametrize(
    ("kind", "subject", "what", "year", "p"),
    [
        # A stage of two years that begins as 2026 does reads out as 2028 begins.
        ("passes", "amber-main", "large-trial", 2028, 0.5),
        ("fails", "amber-main", "large-trial", 2028, 0.5),
        ("starts", "amber-main", "filing", 2028, 0.5),
        ("approved", "amber-main", "home", 2029, 0.45),
        ("launches", "amber-main", "home", 2029, 0.45),
        ("fails", "amber-main", "filing", 2029, 0.05),
        ("first_launch", "birch-main", "", 2027, 0.9),
        ("passes", "cedar-main", "small-trial", 2027, 0.6),
        ("starts", "cedar-main", "large-trial", 2027, 0.6),
        ("passes", "cedar-main", "large-trial", 2029, 0.3),
        ("first_launch", "cedar-main", "", 2030, 0.27),
    ],
)
def test_chances_are_those_worked_out_by_hand(
    textbook: FiveYears, kind: str, subject: str, what: str, year: int, p: float
) -> None:
    assert textbook.years == (2026, 2027, 2028, 2029, 2030)
    error = (p * (1 - p) / FUTURES) ** 0.5
    assert chance(textbook, kind, subject, what, year) == pytest.approx(p, abs=4 * error)
    for other in set(textbook.years) - {year}:
        assert chance(textbook, kind, subject, what, other) == 0.0


def test_what_is_under_way_does_not_start(textbook: FiveYears) -> None:
    assert chance(textbook, "starts", "amber-main", "large-trial", 2026) == 0.0
    assert chance(textbook, "starts", "birch-main", "filing", 2026) == 0.0


def test_money_is_that_worked_out_by_hand(textbook: FiveYears) -> None:
    # 40 over two years, 4 and 8 over one.
    assert amount(textbook, "research", 2026) == pytest.approx(20 + 4 + 8)
    assert amount(textbook, "sales", 2026) == 0.0
    error = (0.9 * 0.1 / FUTURES) ** 0.5 * 60
    assert amount(textbook, "sales", 2027) == pytest.approx(0.9 * 60, abs=4 * error)
    assert amount(textbook, "sales", 2027, column="q50") == pytest.approx(60)
    for year in textbook.years:
        parts = {what: amount(textbook, what, year) for what in ("money in", "money out", "net")}
        assert parts["money in"] - parts["money out"] == pytest.approx(parts["net"])


def test_doing_nothing_is_worth_nothing_here(textbook: FiveYears) -> None:
    nothing = textbook.values.filter(pl.col("plan") == DO_NOTHING).to_dicts()[0]
    assert (nothing["enpv"], nothing["cvar_5"], nothing["launches"], nothing["p_loss"]) == (0.0, 0.0, 0.0, 0.0)
    kinds = textbook.events.filter(pl.col("plan") == DO_NOTHING)["kind"].unique().to_list()
    assert kinds == ["stops"]
    against = textbook.differences.filter(pl.col("against") == DO_NOTHING).to_dicts()[0]
    assert against["mean"] == pytest.approx(248.758916, abs=4 * against["se"])
    assert against["low_95"] == pytest.approx(against["mean"] - 1.645 * against["se"], rel=1e-3)
    # Nothing is held up for want of cash, so funding everything is what happens anyway.
    same = textbook.differences.filter(pl.col("against") == FUND_EVERYTHING).to_dicts()[0]
    assert (same["mean"], same["se"], same["low_95"]) == (0.0, 0.0, 0.0)


def test_every_table_says_what_the_run_says(found: FiveYears, lived: Lived) -> None:
    results, futures = lived.results, lived.results.futures
    value = found.values.to_dicts()[0]
    measures = results.measures[:, n.ENPV]
    assert value["enpv"] == pytest.approx(measures.mean())
    assert value["cvar_5"] == pytest.approx(worst_mean(measures, 0.05))
    yearly = results.yearly().filter(pl.col("year").is_in(found.years)).to_dicts()
    for row in yearly:
        for line in n.LINE_NAMES:
            assert amount(found, line, row["year"]) == pytest.approx(row[line])
    launches = results.launches().filter(pl.col("year").is_in(found.years)).to_dicts()
    counted = found.counts.filter((pl.col("plan") == "all") & (pl.col("what") == "first_launch"))["mean"].to_list()
    assert counted == pytest.approx([row["programs"] for row in launches])
    approved = results.counts["approvals"]
    slots = {r for r, kind in zip(results.labels.reports, results.labels.report_kind, strict=True) if kind == "slot"}
    for f, (program, territory, held) in enumerate(results.labels.pairs):
        if program in slots or held or not results.labels.leads[f]:
            continue
        for year in found.years:
            at = results.labels.years.index(year)
            assert chance(found, "approved", program, territory, year) == pytest.approx(approved[f, at] / futures)


def test_cash_and_floor_by_hand(found: FiveYears, lived: Lived) -> None:
    first = lived.results.measures[:, n.FIRST_UNDER_FLOOR]
    quarters = found.cash.filter(pl.col("plan") == "all")["quarter"].to_list()
    within = (first <= 0.25 * len(quarters)).mean()
    assert within > 0
    assert found.values["p_under_floor"][0] == pytest.approx(within)
    by = found.floor.filter(pl.col("plan") == "all")
    assert by["p_under_floor_by"].to_list()[-1] == pytest.approx(within)
    assert by["p_under_floor_by"].is_sorted()
    assert (by["p_under_floor"] <= by["p_under_floor_by"]).all()
    ends = found.cash.filter((pl.col("plan") == "all") & pl.col("quarter").str.ends_with("Q4"))
    assert ends["mean"].to_list()[-5:] == pytest.approx([amount(found, "cash", year) for year in found.years])


def test_events_keep_to_their_order(found: FiveYears) -> None:
    one = found.events.filter((pl.col("plan") == "all") & (pl.col("subject") == "beta-lung"))
    total = {
        (kind, what): p for kind, what, p in one.group_by("kind", "what").agg(pl.col("mean").sum()).iter_rows()
    }  # fmt: skip
    # As much reads out as is begun, and the next stage starts at most as often as it may be reached.
    assert total["passes", "phase2"] + total["fails", "phase2"] <= 1.0 + 1e-9
    # It is started at risk, before the readout: oftener than phase 2 passes.
    assert total["passes", "phase2"] < total["starts", "phase3"] <= 1.0
    assert total["passes", "phase3"] + total.get(("fails", "phase3"), 0.0) <= total["starts", "phase3"]
    assert total["first_launch", ""] <= total["passes", "phase3"]


def test_the_plans_own_choices_happen_on_their_day(found: FiveYears) -> None:
    assert chance(found, "decided", "plant-c", "", 2026) == 1.0
    assert chance(found, "signed", "gamma-east", "", 2026) == 1.0
    assert chance(found, "signed", "gamma-east", "", 2026, DO_NOTHING) == 0.0
    assert chance(found, "decided", "plant-c", "", 2026, DO_NOTHING) == 0.0
    licensed = [chance(found, "licensed", "plant-c", "", year) for year in found.years]
    assert sum(licensed) == 1.0
    assert licensed[0] == licensed[1] == 0.0  # at least 16 months to build and 6 to license
    assert chance(found, "stops", "gamma-next", "", 2029) > 0.0
    assert found.events.filter((pl.col("plan") == FUND_EVERYTHING) & (pl.col("kind") == "stops")).filter(
        pl.col("subject") == "gamma-next"
    ).is_empty()  # fmt: skip


def test_candidates_are_told_together(found: FiveYears) -> None:
    one = found.events.filter((pl.col("plan") == "all") & (pl.col("subject") == "engine"))
    assert not one.is_empty()
    assert not found.events["subject"].str.contains("engine-").any()
    assert set(found.events["kind"]) <= set(KINDS)
    starts = one.filter((pl.col("kind") == "starts") & (pl.col("what") == "preclinical"))
    assert (starts["mean"] >= starts["probability"]).all()


def test_a_project_is_decided_first_and_licensed_last(order: Order) -> None:
    months = Uncertain.fixed
    company = order.company
    rows = [row for row in company.rows(Expansion) if row.id == "plant-d"]
    late = {"a": date(2026, 2, 1), "b": date(2028, 2, 1)}
    rows += [
        Expansion(id=name, project="both", site="plant", litres=10, capital=1.0, build=months(12), licence=months(6),
                  starts=day)
        for name, day in late.items()
    ]  # fmt: skip
    bare = replace(company.with_rows(Expansion, rows), plans={})
    told = five_years(Order(bare, 64, 1), against=())
    assert chance(told, "decided", "both", "", 2026) == 1.0
    assert chance(told, "decided", "both", "", 2028) == 0.0
    assert chance(told, "licensed", "both", "", 2029) == 1.0
    assert told.plans == (AS_IT_STANDS,)
    assert told.differences.is_empty()


def test_threads_and_the_rest_of_the_plans_change_nothing(order: Order, found: FiveYears) -> None:
    alone = five_years(order, against=["do-nothing"], threads=3)
    assert alone.plans == ("all", DO_NOTHING)
    for table in ("values", "events", "counts", "money", "cash", "floor", "choices"):
        mine = getattr(found, table).filter(pl.col("plan").is_in(alone.plans))
        assert getattr(alone, table).equals(mine), table


def test_plans_may_be_given_by_hand(order: Order, found: FiveYears) -> None:
    rows = order.choices()
    named = five_years(Order(order.company, 512, 5), {"mine": rows, "less": rows[1:]}, against=())
    assert named.plans == ("mine", "less")
    assert named.info["plan"] == "mine"
    assert named.values["enpv"][0] == pytest.approx(found.values["enpv"][0], rel=1e-12)
    assert named.choices.filter(pl.col("plan") == "less").height == len(rows) - 1


def test_a_wrong_order_says_what_would_be_right(order: Order) -> None:
    with pytest.raises(RunError, match=r"there is no plan `nothing`.*all, as-it-stands, do-nothing, fund-everything"):
        measured_against(order.company, ["nothing"])
    with pytest.raises(RunError, match="give at least one"):
        five_years(order, {}, against=())
    general = order.company.settings.company.model_copy(update={"horizon_years": 1})
    short = order.company.with_settings(order.company.settings.model_copy(update={"company": general}))
    with pytest.raises(RunError, match="holds no whole year"):
        five_years(Order(short, 8, 1))


def test_a_yardstick_follows_the_scenario(order: Order) -> None:
    change = Change(table_name="expansions", id="plant-c", column="trigger", value="0.0")
    company = replace(order.company, scenarios={"eager": (change,)})
    told = five_years(Order(company, 64, 1, scenario="eager"), {"none": ()}, against=["do-nothing"])
    # Decided in the first quarter, which lies before the five years.
    assert sum(chance(told, "licensed", "plant-c", "", year) for year in told.years) > 0.9
    assert sum(chance(told, "licensed", "plant-c", "", year, DO_NOTHING) for year in told.years) == 0.0


def test_difference_and_band_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 6.0])
    found = difference(values)
    # Student's t at 95 % with three degrees of freedom is 2.353; the spread is sqrt(14/3).
    assert found["mean"] == 3.0
    assert found["low_95"] == pytest.approx(3.0 - 2.35336 * (14 / 3) ** 0.5 / 2, abs=1e-4)
    assert found["p_better"] == 1.0
    assert band(values)["q50"] == 2.5
