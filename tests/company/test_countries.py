"""Territories and their countries: filled from the world table, said by `explain`, never against what is given."""

from datetime import date

import pytest

from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.countries import codes
from echelon.company.resolve import resolve
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, FxRate, Sales, Territory
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import Settings
from echelon.priors.world import RECALLED, codes_of


def company(*rows, currency="USD"):
    settings = Settings.model_validate({"company": {"name": "C", "as_of": date(2026, 6, 30), "currency": currency}})
    base = (
        Asset(id="a1", modality="antibody", area="oncology"),
        Program(id="p1", asset="a1", stage="phase2"),
        Sales(program="p1", peak_sales=Uncertain.fixed(100)),
    )
    return Company.of(settings, [*base, *rows])


def filled(*rows, currency="USD"):
    rates = [] if currency == "USD" else [FxRate(currency="USD", rate=7)]
    files = [Filing(program="p1", territory=rows[0].id)]
    resolved, fills = resolve(company(*rows, *rates, *files, currency=currency))
    return resolved, {(f.id, f.column): f for f in fills if f.table == "territories"}


def test_a_code_fills_the_whole_row():
    resolved, cells = filled(Territory(id="sg"), FxRate(currency="SGD", rate=0.75))
    row = resolved.get(Territory, "sg")
    assert (row.name, row.authority, row.currency, row.members) == ("Singapore", "HSA", "SGD", 1)
    assert row.countries == ("SG",)
    assert row.population == pytest.approx(5.94)
    assert {column for _, column in cells} == {"name", "authority", "currency", "population", "countries"}
    assert "GLOBOCAN" in cells["sg", "population"].source
    assert cells["sg", "population"].confidence == "derived"
    assert cells["sg", "authority"].source == RECALLED
    assert cells["sg", "authority"].confidence == "remembered"


def test_the_authority_gives_the_review_time():
    _, fills = resolve(company(Territory(id="us"), Filing(program="p1", territory="us")))
    (review,) = [fill for fill in fills if (fill.table, fill.column) == ("filings", "review")]
    assert "FDA" in review.how


def test_what_is_given_stays():
    given = Territory(
        id="us", name="United States", authority="Ours", currency="USD", population=1.0, countries=("US",)
    )
    resolved, cells = filled(given)
    assert resolved.get(Territory, "us") == given
    assert cells == {}


def test_a_region_counts_its_countries():
    resolved, cells = filled(Territory(id="leo", name="LEO", countries=("eea", "CH", "UK")))
    row = resolved.get(Territory, "leo")
    assert row.members == 32
    assert row.countries == (*codes_of("EEA"), "CH", "GB")
    assert row.authority == ""
    assert row.currency == "USD"
    assert cells["leo", "members"].confidence == "derived"
    assert cells["leo", "population"].confidence == "remembered"


def test_members_that_are_given_stay():
    resolved, cells = filled(Territory(id="rest", members=20, countries=("SA", "QA")))
    assert resolved.get(Territory, "rest").members == 20
    assert resolved.get(Territory, "rest").population is None, "eighteen of its countries are not named"
    assert ("rest", "members") not in cells


def test_the_union_is_one_authority_and_pays_in_euro():
    resolved, _ = filled(Territory(id="eu"), FxRate(currency="EUR", rate=1.1))
    row = resolved.get(Territory, "eu")
    assert (row.name, row.authority, row.currency, row.members) == ("European Union", "EMA", "EUR", 27)


def test_a_currency_without_a_rate_is_not_taken():
    resolved, cells = filled(Territory(id="sg"), currency="CNY")
    assert resolved.get(Territory, "sg").currency == "CNY"
    assert "no rate for SGD" in cells["sg", "currency"].how
    assert cells["sg", "currency"].confidence == "assumed"


@pytest.mark.parametrize(
    ("ident", "name", "found"),
    [
        ("na", "North America", ()),
        ("na", "Namibia", ("NA",)),
        ("la", "Latin America", ()),
        ("cn", "China", ("CN",)),
        ("cn", "China (mainland)", ("CN",)),
        ("hk", "Hong Kong", ("HK",)),
        ("uk", "United Kingdom", ("GB",)),
        ("us", "USA", ("US",)),
        ("us", "", ("US",)),
        ("east", "", ()),
    ],
)
def test_an_id_is_a_code_only_where_the_name_agrees(ident, name, found):
    assert codes(Territory(id=ident, name=name)) == found


def test_filling_twice_changes_nothing():
    rows = [Territory(id="leo", countries=("eea", "uk")), Territory(id="jp"), Territory(id="na", name="North America")]
    once, _ = filled(*rows)
    again, fills = resolve(once)
    assert again.tables["territories"] == once.tables["territories"]
    assert [fill for fill in fills if fill.table == "territories"] == []


def test_a_filled_company_passes_its_checks():
    once, _ = filled(Territory(id="leo", countries=("eea", "uk")), Territory(id="jp"))
    assert [d for d in check(once) if d.code.startswith("E")] == []


def test_a_country_has_one_territory():
    found = check(
        company(Territory(id="eu"), Territory(id="de", countries=("DE",)), Territory(id="x", countries=("QQ",)))
    )
    told = {(str(d.place), d.code): d.message for d in found if d.code in ("E326", "E327")}
    assert told == {
        ("territories/eu/id", "E327"): "DE is in `de` too",
        ("territories/x/countries", "E326"): "`QQ` is no country or region of the world table",
    }
