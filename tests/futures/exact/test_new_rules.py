"""Each rule of filing, reimbursement, deals and markets alone: futures agree with it, and would not without it."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from tests.support.agreement import compare_with, simulate
from tests.support.companies import between, spread

from echelon.company.company import Company
from echelon.company.overlay import uncoupled
from echelon.company.resolve import resolve
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import (
    Deal,
    DealMilestone,
    Epidemiology,
    Filing,
    Indication,
    Listing,
    Price,
    Sales,
    Scheme,
    Territory,
)
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import General, Money, Settings
from echelon.futures.build.build import Built, build
from echelon.futures.exact.chances import shared_columns
from echelon.futures.exact.distribution import value_distribution
from echelon.futures.exact.engine import couplings_on, exact
from echelon.futures.rules import numbers as n

AS_OF = date(2025, 9, 30)
FUTURES = 20_000
SEEDS = (1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow))

Change = Callable[[Company], Company]


def base() -> Company:
    """Three programs of two assets, in two territories; one is on the market, one sells to patients of a market."""
    fixed = Uncertain.fixed
    stages = [
        Stage(chain="two", stage="trial", order=1, kind="clinic", pos=0.6, duration=spread(14, 20, 30), overlap=0.9,
              cost=spread(8, 10, 15)),
        Stage(chain="two", stage="review", order=2, kind="filing", pos=0.85, duration=fixed(12), overlap=1.0,
              cost=fixed(2)),
    ]  # fmt: skip
    rows: list[Row] = [
        *stages,
        Territory(id="home", authority="fda", currency="USD"),
        Territory(id="east", authority="nmpa", currency="USD"),
        Asset(id="old", modality="antibody", area="oncology"),
        Asset(id="one", modality="antibody", area="oncology"),
        Asset(id="two", modality="antibody", area="oncology"),
        Program(id="old-a", asset="old", stage="marketed", chain="two", exclusivity_years=9.0, priority=1),
        Program(id="one-a", asset="one", stage="trial", stage_since=date(2025, 1, 1), chain="two",
                exclusivity_years=10.0, priority=2),
        Program(id="two-a", asset="two", indication="ache-1", stage="review", stage_since=date(2025, 7, 1),
                chain="two", exclusivity_years=8.0, years_to_peak=spread(2, 3, 5), priority=3),
        Indication(id="ache-1", disease="ache", share_of_patients=between(0.3, 0.4), months_on_therapy=spread(5, 8, 9)),
        Indication(id="ache-2", disease="ache", after="ache-1", share_of_patients=between(0.4, 0.6),
                   months_on_therapy=fixed(4)),
        *(Epidemiology(disease="ache", territory=t, year=2024, patients=spread(4000, 6000, 9000))
          for t in ("home", "east")),
        *(Price(asset=a, territory=t, net_price=spread(2000, 3000, 5000)) for a in ("one", "two")
          for t in ("home", "east")),
        Sales(program="old-a", territory="home", peak_sales=spread(40, 50, 90), years_to_peak=fixed(4)),
        Sales(program="one-a", territory="home", peak_sales=spread(30, 60, 100), years_to_peak=spread(2, 4, 6)),
        Sales(program="one-a", territory="east", peak_sales=between(20, 50), years_to_peak=fixed(3)),
        Filing(program="old-a", territory="home", status="approved", approved=date(2024, 1, 1)),
        Filing(program="one-a", territory="home", submission_lag=fixed(0), review=spread(8, 10, 12)),
        Filing(program="one-a", territory="east", submission_lag=spread(2, 6, 9), review=spread(8, 12, 15), pos=0.7),
        Filing(program="two-a", territory="home", submission_lag=fixed(2), review=spread(8, 10, 12), launch_lag=3),
        Filing(program="two-a", territory="east", submission_lag=fixed(8), review=between(9, 14), pos=0.7),
    ]  # fmt: skip
    settings = Settings(
        company=General(name="Small", as_of=AS_OF, horizon_years=10, terminal_years=5, currency="USD", home=("home",)),
        money=Money(tax_rate=0.0, opening_cash=100.0, overhead=1.0),
    )
    return Company.of(settings, rows)


def plus(*rows: Row) -> Change:
    """Rows more."""

    def change(company: Company) -> Company:
        for row in rows:
            company = company.with_rows(type(row), [*company.rows(type(row)), row])
        return company

    return change


def where(kind: type[Row], which: dict[str, object], **changes: object) -> Change:
    """Some rows otherwise."""

    def change(company: Company) -> Company:
        rows = [
            row.model_copy(update=changes) if all(getattr(row, name) == value for name, value in which.items()) else row
            for row in company.rows(kind)
        ]
        return company.with_rows(kind, rows)

    return change


def deal(asset: str, *territories: str, **fields: object) -> Deal:
    """A deal that runs from before as_of, at a royalty of a tenth unless told otherwise."""
    told = {"signed": date(2024, 1, 1), "royalty": 0.1, "partner_cost": 0.3} | fields
    return Deal.model_validate({"id": "deal", "partner": "P", "asset": asset, "territories": territories} | told)


def milestone(kind: str, **fields: object) -> DealMilestone:
    """A milestone of the deal."""
    return DealMilestone.model_validate({"deal": "deal", "id": kind, "kind": kind, "amount": 9.0} | fields)


FUND = Scheme(
    id="fund", territory="east", effective_month=3, cutoff_months=5, probability=0.55,
    price_cut=between(0.2, 0.6), volume=2.5, renewal_years=1.5, renewals=3, renewal_cut=between(0.05, 0.2),
    delisting=0.2,
)  # fmt: skip
BRIDGE = {"accepts_data": 0.4, "bridging": spread(8, 14, 24), "bridging_pos": 0.6, "pos": 0.5}

DISTRIBUTED = {("old-a", "home"), ("one-a", "east"), ("two-a", "east")}

RULES: dict[str, tuple[Change, ...]] = {
    "bridging": (where(Filing, {"territory": "east"}, **BRIDGE),),
    "bridging that costs": (where(Filing, {"territory": "east"}, **BRIDGE, bridging_cost=6.0),),
    "bridging before a planned day": (
        where(Filing, {"program": "two-a", "territory": "east"}, submitted=date(2026, 12, 1), **BRIDGE),
    ),
    "validation": (where(Filing, {}, validation=spread(2, 4, 6)),),
    "complete responses": (
        where(Filing, {"territory": "east"}, complete_response=0.5, response=spread(4, 6, 12), cycles=3),
        where(Filing, {"territory": "home"}, complete_response=0.4, response=Uncertain.fixed(9), cycles=1),
    ),
    "confirmatory trial": (
        where(Filing, {"territory": "home"}, pathway="conditional", confirm=spread(20, 30, 50), confirm_pos=0.6,
              confirm_cost=7.0),
    ),
    "listing by rounds": (
        plus(FUND, *(Listing(program=p, territory="east", scheme="fund") for p in ("one-a", "two-a"))),
    ),
    "listing with a cut too large": (
        plus(FUND, *(Listing(program=p, territory="east", scheme="fund", most_cut=0.35) for p in ("one-a", "two-a"))),
    ),
    "listing by months": (
        plus(FUND, Listing(program="one-a", territory="east", scheme="fund", months_to_list=7, probability=0.8)),
    ),
    "listed at as_of": (
        plus(FUND.model_copy(update={"territory": "home"}),
             Listing(program="old-a", territory="home", scheme="fund", status="listed", listed=date(2024, 3, 1))),
    ),
    "venture": (
        plus(deal("one", "east", route="venture", profit_share=0.4, supply_share=0.05, supply_cost=0.02)),
    ),
    "promotion": (plus(deal("one", "east", "home", route="promotion", commission=0.25, ends=date(2031, 5, 1))),),
    "option": (
        plus(deal("one", "east", status="option", option_chance=0.3, option_on=date(2029, 2, 1), upfront=12.0)),
    ),
    "extension": (plus(deal("two", "east", ends=date(2030, 6, 1), extension_chance=0.6, extension_years=3.0)),),
    "sub-licence": (
        plus(deal("one", "east"), deal("one", "east", id="under", royalty=0.2, sublicense_of="deal", pass_on=0.4)),
    ),
    "milestone at approval": (plus(deal("one", "home", "east", approval_milestone=9.0)),),
    "milestone in a territory": (plus(deal("two", "home", "east"), milestone("regulatory", territory="east")),),
    "milestone at the first of two programs": (
        plus(
            Program(id="one-b", asset="one", stage="review", stage_since=date(2025, 7, 1), chain="two",
                    exclusivity_years=10.0, priority=9),
            Filing(program="one-b", territory="east", submission_lag=Uncertain.fixed(9), review=spread(8, 20, 40),
                   pos=0.5),
            Sales(program="one-b", territory="east", peak_sales=between(5, 9), years_to_peak=Uncertain.fixed(3)),
            deal("one", "east"), milestone("regulatory"),
        ),
    ),
    "milestone at a stage": (plus(deal("one", "east"), milestone("development", stage="trial")),),
    "milestone of a deal signed later": (
        plus(deal("one", "east", signed=date(2028, 10, 1), approval_milestone=9.0, upfront=3.0)),
    ),
    "own team": (where(Territory, {"id": "east"}, own_team=3.0),),
    "own team after a partner": (
        where(Territory, {"id": "east"}, own_team=3.0), plus(deal("one", "east", ends=date(2030, 6, 1),
              extension_chance=0.5, extension_years=2.0)),
    ),
    "combination": (where(Program, {"id": "two-a"}, regimen=("one",)),),
    "line after a line": (where(Program, {"id": "two-a"}, indication="ache-2"),),
    "lines that share patients": (
        plus(Indication(id="ache-other", disease="ache", share_of_patients=between(0.5, 0.9),
                        months_on_therapy=Uncertain.fixed(3))),
    ),
}  # fmt: skip


def built(seed: int, *changes: Change, listing: bool = False) -> Built:
    """The small company, changed."""
    company = base()
    for change in changes:
        company = change(company)
    company = uncoupled(resolve(company)[0])
    couplings = company.settings.couplings.model_copy(update={"listing": listing})
    return build(company.with_settings(company.settings.model_copy(update={"couplings": couplings})), (), seed)


def wrong(found: Built, expected: Built, futures: int = FUTURES) -> set[str]:
    """Families of figures in which futures of one company differ from the figures of another, echelons apart."""
    figures = exact(expected).figures
    checks = compare_with(simulate(found, futures), figures)
    out_of_reach = {"echelons", "filled", "live_program_quarters", "years_filled"} if _uncounted(figures) else set()
    return {check.name for check in checks if not check.fine} - out_of_reach


def _uncounted(figures: object) -> bool:
    return bool(np.isnan(figures.echelons).all())  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", RULES)
def test_futures_agree(rule: str, seed: int) -> None:
    one = built(seed, *RULES[rule])
    assert couplings_on(one.model) == ()
    assert wrong(one, one) == set()


@pytest.mark.parametrize("rule", RULES)
def test_they_would_not_without_the_rule(rule: str) -> None:
    company = base()
    for change in RULES[rule]:
        company = change(company)
    with_rule, without = built(1, *RULES[rule]), built(1)
    if with_rule.model.pairs.program.size != without.model.pairs.program.size:
        assert float(exact(with_rule).figures.enpv) != pytest.approx(float(exact(without).figures.enpv), rel=1e-3)
    else:
        assert wrong(with_rule, without)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", [name for name in RULES if name.startswith("list")])
def test_expectations_stay_with_rounds_drawn(rule: str, seed: int) -> None:
    assert wrong(built(seed, *RULES[rule], listing=True), built(seed, *RULES[rule], listing=True)) == set()


def test_what_a_plan_ends_is_not_extended() -> None:
    company = base()
    for change in RULES["extension"]:
        company = change(company)
    company = uncoupled(resolve(company)[0])
    ended = build(company, (Choice(action="own", target="deal", on=date(2029, 1, 1)),), 1)
    assert ended.model.deals.extension.tolist() == [0.0]
    assert wrong(ended, ended) == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_first_of_two_programs_that_share_a_factor(seed: int) -> None:
    company = base()
    for change in RULES["milestone at the first of two programs"]:
        company = change(company)
    # Each other program keeps to itself: one factor alone is shared, and nothing else.
    apart = [row.model_copy(update={"exclusivity_end": date(2040, 1, 1)}) for row in company.rows(Program)]
    company = uncoupled(resolve(company.with_rows(Program, apart))[0])
    couplings = company.settings.couplings.model_copy(update={"asset": 0.5})
    one = build(company.with_settings(company.settings.model_copy(update={"couplings": couplings})), (), seed)
    assert len(shared_columns(one.model)) == 1
    assert couplings_on(one.model) == ()
    assert wrong(one, one) == set()


@pytest.mark.parametrize(
    "rule",
    ["bridging", "bridging before a planned day", "validation", "complete responses", "milestone in a territory"],
)
def test_quantiles_of_the_distribution(rule: str) -> None:
    # One filing to come of each program, so that the distribution of value can be had.
    company = base()
    for change in RULES[rule]:
        company = change(company)
    kept = [row for row in company.rows(Filing) if (row.program, row.territory) in DISTRIBUTED]
    company = uncoupled(resolve(company.with_rows(Filing, kept))[0])
    one = build(company, (), 1)
    found, figures = value_distribution(one), exact(one).figures
    assert found.mean == pytest.approx(float(figures.enpv), rel=2e-3)
    assert found.sd == pytest.approx(float(figures.enpv_sd), rel=2e-3)
    values = simulate(one, 40_000).measures[:, n.ENPV]
    for u in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert abs((values < found.quantile(u)).mean() - u) < 4.0 * np.sqrt(u * (1.0 - u) / values.size) + 2e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_echelons_after_a_withdrawal(seed: int) -> None:
    # Every program has one approval, held or to come: then its withdrawal is followed in the echelons too.
    company = base()
    for change in RULES["confirmatory trial"]:
        company = change(company)
    home = [row for row in company.rows(Filing) if row.territory == "home"]
    one = build(uncoupled(resolve(company.with_rows(Filing, home))[0]), (), seed)
    assert (one.model.pairs.confirm_stream >= 0).all()
    assert not np.isnan(exact(one).figures.echelons).any()
    assert wrong(one, one) == set()
