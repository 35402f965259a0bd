"""Plans that react, limits per year and audits: the engine and the SimPy model agree, and each of them acts."""

import pytest
from tests.support.futures import disagreements, engine_futures
from tests.support.random_supply import random_supply
from tests.support.random_worlds import random_world
from tests.support.reacting import PLAN, random_plan, reacting

from benchmarks import simpy_model
from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice, Resource
from echelon.futures.build.build import build
from echelon.futures.model import Model


def model_of(company: Company, choices: tuple[Choice, ...], seed: int = 3) -> Model:
    return build(resolve(company)[0], choices, seed).model


def differing(model: Model, futures: int) -> set[str]:
    """Names of what differs between the engine and the SimPy model in any future."""
    pairs = zip(simpy_model.run(model, 0, futures), engine_futures(model, 0, futures), strict=True)
    return {name for ours, theirs in pairs for name in disagreements(ours, theirs)}


def test_all_of_it_agrees() -> None:
    company = reacting()
    assert differing(model_of(company, company.plans["reacts"]), 80) == set()


@pytest.mark.parametrize("seed", range(6))
def test_random_worlds_agree(seed: int) -> None:
    assert differing(model_of(*random_plan(random_world(seed), seed), seed), 4) == set()


@pytest.mark.parametrize("seed", range(6))
def test_random_networks_agree(seed: int) -> None:
    assert differing(model_of(*random_plan(random_supply(seed), seed), seed), 4) == set()


@pytest.mark.parametrize("row", PLAN, ids=lambda row: row.key)
def test_every_row_of_the_plan_matters(row: Choice) -> None:
    company = reacting()
    plan = company.plans["reacts"]
    with_it, without = (
        [future.measures["enpv"] for future in engine_futures(model_of(company, rows), 0, 200)]
        for rows in (plan, tuple(other for other in plan if other is not row))
    )
    assert with_it != without


@pytest.mark.parametrize("resource", ["trial_starts", "headcount"])
def test_every_limit_matters(resource: str) -> None:
    company = reacting()
    free = company.with_rows(Resource, [row for row in company.rows(Resource) if row.resource != resource])
    with_it, without = (
        [future.measures["starts_paused"] for future in engine_futures(model_of(one, company.plans["reacts"]), 0, 100)]
        for one in (company, free)
    )
    assert with_it != without
