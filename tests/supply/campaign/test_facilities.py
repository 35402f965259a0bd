"""Facilities: hand-solved instances, the evaluator against what it must refuse, and a published instance's size."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.supply.campaign.build import solved

from echelon.company.diagnostics import CompanyError
from echelon.supply.campaign.facilities import Timetable
from echelon.supply.campaign.plan import InfeasibleError
from echelon.supply.campaign.problems import FacilitiesProblem


def one(**changes: Any) -> dict[str, Any]:
    """One facility and product, 10 kg a batch, a batch in 10 days, first after 20: 8 batches in a first period."""
    data: dict[str, Any] = {
        "sets": {"facilities": ["f"], "products": ["p"], "periods": ["q1", "q2", "q3"]},
        "scalars": {
            "days_per_period": 90, "production_lead_time_days": 20, "product_lifetime_periods": 1,
            "sales_price_per_kg": 2, "storage_cost_per_kg_period": 0.5, "lateness_penalty": 0.3, "changeover_cost": 4,
            "backlog_decay": 1, "min_campaign_days": 0, "release_periods": 0,
        },
        "demand_kg": {"p": {"q2": 50}},
        "rate_batches_per_day": {"f": {"p": 0.1}},
        "yield_kg_per_batch": {"f": {"p": 10}},
        "batch_cost": {"f": {"p": 3}},
    }  # fmt: skip
    scalars = changes.pop("scalars", {})
    return {**data, **changes, "scalars": {**data["scalars"], **scalars}}


@pytest.mark.parametrize(
    ("data", "profit"),
    [
        # Five batches in the quarter they are due: 100 - 15 - 4.
        (one(), 81),
        # A release of a quarter: made in q1, due in q2; not in stock before its release.
        (one(scalars={"release_periods": 1}), 81),
        # Not open before q3: 50 kg are late for one quarter, 15.
        (one(availability={"f": "q3"}), 66),
        # Twenty kilograms are there already, kept over q1 for 10: 100 - 9 - 4 - 10, or thrown away for nothing: 81.
        (one(initial_stock_kg={"p": 20}), 81),
        # The same with storage for nothing.
        (one(initial_stock_kg={"p": 20}, scalars={"storage_cost_per_kg_period": 0}), 87),
        # A batch more costs less than its price, though half of it is wasted: 110 - 18 - 4.
        (one(demand_kg={"p": [0, 55, 0]}), 88),
        # Begun in q1 with nothing but the lead time, q2 makes all 9 that fit; 20 kg come a quarter late, which is
        # cheaper than keeping them for one: 220 - 33 - 20 x 0.3.
        (one(demand_kg={"p": [0, 110, 0]}, scalars={"changeover_cost": 0}), 181),
    ],
)
def test_hand_solved(data: dict[str, Any], profit: float, tmp_path: Path) -> None:
    found = solved(data, tmp_path)
    assert (found.status, found.objective) == ("optimal", pytest.approx(profit))


@pytest.mark.parametrize("word", ["Y", "yes", "Yes ", True, 1])
def test_words_for_yes(word: object, tmp_path: Path) -> None:
    assert solved(one(can_make={"f": {"p": word}}), tmp_path).objective == pytest.approx(81)
    for no in ("N", "no", False, None, 0):
        with pytest.raises(InfeasibleError, match="no facility can make it"):
            solved(one(can_make={"f": {"p": no}}), tmp_path)
    with pytest.raises(CompanyError, match="can_make of p at f is a text; it should be `Y` or `N`"):
        solved(one(can_make={"f": {"p": "maybe"}}), tmp_path)


def test_the_evaluator_refuses_what_breaks_a_rule(tmp_path: Path) -> None:
    only = {"facilities": ["f"], "products": ["p"], "periods": ["q2"]}
    found = solved(one(sets=only), tmp_path)
    assert isinstance(found.problem, FacilitiesProblem)
    assert isinstance(found.schedule, Timetable)
    (run,) = found.schedule.runs
    good = found.problem.evaluate(found.schedule)
    assert good.wrong == ()
    assert good.profit == Fraction(81)
    for change, words in (
        ({"batches": 6}, "counted"),
        ({"started": False}, "goes on from nothing"),
        ({"batches": 12}, "no campaign of a period"),
        ({"product": "q"}, "cannot be made there"),
    ):
        bad = replace(found.schedule, runs=(replace(run, **change),))
        assert any(words in line for line in found.problem.evaluate(bad).wrong), change
    bad = replace(found.schedule, lines=(replace(found.schedule.lines[0], sold=60.0),))
    assert any("less than nothing" in text for text in found.problem.evaluate(bad).wrong)


def test_what_cannot_be(tmp_path: Path) -> None:
    for data, words in (
        (one(can_make={"f": []}), "no facility can make it"),
        (one(scalars={"production_lead_time_days": 200}), "can never begin"),
        (one(demand_kg={"p": [95, 0, 0]}, max_backlog_kg={"p": 0}), "15 kg are late at best, and at most 0 may be"),
    ):
        with pytest.raises(InfeasibleError, match=words):
            solved(data, tmp_path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    demand=st.lists(st.integers(0, 120), min_size=6, max_size=6),
    rates=st.lists(st.sampled_from([0.05, 0.1, 0.15]), min_size=2, max_size=2),
    release=st.integers(0, 2),
    life=st.integers(0, 3),
    stock=st.integers(0, 50),
)
def test_any_plan_passes_the_evaluator(
    demand: list[int], rates: list[float], release: int, life: int, stock: int, tmp_path: Path
) -> None:
    data = one(
        sets={"facilities": ["f", "g"], "products": ["p", "r"], "periods": ["q1", "q2", "q3"]},
        demand_kg={"p": demand[:3], "r": demand[3:]},
        rate_batches_per_day={"f": {"p": rates[0], "r": rates[1]}, "g": {"p": rates[1]}},
        yield_kg_per_batch={"f": {"p": 10, "r": 7}, "g": {"p": 12}},
        batch_cost={"f": {"p": 3, "r": 1}, "g": {"p": 2}},
        scalars={"release_periods": release, "product_lifetime_periods": life},
        initial_stock_kg={"p": stock, "r": 0},
    )
    found = solved(data, tmp_path, 20.0)
    assert found.verdict is not None
    assert found.verdict.wrong == ()
    assert found.objective is not None
    assert found.objective <= found.bound + 1e-9
    worse = solved({**data, "rate_batches_per_day": {"f": {"p": rates[0], "r": rates[1]}, "g": {}}}, tmp_path, 20.0)
    if worse.status == found.status == "optimal":
        assert worse.objective is not None
        assert worse.objective <= found.objective + 1e-6


SHARED = Path("/").joinpath("work", "shared", "data", "planning", "lakhdar2007", "instance.json")


@pytest.mark.skipif(not SHARED.exists(), reason="the published instance of 15 products is not on this machine")
def test_the_published_instance_is_planned_with_a_bound(tmp_path: Path) -> None:
    data = json.loads(SHARED.read_text())
    # Four years of its fifteen.
    data["sets"]["periods"] = 16
    data["demand_kg"] = {p: {t: v for t, v in row.items() if int(t[1:]) <= 16} for p, row in data["demand_kg"].items()}
    del data["availability"]["i9"]
    data["can_make"].pop("i9")
    found = solved(data, tmp_path, 20.0)
    assert found.objective is not None
    assert found.gap is not None
    assert 0.0 <= found.gap < 0.25
