"""Routes: what is sold today is made where something can be made today."""

from datetime import date

import pytest

from echelon.company.company import Company
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.supply import Line
from echelon.examples import example
from echelon.futures.build.build import Built, build


@pytest.fixture(scope="module")
def company() -> Company:
    return load(example("top_alliance_2018"))


def site_of(built: Built, program: str) -> str:
    place = [(p, t) for p, t, _ in built.labels.pairs].index((program, "cn"))
    return built.labels.sites[built.model.pairs.site[place]]


def test_a_plant_still_to_open_does_not_stop_what_is_sold(company: Company) -> None:
    built = build(resolve(company)[0])
    assert site_of(built, "js001-melanoma-2l") == "suzhou-wujiang"  # on the market; Lingang opens in 2020
    assert site_of(built, "js001-escc-1l") == "lingang"  # years from a launch: the larger plant, as before


def test_once_it_is_open_the_larger_plant_makes_it(company: Company) -> None:
    lines = [row.model_copy(update={"from_date": date(2018, 1, 1)}) for row in company.rows(Line)]
    built = build(resolve(company.with_rows(Line, lines))[0])
    assert site_of(built, "js001-melanoma-2l") == "lingang"


def test_where_nothing_is_open_yet_the_largest_to_come_is_taken(company: Company) -> None:
    lines = [row.model_copy(update={"from_date": date(2020, 1, 1)}) for row in company.rows(Line)]
    built = build(resolve(company.with_rows(Line, lines))[0])
    assert site_of(built, "js001-melanoma-2l") == "lingang"
