"""Where the engine and its second opinion differed on the world's rules: one smallest company each, now alike."""

from datetime import date

import pytest
from tests.benchmarks.test_findings import company, differs, filing, fixed, program, sales

from benchmarks import simpy_model
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Competitor, Deal, Epidemiology, Indication, Listing, Price, Scheme, Territory
from echelon.company.rows.money import Actual, Choice, Resource
from echelon.company.rows.science import Asset
from echelon.company.rows.supply import Inspection, Line, Recipe, Site

SPREAD = Uncertain(low=3, mode=6, high=9)
MARKET = (
    Indication(id="x-1", disease="x", share_of_patients=fixed(0.5), months_on_therapy=fixed(6)),
    Epidemiology(disease="x", territory="home", year=2025, patients=fixed(1000)),
    Price(asset="a", territory="home", net_price=fixed(10_000)),
)


def marketed(territory="home", **more):
    return [
        program(stage="marketed", stage_since=None, **more),
        filing(territory, status="approved", approved=date(2024, 6, 1)),
    ]


def conditional(territory="home", **more):
    return filing(territory, pathway="conditional", **more)


def confirmed_by_another(*rows, years=9.0):
    """Program p is filed and its approval is confirmed by q, which is in phase 2."""
    other = [program("q"), sales(key="q"), filing(key="q")]
    return [program(stage="filing", exclusivity_years=years), *rows, *other]


def held_while_still_climbing():
    return company(*MARKET, *marketed(indication="x-1", years_to_peak=SPREAD))


def climbing_with_a_rival_to_come():
    rival = Competitor(id="r", indication="x-1", territory="home", entry_years=SPREAD)
    return company(*MARKET, *marketed(indication="x-1", years_to_peak=SPREAD), rival)


def bridging_fails_later_than_it_was_filed():
    bridged = filing(key="q", accepts_data=0.0, bridging=fixed(18), bridging_pos=0.5, bridging_cost=2.0, pos=0.5)
    rows = [program(stage="filing", exclusivity_years=9.0), sales(), conditional(confirmed_by="q")]
    return company(*rows, program("q", stage="filing"), sales(key="q"), bridged)


def inspected(review, *choices):
    site = [Site(id="s"), Line(id="l", site="s", litres=1000), Recipe(asset="a", site="s", titer=fixed(3))]
    visit = Inspection(site="s", territory="home", oai=0.5, vai=0.2, oai_delay=SPREAD, missed=0.3, missed_delay=SPREAD)
    return company(program(stage="filing"), sales(), filing(review=review, sites=("s",)), *site, visit, choices=choices)


def nobody_inspects_after_the_horizon():
    return inspected(Uncertain(low=100, mode=140, high=200))


def nobody_inspects_for_a_stopped_program():
    return inspected(fixed(24), Choice(action="stop", target="p", on=date(2027, 6, 1)))


def trial_runs_on_when_stopped():
    stop = Choice(action="stop", target="p", on=date(2028, 1, 1))
    owed = conditional(confirm=fixed(48), confirm_pos=0.5, confirm_cost=20.0)
    return company(program(stage="filing"), sales(), owed, choices=(stop,))


def own_ends_what_would_be_extended():
    deal = Deal(id="d", partner="P", asset="a", territories=("home",), signed=date(2024, 1, 1), royalty=0.1,
                ends=date(2030, 12, 31), extension_chance=0.5, extension_years=3.0)  # fmt: skip
    own = Choice(action="own", target="d", on=date(2029, 1, 1))
    return company(program(stage="filing", exclusivity_years=9.0), sales(), filing(), deal, choices=(own,))


def own_within_an_extension():
    deal = Deal(id="d", partner="P", asset="a", territories=("home",), signed=date(2024, 1, 1), royalty=0.1,
                ends=date(2028, 12, 31), extension_chance=0.5, extension_years=3.0)  # fmt: skip
    own = Choice(action="own", target="d", on=date(2030, 1, 1))
    return company(program(stage="filing", exclusivity_years=9.0), sales(), filing(), deal, choices=(own,))


def no_team_for_what_is_withdrawn_before_we_sell():
    deal = Deal(id="d", partner="P", asset="a", territories=("home",), signed=date(2024, 1, 1), royalty=0.1,
                ends=date(2029, 12, 31))  # fmt: skip
    owed = conditional(confirm=fixed(24), confirm_pos=0.5)
    staffed = Territory(id="home", currency="USD", own_team=3.0)
    return company(staffed, program(stage="filing", exclusivity_years=9.0), sales(), owed, deal)


def the_shorter_protection_is_left():
    """The approval that is protected for longer, and came first, is withdrawn."""
    before = [
        program("m", stage="marketed", stage_since=None, exclusivity_years=9.0),
        filing("far", key="m", status="approved", approved=date(2020, 6, 1)),
        sales("far", key="m"),
    ]
    rows = [sales(), sales("far"), conditional(confirmed_by="q"), filing("far", lag=6)]
    return company(*confirmed_by_another(*rows, *before), phase2=0.5)


def approved_and_withdrawn_before_its_launch():
    rows = [sales(), conditional(confirmed_by="q", launch_lag=24)]
    return company(*confirmed_by_another(*rows), phase2=0.5)


def approved_when_what_confirms_it_has_failed():
    rows = [sales(), conditional(confirmed_by="q", review=fixed(36))]
    return company(*confirmed_by_another(*rows), phase2=0.5)


def withdrawn_and_launched_elsewhere_later():
    rows = [sales(), sales("far"), conditional(confirmed_by="q"), filing("far", lag=60)]
    return company(*confirmed_by_another(*rows, years=6.0), phase2=0.5)


def withdrawn_before_it_was_listed():
    rows = [sales(), conditional(confirmed_by="q")]
    fund = Scheme(id="s", territory="home", effective_month=1, cutoff_months=24, probability=1.0,
                  price_cut=fixed(0.2), volume=2.0)  # fmt: skip
    return company(*confirmed_by_another(*rows), fund, Listing(program="p", territory="home", scheme="s"), phase2=0.5)


def reported_sales_know_of_the_rival():
    rows = [
        Competitor(id="r", indication="x-1", territory="home", entry=date(2025, 1, 1)),
        Scheme(id="s", territory="home", volume=2.0, exclusive_volume=1.5, price_cut=fixed(0.2)),
        Listing(program="p", territory="home", scheme="s", status="listed", listed=date(2024, 9, 1)),
        *(Actual(quarter=f"2025Q{i}", item="sales", asset="a", amount=10.0) for i in (1, 2, 3, 4)),
    ]
    return company(*MARKET, *marketed(indication="x-1", years_to_peak=fixed(0)), *rows)


def budget_does_not_foresee_a_trial():
    """What an approval of 2027 will cost is no reason to put a start of early 2027 off."""
    owed = conditional(review=fixed(20), confirm=fixed(12), confirm_pos=0.5, confirm_cost=30.0)
    later = [program("q", stage="phase1", stage_since=date(2026, 2, 1)), sales(key="q"), filing(key="q")]
    budget = Resource(resource="rd_budget", year=2027, amount=12.0)
    return company(program(stage="filing"), sales(), owed, *later, budget)


def held_combination():
    price = Uncertain(low=2000, mode=4000, high=9000)
    rows = [
        Asset(id="b", modality="antibody", area="oncology"),
        Price(asset="b", territory="home", net_price=price),
        *(program("b", asset="b"), sales(key="b"), filing(key="b")),
    ]
    return company(*MARKET, *marketed(indication="x-1", years_to_peak=SPREAD, regimen=("b",)), *rows)


CASES = [
    held_while_still_climbing,
    climbing_with_a_rival_to_come,
    bridging_fails_later_than_it_was_filed,
    nobody_inspects_after_the_horizon,
    nobody_inspects_for_a_stopped_program,
    trial_runs_on_when_stopped,
    own_ends_what_would_be_extended,
    own_within_an_extension,
    no_team_for_what_is_withdrawn_before_we_sell,
    the_shorter_protection_is_left,
    approved_and_withdrawn_before_its_launch,
    approved_when_what_confirms_it_has_failed,
    withdrawn_and_launched_elsewhere_later,
    withdrawn_before_it_was_listed,
    reported_sales_know_of_the_rival,
    budget_does_not_foresee_a_trial,
    held_combination,
]


@pytest.mark.parametrize("case", CASES)
def test_the_engine_and_its_second_opinion_agree(case):
    assert differs(case()) == []


def test_reported_sales_go_on_as_reported():
    quarter = simpy_model.run(reported_sales_know_of_the_rival(), 0, 1)[0].lines["sales"][0]
    assert quarter == pytest.approx(10.0, rel=0.06)  # the rival climbs on


@pytest.mark.parametrize(("case", "last"), [(own_ends_what_would_be_extended, 3.0), (own_within_an_extension, 4.0)])
def test_own_ends_a_deal_extended_or_not(case, last):
    futures = simpy_model.run(case(), 0, 12)
    sold = [q for future in futures for q, value in enumerate(future.lines["partner_sales"]) if value > 0.0]
    assert max(sold) == 4 * last - 1
