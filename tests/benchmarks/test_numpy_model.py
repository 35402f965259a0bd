"""The NumPy model gives the engine's futures, draw for draw, and refuses rules that it does not have."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.plain import LEFT_OUT, plain
from tests.support.companies import everything_on
from tests.support.random_supply import random_supply

import echelon.examples
from benchmarks import numpy_model
from echelon.company.company import Company
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.supply import Line
from echelon.futures.build.build import build
from echelon.futures.memory import new_state, new_tally
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.bundles import pack
from echelon.futures.rules.future import run_block

EXAMPLES = Path(echelon.examples.__file__).parent


def engine(model: Model, first: int, futures: int) -> dict[str, np.ndarray]:
    state, tally = new_state(model), new_tally(model)
    measures = np.empty((futures, len(n.MEASURES)))
    run_block(pack(model), pack(state), pack(tally), np.uint64(first), futures, measures, True)
    return {name: measures[:, i] for i, (name, _) in enumerate(n.MEASURES)}


def disagreements(model: Model, futures: int, block: int, first: int = 0) -> set[str]:
    ours, theirs = numpy_model.run(model, first, futures, block), engine(model, first, futures)
    assert set(ours) == set(theirs)
    return {name for name in ours if not np.allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-7, equal_nan=True)}


def with_money(company: Company, **changed: float) -> Company:
    money = company.settings.money.model_copy(update=changed)
    return company.with_settings(company.settings.model_copy(update={"money": money}))


@pytest.mark.parametrize("name", ["textbook", "biotech"])
def test_examples_agree(name):
    assert disagreements(build(resolve(load(EXAMPLES / name))[0]).model, 200, 64) == set()


def test_top_alliance_agrees():
    model = build(plain(resolve(load(EXAMPLES / "top_alliance"))[0])).model
    assert disagreements(model, 200, 128, first=2**33) == set()


def test_top_alliance_agrees_when_cash_is_short():
    company = with_money(load(EXAMPLES / "top_alliance"), opening_cash=1500.0, overhead=1500.0)
    model = build(plain(resolve(company)[0])).model
    assert engine(model, 0, 64)["starts_paused"].mean() > 50
    assert disagreements(model, 64, 64) == set()


def test_block_size_changes_rounding_only():
    model = build(resolve(load(EXAMPLES / "biotech"))[0]).model
    one, other = numpy_model.run(model, 3, 50, 50), numpy_model.run(model, 3, 50, 7)
    assert all(np.allclose(one[name], other[name], rtol=1e-13, atol=1e-12, equal_nan=True) for name in one)


@pytest.mark.parametrize(
    "rule", ["bridging", "confirmation", "inspections", "reimbursement", "own teams", "milestones"]
)
def test_top_alliance_as_it_is_is_refused(rule):
    assert rule in LEFT_OUT
    with pytest.raises(NotImplementedError, match=rule):
        numpy_model.run(build(resolve(load(EXAMPLES / "top_alliance"))[0]).model, 0, 10)


def test_a_network_of_sites_is_refused():
    model = build(resolve(random_supply(1))[0]).model
    with pytest.raises(NotImplementedError, match=r"expansions.*several steps.*stocks.*before others.*transfers"):
        numpy_model.run(model, 0, 10)


def test_sites_asked_in_turn_agree():
    """Lines that are short, sites with certificates from a day on, each asked for what the one before cannot make."""
    company = plain(resolve(load(EXAMPLES / "top_alliance"))[0])
    small = [row.model_copy(update={"litres": 0.05 * row.litres}) for row in company.rows(Line)]
    model = build(company.with_rows(Line, small)).model
    assert model.supply.passes > 1
    assert (engine(model, 0, 64)["unserved_share"] > 0.0).mean() > 0.5
    assert disagreements(model, 64, 64) == set()


def test_rules_it_lacks_are_refused():
    company = everything_on()
    model = build(resolve(company)[0], company.plans["all"]).model
    with pytest.raises(NotImplementedError, match=r"learning.*starts at risk.*dependencies.*options"):
        numpy_model.run(model, 0, 10)
