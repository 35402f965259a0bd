"""Routes: what is sold today is made where something can be made today, and at the larger plant once it is open."""

from datetime import date

import numpy as np
import pytest
from tests.support.states import states

from echelon.company.company import Company
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.supply import Certificate, Line
from echelon.examples import example
from echelon.futures.build.build import Built, build


@pytest.fixture(scope="module")
def company() -> Company:
    return load(example("top_alliance_2018"))


def made_at(built: Built, site: str, quarter: int) -> float:
    state = next(states(built, 1))
    return float(state.supply_cells[2 * built.labels.lines.index((site, "cell-culture")), quarter])


def served(built: Built, quarter: int) -> float:
    state = next(states(built, 1))
    orders = [k for k, (asset, where) in enumerate(built.labels.orders) if asset == "js001" and "cn" in where]
    return float(np.min(state.served[orders, quarter]))


def test_a_plant_still_to_open_does_not_stop_what_is_sold(company: Company) -> None:
    built = build(resolve(company)[0])
    assert served(built, 1) == 1.0
    assert made_at(built, "suzhou-wujiang", 1) > 0.0
    assert made_at(built, "lingang", 1) == 0.0


def test_once_it_is_open_the_larger_plant_makes_it(company: Company) -> None:
    lines = [row.model_copy(update={"from_date": date(2018, 1, 1)}) for row in company.rows(Line)]
    certified = [row.model_copy(update={"from_date": None}) for row in company.rows(Certificate)]
    built = build(resolve(company.with_rows(Line, lines).with_rows(Certificate, certified))[0])
    assert made_at(built, "lingang", 1) > 0.0
    assert made_at(built, "suzhou-wujiang", 1) == 0.0


def test_where_nothing_is_open_yet_nothing_is_sold(company: Company) -> None:
    lines = [row.model_copy(update={"from_date": date(2022, 1, 1)}) for row in company.rows(Line)]
    built = build(resolve(company.with_rows(Line, lines))[0])
    assert served(built, 1) == 0.0
    assert served(built, 30) > 0.0
