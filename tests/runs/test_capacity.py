"""What capacity is worth: starts, sets, lines that are short, against building nothing."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import echelon
from echelon.company.rows.base import Uncertain
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Expansion, Line
from echelon.futures.rules import numbers as n
from echelon.runs.capacity import WAITS, Capacity, capacity, litres_of, projects, told_apart
from echelon.runs.making import shortages, stocks
from echelon.runs.paired import Pairing
from echelon.runs.run import RunError
from echelon.runs.simulate import Order

FUTURES = 256


@pytest.fixture(scope="module")
def company():
    return echelon.load(echelon.example("network"))


@pytest.fixture(scope="module")
def found(company) -> Capacity:
    return capacity(Order(company, FUTURES, 5), threads=2)


@pytest.fixture(scope="module")
def nothing(company):
    return Pairing(Order(company, FUTURES, 5), 2).base()


def test_every_set_is_tried_at_every_start(found, company):
    plants = list(projects(list(company.rows(Expansion))))
    assert found.sizes.height == 1 + len(plants) * len(WAITS)
    assert found.sizes["built"].unique(maintain_order=True).to_list() == [
        "",
        *(";".join(plants[: k + 1]) for k in range(len(plants))),
    ]
    day = company.settings.company.as_of
    assert found.sizes["starts"][1] == day.isoformat()
    assert all(text >= day.isoformat() for text in found.sizes["starts"].to_list()[1:])
    assert (
        found.sizes["litres"][0]
        == litres_of(company)
        == sum(row.litres or 0.0 for row in company.rows(Line) if row.step == "cell-culture")
    )


def first_project(company) -> list[Expansion]:
    return next(iter(projects(list(company.rows(Expansion))).values()))


def test_a_project_is_decided_as_one():
    def row(name: str, project: str) -> Expansion:
        months = Uncertain.fixed(12)
        return Expansion(id=name, project=project, site="a", litres=1, capital=1, build=months, licence=months)

    found = projects([row("fill", ""), row("one", "plant"), row("two", ""), row("one-pure", "plant")])
    assert {name: [r.id for r in rows] for name, rows in found.items()} == {
        "fill": ["fill"], "plant": ["one", "one-pure"], "two": ["two"],
    }  # fmt: skip


def test_a_difference_is_that_of_the_plan_lived_by_hand(found, company):
    rows = [row.model_copy(update={"starts": None, "trigger": None}) for row in company.rows(Expansion)]
    bare = company.with_rows(Expansion, rows)
    pairing = Pairing(Order(bare, FUTURES, 5), 1)
    one = found.sizes.row(2, named=True)
    start = date.fromisoformat(one["starts"])
    built = pairing.chosen(*(Choice(action="build", target=row.id, on=start) for row in first_project(company)))
    worth = built.less(pairing.base())
    assert (one["difference"], one["se"]) == (pytest.approx(worth.mean), pytest.approx(worth.se))
    first = built.results.measures[:, n.FIRST_SHORT_AT]
    assert one["p_short"] == pytest.approx(np.isfinite(first).mean())
    assert one["p_short_5"] == pytest.approx((np.nan_to_num(first, nan=99.0) < 5).mean())


def test_shortage_grows_with_time_and_shrinks_with_capacity(found):
    sizes = found.sizes
    assert (sizes["p_short_5"] <= sizes["p_short_10"]).all()
    assert (sizes["p_short_10"] <= sizes["p_short"]).all()
    assert (sizes["lost_sales"][1:] <= sizes["lost_sales"][0]).all()
    assert sizes["lost_sales"][0] > 0.0
    rises = found.lines.group_by("site", "step").agg(
        (pl.col("p_short_by").diff().drop_nulls() >= -1e-12).all().alias("rises")
    )
    assert rises["rises"].all()


def test_one_best_start_a_set_and_it_is_as_good_as_itself(found):
    for built in found.sizes["built"].unique():
        mine = found.sizes.filter(pl.col("built") == built)
        best = mine.filter(pl.col("best"))
        assert best.height == 1
        assert best["as_good"][0]
        assert best["difference"][0] == mine["difference"].max()


def test_a_start_is_as_good_only_by_its_own_paired_difference(company, found):
    day = company.settings.company.as_of
    built = found.sizes["built"][-1]
    mine = found.sizes.filter(pl.col("built") == built)
    pairing = Pairing(Order(company, FUTURES, 5), 2)
    rows = [row.model_copy(update={"starts": None, "trigger": None}) for row in pairing.company.rows(Expansion)]
    bare = pairing.company.with_rows(Expansion, rows)
    values = [
        pairing.other(
            bare,
            tuple(
                Choice(action="build", target=name, on=day.replace(year=day.year + wait)) for name in built.split(";")
            ),
        ).value
        for wait in WAITS
    ]
    best = int(np.argmax([value.mean() for value in values]))
    for row, value in zip(mine.to_dicts(), values, strict=True):
        gap = values[best] - value
        assert row["as_good"] == (abs(gap.mean()) <= 2.0 * gap.std(ddof=1) / np.sqrt(FUTURES))
    assert not mine["as_good"].all()


def test_choices_to_build_in_the_plan_are_put_aside(company, found):
    plan = {"soon": (Choice(action="build", target=company.rows(Expansion)[0].id, on=date(2026, 6, 30)),)}
    planned = type(company)(company.settings, company.tables, plan, {})
    again = capacity(Order(planned, FUTURES, 5, plan="soon"), threads=1)
    assert again.sizes.equals(found.sizes)


def test_rules_of_the_plan_that_build_are_put_aside(company, found):
    rule = Choice(action="build_above", target=company.rows(Expansion)[0].id, value=0.0, years=5.0)
    planned = type(company)(company.settings, company.tables, {"soon": (rule,)}, {})
    again = capacity(Order(planned, FUTURES, 5, plan="soon"), threads=1)
    assert again.sizes.equals(found.sizes)


def test_lines_that_are_never_short_are_worth_nothing_more(company, found):
    ample = [
        row.model_copy(update={"litres": (row.litres or 0) * 1e6 or None, "rate": (row.rate or 0) * 1e6 or None})
        for row in company.rows(Line)
    ]
    again = capacity(Order(company.with_rows(Line, ample).with_rows(Expansion, []), FUTURES, 5), threads=1)
    assert again.unlimited == pytest.approx(0.0, abs=1e-9 * found.unlimited)
    assert (found.sizes["difference"][1:] < found.unlimited).all()


def test_a_company_on_29_february_has_starts_in_every_year(company):
    settings = company.settings.model_copy(
        update={"company": company.settings.company.model_copy(update={"as_of": date(2028, 2, 29)})}
    )
    leap = type(company)(settings, company.tables, {}, {})
    starts = capacity(Order(leap, 4, 5), threads=1).sizes["starts"].to_list()
    assert starts[1:4] == ["2028-02-29", "2029-02-28", "2030-02-28"]


def test_no_lines_and_no_limit_are_said(company):
    with pytest.raises(RunError, match="no `lines`"):
        capacity(Order(echelon.load(echelon.example("biotech")), 8, 1), threads=1)
    off = company.settings.model_copy(
        update={"couplings": company.settings.couplings.model_copy(update={"supply": False})}
    )
    with pytest.raises(RunError, match=r"couplings\.supply"):
        capacity(Order(type(company)(off, company.tables, {}, {}), 8, 1), threads=1)


def test_many_sets_are_told_by_the_last_of_each_size(found):
    few = told_apart(found)
    assert few == [name for name in found.sizes["built"].unique(maintain_order=True) if name]
    rows = [found.sizes.row(1, named=True) | {"built": f"x{i}", "litres": 1000.0 * (i // 3)} for i in range(7)]
    many = Capacity(found.info, pl.DataFrame(rows, schema=found.sizes.schema), found.lines, 0.0, 0.0)
    assert told_apart(many) == ["x2", "x5", "x6"]


def test_stocks_balance_and_serve_no_more_than_is_asked(nothing):
    table = stocks(nothing.results)
    last = table.filter(pl.col("asked").is_not_null())
    assert (last["served"] <= last["asked"] + 1e-6).all()
    for (_, _, _), mine in table.group_by("asset", "territories", "stage", maintain_order=True):
        opening = mine["stock"].to_numpy()[:-1]
        flow = (mine["released"] - mine["used"] - mine["expired"]).to_numpy()[1:]
        np.testing.assert_allclose(opening + flow, mine["stock"].to_numpy()[1:], rtol=1e-9, atol=1e-6)


def test_shortages_end_at_no_more_than_any_shortage(nothing):
    table = shortages(nothing.results)
    ever = float(np.isfinite(nothing.results.measures[:, n.FIRST_SHORT_AT]).mean())
    last = table.group_by("site", "step", maintain_order=True).last()
    assert last["p_short_by"].max() <= ever <= last["p_short_by"].sum() + 1e-12
    row = last.row(0, named=True)
    assert row["p_short_by_se"] == pytest.approx(np.sqrt(row["p_short_by"] * (1 - row["p_short_by"]) / FUTURES))
