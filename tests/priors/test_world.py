"""The world table: codes complete and unique, real currencies, populations that add up, one tile for each country."""

import re
from collections import Counter

import pytest

from echelon.company.currencies import CURRENCIES
from echelon.priors import world
from echelon.priors.reviews import authorities
from echelon.priors.world import codes_of, countries, group_of

EU_MEMBERS = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()  # noqa: SIM905
ROWS = tuple(countries().values())


def test_codes_are_complete_and_unique():
    assert len(ROWS) == 193 + 4, "UN members, Hong Kong, Macao, Taiwan and Palestine"
    assert all(re.fullmatch("[A-Z]{2}", one.iso2) and re.fullmatch("[A-Z]{3}", one.iso3) for one in ROWS)
    for column in ("iso2", "iso3", "name"):
        assert len({getattr(one, column) for one in ROWS}) == len(ROWS), column
    assert list(countries()) == sorted(countries())
    assert {"HK", "MO", "TW", "PS"} <= set(countries())


def test_every_country_is_told():
    for one in ROWS:
        assert one.name.strip() == one.name != ""
        assert one.authority
        assert one.currency in CURRENCIES, one
        assert 0.005 < one.population < 1500, one
        assert one.year in (2022, 2024)
        assert one.source
        assert one.confidence in ("derived", "remembered")
        assert ("GLOBOCAN" in one.source) == (one.confidence == "derived")
    assert 5 <= len({one.region for one in ROWS}) <= 9


def test_populations_add_up():
    assert 8000 < sum(one.population for one in ROWS) < 8150
    assert world.population(codes_of("EU")).value == pytest.approx(449.2, abs=0.5)
    by_region = Counter()
    for one in ROWS:
        by_region[one.region] += one.population
    # Shares of the world as anyone would check them: Africa south of the Sahara 15 %, the Americas 13 %.
    assert by_region["Sub-Saharan Africa"] == pytest.approx(1250, rel=0.05)
    assert by_region["North America"] + by_region["Latin America and Caribbean"] == pytest.approx(1040, rel=0.03)


def test_members_of_the_eu_and_the_eea():
    assert sorted(EU_MEMBERS) == list(codes_of("EU"))
    assert set(codes_of("eea")) == {*EU_MEMBERS, "NO", "IS", "LI"}
    for code in codes_of("EEA"):
        assert countries()[code].authority == "EMA"
        assert countries()[code].region == "Europe"
    assert {one.iso2 for one in ROWS if one.authority == "EMA"} == set(codes_of("EEA"))
    assert {one.group for one in ROWS} == {"eu", "eea", "none"}


def test_every_authority_with_a_review_time_has_its_country():
    assert set(authorities()) <= {one.authority for one in ROWS}


def test_no_two_countries_share_a_tile():
    tiles = Counter((one.row, one.column) for one in ROWS)
    assert max(tiles.values()) == 1
    assert min(one.row for one in ROWS) == min(one.column for one in ROWS) == 0
    assert max(one.column for one in ROWS) < 36
    assert max(one.row for one in ROWS) < 24


def near(first, second):
    a, b = countries()[first], countries()[second]
    return max(abs(a.row - b.row), abs(a.column - b.column))


@pytest.mark.parametrize(
    "pair", ["CA US", "US MX", "ES PT", "FR DE", "CN HK", "CN MO", "KR JP", "EG LY", "SG MY", "IN BD", "AR CL", "ZA BW"]
)
def test_neighbours_are_near_each_other(pair):
    assert near(*pair.split()) <= 2


def test_the_map_has_north_on_top_and_east_on_the_right():
    at = countries()
    for pair in ("CA BR", "NO IT", "DE ZA", "RU IN", "CN ID", "JP AU", "EG KE", "SE TR"):
        north, south = pair.split()
        assert at[north].row < at[south].row, pair
    for pair in ("US GB", "GB DE", "BR NG", "SA IN", "IN CN", "CN JP", "ZA AU", "AU NZ"):
        west, east = pair.split()
        assert at[west].column < at[east].column, pair


@pytest.mark.parametrize(
    ("code", "iso3", "authority", "currency", "population"),
    [
        ("CN", "CHN", "NMPA", "CNY", 1411.59),
        ("US", "USA", "FDA", "USD", 334.77),
        ("JP", "JPN", "PMDA", "JPY", 125.58),
        ("DE", "DEU", "EMA", "EUR", 83.4),
        ("GB", "GBR", "MHRA", "GBP", 68.5),
        ("CH", "CHE", "Swissmedic", "CHF", 8.92),
        ("HK", "HKG", "Pharmacy and Poisons Board", "HKD", 7.41),
        ("BR", "BRA", "ANVISA", "BRL", 215.38),
        ("ZA", "ZAF", "SAHPRA", "ZAR", 60.74),
        ("DK", "DNK", "EMA", "DKK", 5.96),
    ],
)
def test_known_answers(code, iso3, authority, currency, population):
    one = countries()[code]
    assert (one.iso3, one.authority, one.currency, one.population) == (iso3, authority, currency, population)


def test_a_code_is_found_however_it_is_written():
    assert codes_of("cn") == codes_of("CHN") == codes_of(" Cn ") == ("CN",)
    assert codes_of("uk") == codes_of("GB") == ("GB",)
    assert codes_of("xx") == codes_of("") == codes_of("world") == ()


def test_what_several_countries_share():
    assert world.name(codes_of("EEA")).value == "European Union and EEA"
    assert world.currency(codes_of("EU")).value == "EUR", "although seven of its members have their own"
    assert world.currency(("DE", "CZ")) is None
    assert world.authority(("DE", "CZ")).value == "EMA"
    assert world.authority(("US", "CA")) is None
    assert world.name(("US", "CA")) is None
    assert world.population(("US", "SG")).value == pytest.approx(334.77 + 5.94)
    assert world.population(("US", "SG")).confidence == "derived"
    assert world.population(("US", "CH")).confidence == "remembered"
    assert group_of(EU_MEMBERS) == "EU"
    assert group_of(EU_MEMBERS[1:]) == ""
