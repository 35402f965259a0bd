"""The exact engine and simulated futures agree on every figure that both give, on every published example."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.agreement import failures
from tests.support.companies import everything_on
from tests.support.random_companies import random_company
from tests.support.random_worlds import random_world

import echelon.examples
from echelon.company.company import Company
from echelon.company.overlay import uncoupled
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.market import Deal, DealMilestone, DealTier, Filing
from echelon.company.rows.science import Discovery, Program
from echelon.company.rows.supply import Certificate, Expansion, Recipe
from echelon.futures.build.build import Built, build
from echelon.futures.exact.engine import couplings_on, exact

EXAMPLES = Path(echelon.examples.__file__).parent
SMALL = ("textbook", "biotech", "published/bio2020", "published/dimasi2016", "published/paul2010")
SEEDS = (1, 2, 3)
ECHELONS = {"echelons", "filled", "live_program_quarters", "years_filled"}
"""Figures left out where programs share exclusivity in several ways, or an approval may be withdrawn."""


def example(name: str, seed: int, coupled: bool = False) -> Built:
    """An example company as arrays, without its couplings unless they are asked for."""
    company, _ = resolve(load(EXAMPLES / name))
    return build(company if coupled else uncoupled(company), (), seed)


def plainer(company: Company, reliance: bool = True, **couplings: float) -> Company:
    """A company of the tests without the couplings that the exact engine cannot take."""
    company = uncoupled(resolve(company)[0])
    deals = [
        deal.model_copy(update={"sales_milestone_at": None, "sales_milestone": 0.0, "royalty": deal.royalty or 0.1})
        for deal in company.rows(Deal)
    ]
    events = [row for row in company.rows(DealMilestone) if row.kind != "sales"]
    company = company.with_rows(DealTier, []).with_rows(Deal, deals).with_rows(DealMilestone, events)
    filings = [filing.model_copy(update={"confirmed_by": ""}) for filing in company.rows(Filing)]
    programs = [row.model_copy(update={"depends_on": "", "depends_stage": ""}) for row in company.rows(Program)]
    if not reliance:
        filings = [filing.model_copy(update={"relies_on": ""}) for filing in filings]
    company = company.with_rows(Filing, filings).with_rows(Program, programs)
    uncosted = {"substance_cost": 0.0, "product_cost": 0.0, "transfer_cost": 0.0}
    recipes = [row.model_copy(update=uncosted) for row in company.rows(Recipe)]
    certificates = [row.model_copy(update={"shipping": 0.0}) for row in company.rows(Certificate)]
    decided = [row.model_copy(update={"trigger": None}) for row in company.rows(Expansion)]
    company = company.with_rows(Recipe, recipes).with_rows(Certificate, certificates).with_rows(Expansion, decided)
    settings = company.settings
    settings = settings.model_copy(update={"couplings": settings.couplings.model_copy(update=couplings)})
    return company.with_settings(settings)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SMALL)
def test_small_examples(name: str, seed: int) -> None:
    assert failures(example(name, seed), 200_000 if name != "published/bio2020" else 50_000) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["published/fund150", "published/fund150_correlated"])
def test_funds_with_their_own_correlation(name: str, seed: int) -> None:
    assert failures(example(name, seed, coupled=True), 20_000) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_top_alliance(seed: int) -> None:
    company = plainer(load(EXAMPLES / "top_alliance"))
    # Where one filing relies on another, a bridging study that may fail is not followed.
    sure = [row.model_copy(update={"bridging_pos": 1.0}) for row in company.rows(Filing)]
    assert {check.name for check in failures(build(company.with_rows(Filing, sure), (), seed), 20_000)} <= ECHELONS


@pytest.mark.parametrize("number", range(4))
def test_random_companies_with_reliance(number: int) -> None:
    assert failures(build(plainer(random_company(number)), (), 7), 40_000) == []


@pytest.mark.parametrize("number", range(4))
def test_random_companies_whose_authorities_differ(number: int) -> None:
    company = plainer(random_company(number), reliance=False, filing=0.4)
    assert failures(build(company, (), 8), 40_000) == []


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("listing", [False, True])
def test_random_worlds(number: int, listing: bool) -> None:
    company = plainer(random_world(number), listing=listing)
    assert {check.name for check in failures(build(company, (), 7), 40_000)} <= ECHELONS


@pytest.mark.parametrize("number", range(4))
def test_random_worlds_whose_authorities_differ(number: int) -> None:
    company = plainer(random_world(number), reliance=False, filing=0.4)
    assert {check.name for check in failures(build(company, (), 8), 40_000)} <= ECHELONS


@pytest.mark.parametrize("number", range(3))
def test_random_companies_on_one_platform(number: int) -> None:
    company = plainer(random_company(number), reliance=False, filing=0.7, platform=0.25, asset=0.15)
    same = [row.model_copy(update={"platform": "p1"}) for row in company.rows(Discovery)]
    assert failures(build(company.with_rows(Discovery, same), (), 9), 40_000) == []


def everything(reliance: bool) -> Built:
    """The company in which every rule acts, its couplings off, under those choices that the engine takes."""
    company = plainer(everything_on(), reliance)
    filings = [
        row.model_copy(update={"launch_lag": 3.0, "relies_on": "" if row.program == "gamma-breast" else row.relies_on})
        for row in company.rows(Filing)
    ]
    company = company.with_rows(Filing, filings)
    choices = tuple(c for c in company.plans["all"] if c.action in ("delay", "build", "license", "fund", "accept_cut"))
    return build(company, choices, 11)


@pytest.mark.parametrize("reliance", [False, True])
def test_company_in_which_every_rule_acts(reliance: bool) -> None:
    built = everything(reliance)
    assert couplings_on(built.model) == ()
    result = exact(built)
    assert np.isnan(result.figures.echelons).all()
    assert any("alpha" in note for note in result.notes)
    assert {check.name for check in failures(built, 60_000)} <= ECHELONS
