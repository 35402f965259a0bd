"""Where the engine and its second opinion, or the text, differed on supply: one smallest company each, now alike."""

from datetime import date

import pytest
from tests.benchmarks.test_findings import differs, fixed
from tests.support.futures import engine_futures

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.market import (
    Deal,
    Epidemiology,
    Filing,
    Indication,
    Price,
    Sales,
    Territory,
)  # fmt: skip
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import Couplings, Echelons, General, Money, Settings, Supplying
from echelon.company.rows.supply import Certificate, Expansion, Line, Recipe, Site
from echelon.futures.build.build import build
from echelon.futures.model import Model

STEADY = fixed(0)


def company(*rows, supply=True, cogs=0.2, approved=date(2024, 6, 1), territories=("home",), **held) -> Model:
    """One drug, `a`, that sells 100 a year from the start, a gram for each; what else there is in `rows`."""
    settings = Settings(
        company=General(
            name="Small", as_of=date(2025, 12, 31), horizon_years=6, terminal_years=2, currency="USD", home=("home",)
        ),
        money=Money(opening_cash=500.0, cogs=cogs, selling=0.2),
        couplings=Couplings(asset=0.0, target=0.0, platform=0.0, supply=supply),
        echelons=Echelons(marketed=0, clinic=0, reserve=0),
        supply=Supplying(**held),
    )
    drug = [
        Asset(id="a", modality="antibody", area="oncology"),
        Program(id="p", asset="a", stage="marketed", exclusivity_years=30.0),
    ]
    for place in territories:
        drug += [
            Territory(id=place, currency="USD"),
            Sales(program="p", territory=place, peak_sales=fixed(100), years_to_peak=STEADY),
            Filing(program="p", territory=place, status="approved", approved=approved),
        ]
    if any(isinstance(row, Price) for row in rows):
        drug = [row for row in drug if not isinstance(row, Sales)]
    return build(resolve(Company.of(settings, [*drug, *rows]))[0], ()).model


def plant(litres=10_000.0, site="s", **more):
    """A site that grows cells, two grams in a litre a month: 4.2 litres make what is asked for."""
    given = {"asset": "a", "site": site, "titer": fixed(2), "sales_per_gram": 1e6, "recovery": 1.0}
    recipe = given | {"batch_success": 1.0, "working_volume": 1.0, "batch_days": 365.25 / 12} | more
    return [
        Site(id=site),
        Line(id=f"{site}-cells", site=site, litres=litres, utilisation=1.0),
        Recipe(**recipe),
    ]


def future(model: Model):
    return engine_futures(model, 0, 1)[0]


def the_tightest_line_holds_up():
    """Substance is shorter than filling, which comes later."""
    filling = Line(id="s-fill", site="s", step="filling", rate=0.2, utilisation=1.0)
    return company(*plant(litres=2.0, unit_grams=1.0), filling)


def costed_goods_under_a_deal():
    deal = Deal(id="d", partner="P", asset="a", territories=("home",), signed=date(2024, 1, 1), royalty=0.1,
                supply_share=0.3, supply_cost=0.2)  # fmt: skip
    return company(*plant(substance_cost=50_000.0), deal)


def shipping_alone():
    return company(*plant(), Certificate(site="s", territory="home", shipping=10_000.0))


def goods_cost_though_no_line_can_make_them():
    return company(*plant(litres=0.0, substance_cost=50_000.0), supply=False)


def approved_and_launched_later():
    """Two quarters to release: the launch is made ahead."""
    rows = plant(product_release=6.0, substance_release=6.0)
    filling = Line(id="s-fill", site="s", step="filling", rate=1000, utilisation=1.0)
    late = Filing(program="p", territory="home", status="approved", approved=date(2025, 12, 1), launch_lag=5.0)
    return company(*rows, late, filling)


def first_stocks_expire():
    return company(*plant(substance_shelf=3.0), substance_cover=9.0)


def nobody_foresees_a_failed_trial():
    """In 2026 a plant is built for sales of 2029, though the approval will be withdrawn in 2028."""
    owed = Filing(program="p", territory="home", status="approved", approved=date(2025, 6, 1), pathway="conditional",
                  confirm=fixed(36), confirm_pos=0.0, confirm_cost=1.0)  # fmt: skip
    more = Expansion(id="x", site="s", litres=500, capital=10.0, build=fixed(6), licence=fixed(6), trigger=1.5,
                     trigger_years=3.0)  # fmt: skip
    return company(*plant(litres=2.0), owed, more)


def prices_that_fall():
    """Patients do not halve when their price does."""
    rows = [
        Indication(id="x-1", disease="x", share_of_patients=fixed(0.5), months_on_therapy=fixed(6)),
        Epidemiology(disease="x", territory="home", year=2025, patients=fixed(1000)),
        Price(asset="a", territory="home", net_price=fixed(10_000), growth=-0.2),
        Program(id="p", asset="a", indication="x-1", stage="marketed", exclusivity_years=30.0, years_to_peak=STEADY),
    ]
    return company(*plant(grams_per_month=1.0, litres=1e6), *rows)


def opens_in_two_territories_at_one_capacity():
    certificates = [Certificate(site="s", territory=at) for at in ("home", "far")]
    return company(*plant(litres=30.0), *certificates, territories=("home", "far"))


CASES = [
    the_tightest_line_holds_up,
    costed_goods_under_a_deal,
    shipping_alone,
    goods_cost_though_no_line_can_make_them,
    approved_and_launched_later,
    first_stocks_expire,
    nobody_foresees_a_failed_trial,
    prices_that_fall,
    opens_in_two_territories_at_one_capacity,
]


@pytest.mark.parametrize("case", CASES)
def test_the_engine_and_its_second_opinion_agree(case):
    assert differs(case()) == []


def test_sales_are_lost_to_the_line_that_gives_least():
    cells, filling = future(the_tightest_line_holds_up()).lost
    assert sum(cells) > 0.0
    assert sum(filling) == 0.0


def test_the_cost_of_product_supplied_is_not_counted_twice():
    found = future(costed_goods_under_a_deal())
    assert found.lines["partner_sales"][4] == pytest.approx(25.0, rel=0.01)
    assert found.lines["cogs"][4] == pytest.approx(25.0 * 0.05, rel=0.01)


def test_shipping_comes_on_top_of_the_share_of_sales():
    found = future(shipping_alone())
    assert found.lines["cogs"][4] == pytest.approx(found.lines["sales"][4] * 0.2, rel=1e-9)  # no step of product


def test_goods_cost_something_where_capacity_does_not_limit():
    found = future(goods_cost_though_no_line_can_make_them())
    assert found.lines["cogs"][4] == pytest.approx(found.lines["sales"][4] * 0.05, rel=1e-9)


def test_an_approved_launch_is_made_ahead():
    found = future(approved_and_launched_later())
    assert sum(found.lines["sales"][:1]) == 0.0
    assert sum(found.lines["sales"]) > 0.0
    assert sum(found.lines["unserved"]) == 0.0


def test_first_stocks_expire_once():
    found = future(first_stocks_expire())
    released, expired = found.flows[0][1], found.flows[0][3]
    assert expired[0] == pytest.approx(50.0, rel=0.01)  # three quarters of stock, of which one is used
    assert found.measures["expired_share"] == pytest.approx(sum(expired) / (75.0 + sum(released)), rel=0.01)


def test_what_will_be_withdrawn_is_built_for():
    found = future(nobody_foresees_a_failed_trial())
    assert sum(found.lines["capital"]) == pytest.approx(10.0)
    assert sum(found.lines["sales"][14:]) == 0.0


def test_a_price_that_falls_takes_no_grams_away():
    found = future(prices_that_fall())
    grams = found.orders[0][0]
    assert grams[20] == pytest.approx(grams[4], rel=0.05)
    assert found.lines["sales"][20] < 0.5 * found.lines["sales"][4]
