"""Scenarios: what a change does, and what it refuses."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError
from echelon.company.overlay import apply, uncoupled, with_scenario
from echelon.company.read import load
from echelon.company.rows import TABLES, Change
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Sales
from echelon.company.rows.science import Program

GOOD = Path(__file__).parent / "gallery" / "good"


@pytest.fixture
def company() -> Company:
    return load(GOOD)


def change(table: str, key: str, column: str, value: str) -> Change:
    return Change(table_name=table, id=key, column=column, value=value)


def peak(company: Company) -> Uncertain:
    found = company.get(Sales, "amber-nsclc")
    assert found
    return found.peak_sales


def test_factor_scales_the_whole_range(company: Company) -> None:
    changed = apply(company, [change("sales", "*", "peak_sales", "*0.5"), change("sales", "*", "peak_sales", "/ 2")])
    assert peak(changed) == Uncertain(low=25, mode=75, high=125)
    assert peak(company) == Uncertain(low=100, mode=300, high=500)


def test_factor_on_one_part(company: Company) -> None:
    assert peak(apply(company, [change("sales", "amber-nsclc", "peak_sales_high", "*2")])).high == 1000


def test_range_may_move_step_by_step(company: Company) -> None:
    parts = [("low", "1000"), ("mode", "2000"), ("high", "3000")]
    changes = [change("sales", "amber-nsclc", f"peak_sales_{part}", value) for part, value in parts]
    assert peak(apply(company, changes)) == Uncertain(low=1000, mode=2000, high=3000)


def test_text_and_blank_cells(company: Company) -> None:
    changed = apply(
        company, [change("programs", "*", "stage", "phase3"), change("programs", "*", "strength_mode", "1.5")]
    )
    program = changed.get(Program, "amber-nsclc")
    assert program
    assert (program.stage, program.strength) == ("phase3", Uncertain.fixed(1.5))


def test_settings(company: Company) -> None:
    changes = [
        change("company", "", "couplings.asset", "0"),
        change("company", "*", "money.cogs", "*2"),
        change("company", "", "couplings.supply", "false"),
    ]
    found = apply(company, changes).settings
    assert (found.couplings.asset, found.money.cogs, found.couplings.supply) == (0, 0.3, False)


def test_same_value_and_no_change(company: Company) -> None:
    assert apply(company, [change("programs", "amber-nsclc", "stage", "phase2")]) == company
    assert apply(company, []) == company


def test_every_wrong_change_is_told(company: Company) -> None:
    changes = [
        change("sale", "*", "a", "1"),
        change("sales", "*", "decline", "2"),
        change("company", "", "money.cash", "1"),
    ]
    with pytest.raises(CompanyError) as caught:
        apply(company, changes)
    assert [(d.place.line, d.code) for d in caught.value.diagnostics] == [(1, "E208"), (2, "E104"), (3, "E208")]


def test_uncoupled(company: Company) -> None:
    found = uncoupled(company).settings
    switched = found.couplings.model_dump()
    assert switched.pop("filing") == 1
    assert not any(switched.values())
    assert found.money.tax_rate == 0
    assert with_scenario(company, "uncoupled") == uncoupled(company)


def test_named_scenario(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path / "c")
    (tmp_path / "c/scenarios").mkdir()
    (tmp_path / "c/scenarios/low.csv").write_text("table_name,id,column,value\nsales,*,peak_sales,*0.5\n")
    company = load(tmp_path / "c")
    assert peak(with_scenario(company, "low")).mode == 150


def test_unknown_scenario(company: Company) -> None:
    with pytest.raises(CompanyError) as caught:
        with_scenario(company, "uncupled")
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].hint) == ("E209", "did you mean `uncoupled`?")


@given(
    table=st.sampled_from(["company", "sales", "programs", "nothing"]),
    key=st.sampled_from(["", "*", "amber-nsclc", "x"]),
    column=st.sampled_from(
        ["peak_sales", "peak_sales_low", "peak_sales_dist", "stage", "priority", "money.tax_rate", "x"]
    ),
    value=st.text(min_size=1, max_size=8).filter(str.strip)
    | st.sampled_from(["*1e308", "/0", "*-1", "lognormal", "/1e-308"]),
)
def test_any_change_applies_or_is_refused(table: str, key: str, column: str, value: str) -> None:
    company = load(GOOD)
    try:
        changed = apply(company, [change(table, key, column, value)])
    except CompanyError:
        return
    assert all(changed.tables[name].keys() == company.tables[name].keys() for name in TABLES)
