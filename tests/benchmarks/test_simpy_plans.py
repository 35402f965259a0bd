"""Plans that react, limits per year and audits: the engine and the SimPy model agree, and each of them acts."""

import numpy as np
import pytest
from tests.support.futures import disagreements, engine_futures
from tests.support.random_supply import random_supply
from tests.support.random_worlds import random_world
from tests.support.reacting import PLAN, reacting

from benchmarks import simpy_model
from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.science import Program, Stage
from echelon.company.rows.supply import Expansion
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


def random_plan(company: Company, seed: int) -> tuple[Company, tuple[Choice, ...]]:
    """A company with random limits and people, and a random plan that reacts."""
    pick = np.random.default_rng(40_000 + seed)
    money = company.settings.money
    poor = money.model_copy(update={"opening_cash": 0.6 * money.opening_cash})
    company = company.with_settings(company.settings.model_copy(update={"money": poor if seed % 2 else money}))
    people = [row.model_copy(update={"people": float(pick.integers(0, 20))}) for row in company.rows(Stage)]
    years = range(company.settings.company.as_of.year, company.settings.company.as_of.year + 12)
    limits: list[Resource] = []
    for year in years:
        if pick.random() < 0.6:
            limits.append(Resource(resource="trial_starts", year=year, amount=float(pick.integers(0, 4))))
        if pick.random() < 0.6:
            limits.append(Resource(resource="headcount", year=year, amount=float(pick.integers(20, 60))))
    company = company.with_rows(Stage, people).with_rows(Resource, [*company.rows(Resource), *limits])
    stages = sorted({row.stage for row in company.rows(Stage)})
    programs = [row.id for row in company.rows(Program)]
    rows: dict[str, Choice] = {}
    for _ in range(10):
        action = str(pick.choice(["cover", "stop_below", "at_risk", "fund"]))
        top = {"cover": 12.0, "stop_below": 0.7, "at_risk": 1.0, "fund": 1.0}[action]
        row = Choice(
            action=action,  # type: ignore[arg-type]
            target=str(pick.choice(["*", *programs])),
            stage=str(pick.choice(["", *stages])),
            value=float(pick.uniform(0.0, top)),
        )
        rows[row.key] = row
    for expansion in company.rows(Expansion):
        if expansion.starts is None:
            row = Choice(
                action="build_above",
                target=expansion.id,
                value=float(pick.uniform(0.2, 1.0)),
                years=float(pick.choice([0.0, 2.0, 4.0, 8.0])),
            )
            rows[row.key] = row
    return company, tuple(rows.values())


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
