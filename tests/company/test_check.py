"""Checks of a company made in Python, and what the gallery does not show."""

from datetime import date
from pathlib import Path

from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.diagnostics import Severity, nearest
from echelon.company.read import load
from echelon.company.rows import Choice, Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, Price, Sales, Territory
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import General, Settings

GOOD = Path(__file__).parent / "gallery" / "good"
GENERAL = General(name="x", as_of=date(2026, 6, 30), currency="CNY")
BASE = (
    Asset(id="a", modality="adc", area="oncology"),
    Program(id="p", asset="a", stage="filing"),
    Sales(program="p", peak_sales=Uncertain(low=1, mode=2, high=3), source="made up"),
    Stage(program="p", stage="filing", cost=Uncertain(low=1, mode=2, high=3), source="made up"),
)


def errors(*rows: Row, general: General = GENERAL) -> list[str]:
    company = Company.of(Settings(company=general), (*BASE, *rows))
    return [f"{d.place} {d.code}" for d in check(company) if d.severity is Severity.ERROR]


def test_sound_company() -> None:
    assert errors() == []
    assert check(load(GOOD)) == ()


def test_places_are_names_without_files() -> None:
    assert errors(Deal(id="d", partner="x", asset="a", territories=("us",))) == ["deals/d/territories E201"]


def test_published_costs_need_a_rate_only_where_one_is_blank() -> None:
    assert errors(Program(id="q", asset="a", stage="marketed", status="stopped")) == []
    more = (Program(id="q", asset="a", stage="phase3"), Sales(program="q", peak_sales=Uncertain.fixed(1)))
    assert errors(*more) == ["company/company.currency E311"]
    assert errors(*more, general=GENERAL.model_copy(update={"currency": "USD"})) == []


def test_territory_currency_matters_only_with_prices() -> None:
    territory = Territory(id="us", currency="USD")
    assert errors(territory) == []
    assert errors(territory, Price(asset="a", territory="us", net_price=Uncertain.fixed(1))) == [
        "territories/us/currency E311"
    ]


def test_deals_one_after_the_other_do_not_overlap() -> None:
    first = Deal(id="d", partner="x", asset="a", territories=("us",), ends=date(2025, 1, 1))
    second = Deal(id="e", partner="y", asset="a", territories=("us",), signed=date(2025, 1, 1))
    inward = Deal(id="f", partner="z", asset="a", territories=("us",), direction="in")
    assert errors(Territory(id="us"), first, second, inward) == []
    assert errors(Territory(id="us"), first, second.model_copy(update={"signed": None})) == ["deals/e/territories E310"]


def test_plans_are_checked() -> None:
    company = Company.of(Settings(company=GENERAL), BASE, {"base": (Choice(action="stop", target="q"),)})
    assert [f"{d.place} {d.code}" for d in check(company)] == [
        "plans/base/stop/q/on E318",
        "plans/base/stop/q/target E207",
    ]


def test_circle_of_one_and_circle_behind_a_tail() -> None:
    programs = (
        Program(id="q", asset="a", stage="filing", depends_on="q"),
        Program(id="r", asset="a", stage="filing", depends_on="q"),
    )
    company = Company.of(Settings(company=GENERAL), (*BASE, *programs))
    assert [d.message for d in check(company) if d.code == "E202"] == ["programs wait for each other: q → q"]


def test_nearest_is_quick_among_many() -> None:
    known = [f"name-{n}" for n in range(100_000)]
    assert nearest("nmae-77", known).startswith("did you mean `n")
    assert nearest("zebra", known) == ""
    assert nearest("", known) == ""
