"""Couplings: each one that is on is named, and nothing is given while it is."""

import dataclasses
from datetime import date

import numpy as np
import pytest
from tests.futures.exact.test_against_futures import example, plainer
from tests.futures.exact.test_new_rules import BRIDGE, RULES, Change, built, deal, milestone, plus, where
from tests.support.agreement import compare_with, simulate
from tests.support.companies import everything_on
from tests.support.random_companies import random_company

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, DealTier, Filing
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Expansion, Line, Recipe, Site
from echelon.futures.build.build import build
from echelon.futures.exact import distribution
from echelon.futures.exact.distribution import value_distribution
from echelon.futures.exact.engine import CoupledError, couplings_on, exact, spread_couplings_on

PLAIN = plainer(random_company(1))


def with_couplings(**changes: object) -> Company:
    settings = PLAIN.settings
    couplings = settings.couplings.model_copy(update=changes)
    return PLAIN.with_settings(settings.model_copy(update={"couplings": couplings}))


def with_money(**changes: object) -> Company:
    settings = PLAIN.settings
    return PLAIN.with_settings(settings.model_copy(update={"money": settings.money.model_copy(update=changes)}))


def with_rows(kind: type, **changes: object) -> Company:
    return PLAIN.with_rows(kind, [row.model_copy(update=changes) for row in PLAIN.rows(kind)])


def named(company: Company, *choices: Choice) -> tuple[str, ...]:
    return couplings_on(build(company, choices).model)


def test_a_plain_company_has_none() -> None:
    assert named(PLAIN) == ()


@pytest.mark.parametrize("coupling", ["competition", "supply", "inspections"])
def test_switches(coupling: str) -> None:
    assert named(with_couplings(**{coupling: True})) == (coupling,)


def test_other_settings() -> None:
    assert named(with_couplings(learning=0.2)) == ("learning",)
    assert named(with_money(tax_rate=0.2)) == ("tax",)
    floor = with_money(cash_floor=10.0)
    couplings = floor.settings.couplings.model_copy(update={"cash": True})
    floor = floor.with_settings(floor.settings.model_copy(update={"couplings": couplings}))
    assert named(floor) == ("cash",)
    # Without a floor or a budget nothing can stop a start.
    money = floor.settings.money.model_copy(update={"cash_floor": None})
    assert named(floor.with_settings(floor.settings.model_copy(update={"money": money}))) == ()


def test_factors() -> None:
    assert named(with_couplings(platform=0.2, target=0.1)) == (
        "more than one shared factor (couplings asset, target, platform)",
    )
    # A factor of one program alone couples nothing: its thresholds keep every stated PoS.
    assert named(with_couplings(asset=0.3)) == ()
    assert named(with_couplings(filing=0.5)) == ("filing residual together with reliance",)


def test_programs_and_plans() -> None:
    programs = [row.id for row in PLAIN.rows(Program)]
    assert named(PLAIN, Choice(action="at_risk", target=programs[1], value=0.3)) == ("plan: next stage at risk",)
    assert named(PLAIN, Choice(action="stop_below", target=programs[1], value=0.3)) == (
        "plan: stop below a believed PoS",
    )
    assert named(PLAIN, Choice(action="stop", target=programs[1], on=date(2030, 1, 1))) == ("plan: stop at a date",)
    assert named(PLAIN, Choice(action="delay", target=programs[1], on=date(2027, 1, 1))) == ()
    ahead = build(PLAIN).labels.stages
    program = next(name for name, _ in ahead if [of for of, _ in ahead].count(name) > 1)
    stage = [name for of, name in ahead if of == program][-1]
    one_stage = Choice(action="delay", target=program, stage=stage, on=date(2027, 1, 1))
    assert named(PLAIN, one_stage) == ("plan: a delay of single stages",)


def test_what_reacts() -> None:
    programs = [row.id for row in PLAIN.rows(Program)]
    cover = Choice(action="cover", target=programs[1], value=6.0)
    assert named(PLAIN, cover) == ()  # cash is off, and holds nothing back
    money = PLAIN.settings.money.model_copy(update={"cash_floor": None})
    couplings = PLAIN.settings.couplings.model_copy(update={"cash": True})
    free = PLAIN.with_settings(PLAIN.settings.model_copy(update={"couplings": couplings, "money": money}))
    free = free.with_rows(Resource, [])
    assert named(free, cover) == ("plan: quarters of spending that cash must cover",)
    for resource in ("trial_starts", "headcount"):
        limited = PLAIN.with_rows(Resource, [Resource(resource=resource, year=2028, amount=3)])
        assert named(limited) == ("limits on trial starts or on people",)
    asset = PLAIN.rows(Program)[0].asset
    plant = (
        Site(id="hall"),
        Line(id="hall-culture", site="hall", litres=2000),
        Recipe(asset=asset, site="hall", titer=Uncertain.fixed(3), grams_per_month=0.5, sales_per_gram=5000.0),
        Expansion(id="hall-more", site="hall", litres=500, capital=5.0, build=Uncertain.fixed(12),
                  licence=Uncertain.fixed(6)),
    )  # fmt: skip
    bigger = PLAIN
    for row in plant:
        bigger = bigger.with_rows(type(row), [*bigger.rows(type(row)), row])
    assert named(bigger) == ()
    above = Choice(action="build_above", target="hall-more", value=0.8, years=4.0)
    assert named(bigger, above) == ("expansions decided by a trigger",)
    audits = Choice(action="audit", target="hall", value=2)
    assert named(bigger, audits) == ()


def test_deals() -> None:
    tiers = [DealTier(deal=row.id, from_sales=float(i), royalty=0.1 * i) for row in PLAIN.rows(Deal) for i in range(2)]
    assert named(PLAIN.with_rows(DealTier, tiers)) == ("royalty tiers",)
    assert named(with_rows(Deal, sales_milestone=5.0, sales_milestone_at=50.0)) == ("sales milestones",)


EAST = {"program": "one-a", "territory": "east"}
TIED: dict[str, tuple[Change, ...]] = {
    "sales milestones": (plus(deal("one", "east"), milestone("sales", at_sales=30.0)),),
    "a bridging study that may fail together with reliance": (where(Filing, EAST, **BRIDGE, relies_on="home"),),
    "confirmation by another program": (where(Filing, EAST, pathway="conditional", confirmed_by="two-a"),),
    "a confirmatory result that may come before the first sale": (
        where(Filing, EAST, pathway="conditional", confirm=Uncertain.fixed(4), confirm_pos=0.5, launch_lag=6.0),
    ),
    "milestones that several filings of one program may earn, by reliance or under a deal still to begin": (
        plus(deal("one", "home", "east", signed=date(2028, 1, 1), approval_milestone=5.0)),
    ),
}


@pytest.mark.parametrize("name", TIED)
def test_what_ties_filings_and_deals(name: str) -> None:
    one = built(1, *TIED[name])
    assert couplings_on(one.model) == (name,)
    with pytest.raises(CoupledError, match=name.split(",")[0]):
        exact(one)


SPREADS = {
    "bridging": (),
    "bridging that costs": ("a bridging study that costs",),
    "validation": (),
    "complete responses": (),
    "confirmatory trial": ("a confirmatory trial",),
    "listing by rounds": (),
    "promotion": (),
    "option": ("an option on a deal, or its extension",),
    "milestone at approval": ("a milestone that the first of several approvals earns",),
    "milestone in a territory": (),
    "milestone at a stage": ("a milestone at a stage",),
    "own team": ("an own team paid from a launch to come",),
    "combination": (
        "loss of exclusivity from a first launch that several programs may make",
        "a combination of own assets",
    ),
    "lines that share patients": ("lines that share patients",),
}


@pytest.mark.parametrize("rule", SPREADS)
def test_what_keeps_variances_out_of_reach_is_named(rule: str) -> None:
    one = built(1, *RULES[rule])
    assert spread_couplings_on(one.model) == SPREADS[rule]
    assert np.isnan(float(exact(one).figures.enpv_sd)) == bool(SPREADS[rule])


def test_listings_drawn_leave_means() -> None:
    assert spread_couplings_on(built(1, *RULES["listing by rounds"], listing=True).model) == ("listing",)


def test_all_are_named_at_once_and_refused() -> None:
    built = build(resolve(everything_on())[0])
    names = couplings_on(built.model)
    assert {"competition", "supply", "inspections", "cash", "learning", "tax", "royalty tiers"} <= set(names)
    with pytest.raises(CoupledError) as caught:
        exact(built)
    assert all(name in str(caught.value) for name in names)


def test_what_keeps_variances_out_of_reach_leaves_means() -> None:
    built = build(PLAIN)
    assert spread_couplings_on(built.model) == ("reliance of one filing on another",)
    figures = exact(built).figures
    assert np.isnan(float(figures.enpv_sd))
    assert np.isfinite(float(figures.enpv))
    with pytest.raises(CoupledError, match="reliance"):
        value_distribution(built)


def test_distribution_says_what_it_cannot_take(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CoupledError, match="several filings to come"):
        value_distribution(build(plainer(random_company(2, assets=2), reliance=False)))
    with pytest.raises(CoupledError, match="factor shared"):
        value_distribution(example("published/fund150_correlated", 1, coupled=True))
    monkeypatch.setattr(distribution, "MOST_PROGRAMS", 2)
    with pytest.raises(CoupledError, match="at most 2 different programs; this company has 3"):
        value_distribution(example("textbook", 1))


def test_the_comparison_sees_a_small_mistake() -> None:
    built = example("textbook", 1)
    pos = built.model.stages.pos.copy()
    pos[0] += 0.01
    model = built.model._replace(stages=built.model.stages._replace(pos=pos))
    mistaken = dataclasses.replace(built, model=model)
    wrong = {check.name for check in compare_with(simulate(mistaken, 100_000), exact(built).figures) if not check.fine}
    assert {"passed", "launches", "npv", "approvals"} <= wrong
