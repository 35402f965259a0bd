"""The SimPy model and the engine give the same future, draw for draw, with every coupling on."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.companies import everything_on
from tests.support.futures import disagreements, engine_futures
from tests.support.networks import random_network
from tests.support.random_supply import random_supply

import echelon.examples
from benchmarks import simpy_model
from echelon.company.company import Company
from echelon.company.overlay import uncoupled
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice
from echelon.futures.build.build import build
from echelon.futures.model import Model

EXAMPLES = Path(echelon.examples.__file__).parent


def model_of(company: Company, choices: tuple[Choice, ...] = (), seed: int = 0) -> Model:
    return build(resolve(company)[0], choices, seed).model


def all_disagreements(model: Model, futures: int, first: int = 0) -> set[str]:
    pairs = zip(simpy_model.run(model, first, futures), engine_futures(model, first, futures), strict=True)
    return {name for ours, theirs in pairs for name in disagreements(ours, theirs)}


@pytest.mark.parametrize("name", ["textbook", "biotech", "published/paul2010", "published/fund150_correlated"])
def test_examples_agree(name):
    assert all_disagreements(model_of(load(EXAMPLES / name)), 50) == set()


@pytest.mark.parametrize("seed", [0, 7])
def test_everything_on_agrees(seed):
    company = everything_on()
    assert all_disagreements(model_of(company, company.plans["all"], seed), 60, first=10**10) == set()


def test_everything_off_agrees():
    company = everything_on()
    assert all_disagreements(model_of(uncoupled(company)), 50) == set()


@pytest.mark.parametrize("plan", ["", "build-a-b"])
def test_top_alliance_agrees(plan):
    company = load(EXAMPLES / "top_alliance")
    model = model_of(company, company.plans[plan] if plan else ())
    assert all_disagreements(model, 5) == set()


@pytest.mark.parametrize("seed", range(8))
def test_random_supply_agrees(seed):
    """Two seeds of each rule by which short supply is shared out, with certificates and without."""
    assert all_disagreements(model_of(random_supply(seed), seed=seed), 4) == set()


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_agree(seed):
    assert all_disagreements(model_of(random_network(seed), seed=seed), 4) == set()


def test_random_supply_agrees_when_capacity_does_not_limit():
    assert all_disagreements(model_of(uncoupled(random_supply(3))), 4) == set()


def test_random_supply_exercises_the_rules_of_supply():
    flows, transfers, stops, built, held_up = np.zeros(6), 0, 0, 0, 0
    for seed in range(4):
        model = model_of(random_supply(seed), seed=seed)
        future = simpy_model.Future(simpy_model.company_of(model), 0)
        outcome = future.run()
        supply = future.markets.supply
        flows += sum(np.sum(stage, axis=1) for stage in outcome.flows)
        transfers += sum(np.isfinite(supply.ready))
        stops += sum(len(spans) for spans in supply.stops)
        built += sum(len(rows) for rows in supply.built) - np.isfinite(model.supply.expand_at).sum()
        held_up += sum(sum(lost) > 0.0 for lost in supply.lost)
    assert (flows > 0.0).all()
    assert min(transfers, stops, built) > 0
    assert held_up >= 4


def test_everything_on_exercises_every_rule():
    company = everything_on()
    model = model_of(company, company.plans["all"])
    futures = simpy_model.run(model, 0, 60)
    totals = {name: np.array([sum(future.lines[name]) for future in futures]) for name in futures[0].lines}
    for name, total in totals.items():
        assert (total != 0.0).any(), f"nothing is ever booked as {name}"
    measures = {name: np.array([future.measures[name] for future in futures]) for name in futures[0].measures}
    assert (measures["starts_paused"] > 0).any()
    assert (measures["first_short"] >= 0).any()
    assert (measures["lowest_cash"] < model.money.floor).any()
    assert (measures["years_filled"] > 0).any()
    approvals = np.isfinite([future.approved for future in futures]).mean(axis=0)
    assert ((approvals > 0.0) & (approvals <= 1.0)).sum() >= 10


def test_everything_on_exercises_the_rules_of_the_world():
    company = everything_on()
    futures = simpy_model.run(model_of(company, company.plans["all"]), 0, 60)
    flows = np.sum([np.sum(future.deals, axis=(0, 2)) for future in futures], axis=0)
    assert (flows > 0.0).all(), "a flow between partners and us that never flows"
    assert (np.sum([np.sum(future.visits, axis=0) for future in futures], axis=0) > 0).all()
    assert np.sum([np.any(future.listed, axis=1) for future in futures], axis=0).astype(bool).sum() >= 4
    assert np.sum([np.any(future.withdrawn, axis=1) for future in futures], axis=0).astype(bool).sum() >= 3


@pytest.mark.parametrize("action", sorted({choice.action for choice in everything_on().plans["all"]}))
def test_every_choice_of_the_plan_matters(action):
    company = everything_on()
    plan = company.plans["all"]
    with_it = simpy_model.run(model_of(company, plan), 0, 60)
    without = simpy_model.run(model_of(company, tuple(c for c in plan if c.action != action)), 0, 60)
    assert [future.measures["enpv"] for future in with_it] != [future.measures["enpv"] for future in without]


@pytest.mark.parametrize(
    ("coupling", "off"),
    [(name, 0.0) for name in ("asset", "target", "platform", "filing", "learning")]
    + [(name, False) for name in ("competition", "supply", "cash", "listing", "inspections")],
)
def test_every_coupling_matters(coupling, off):
    company = everything_on()
    couplings = company.settings.couplings.model_copy(update={coupling: off})
    changed = company.with_settings(company.settings.model_copy(update={"couplings": couplings}))
    plan = company.plans["all"]
    with_it = simpy_model.run(model_of(company, plan), 0, 60)
    without = simpy_model.run(model_of(changed, plan), 0, 60)
    assert [future.measures["enpv"] for future in with_it] != [future.measures["enpv"] for future in without]
