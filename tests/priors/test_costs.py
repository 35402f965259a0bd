"""Costs: per study times studies, benchmark totals, prices and currency."""

import pytest

from echelon.priors.base import facts
from echelon.priors.costs import cost, mean_cost, per_patient, price_factor


def test_a_phase_costs_its_studies():
    found = mean_cost("phase3", "oncology")
    assert found.value.mean == pytest.approx(22.1 * 2.8)
    assert found.value.price_year == 2008
    assert mean_cost("phase1", "cardiovascular").value.mean == pytest.approx(2.2 * 1.7)
    assert mean_cost("phase2", "neurology").value.mean == pytest.approx(13.9 * 2.0)


def test_without_an_area_the_mean_of_all_areas_is_used():
    rows = [f.value for (_, m), f in facts("costs", "area", "measure").items() if m == "phase2"]
    assert len(rows) == 13
    assert mean_cost("phase2", "other").value.mean == pytest.approx(2.0 * sum(rows) / 13, rel=1e-3)


def test_cost_in_company_money_keeps_the_mean():
    found = cost("phase3", "oncology", 2025, currency_rate=7.1, level=0.4)
    want = 22.1 * 2.8 * price_factor(2008, 2025) * 7.1 * 0.4
    assert (found.value.low + found.value.mode + found.value.high) / 3 == pytest.approx(want, rel=1e-3)
    assert found.confidence == "remembered"  # the price index is
    for part in ("22.1", "2.8", "7.1", "0.4", "2008", "2025"):
        assert part in found.how


def test_prices_grow_as_the_remembered_index():
    assert price_factor(2008, 2024) == pytest.approx(313.7 / 215.3, rel=0.005)
    assert price_factor(2020, 2020) == 1.0
    assert price_factor(2008, 2024) * price_factor(2024, 2008) == pytest.approx(1.0)


def test_the_step_to_the_first_trial_costs_nothing_more():
    found = cost("ind", "oncology", 2025)
    assert found.value.dist == "fixed"
    assert found.value.mode == 0
    assert cost("filing", "oncology", 2008).value.mode == pytest.approx(0.8 * 40)


def test_benchmark_chain_reproduces_its_published_totals():
    rows = facts("benchmark_chain", "stage", "measure")
    stages = list(dict.fromkeys(stage for stage, _ in rows))
    assert len(stages) == 8
    spent = capitalised = 0.0
    for at, stage in enumerate(stages):
        started = 1.0
        later = 0.0
        for name in stages[at:]:
            started /= rows[(name, "pos")].value
        for name in stages[at + 1 :]:
            later += rows[(name, "years")].value
        money = started * rows[(stage, "cost")].value
        spent += money
        capitalised += money * 1.11 ** (later + rows[(stage, "years")].value / 2)
    assert spent == pytest.approx(873.02, abs=0.5)
    assert capitalised == pytest.approx(1778.42, abs=1.0)


def test_per_patient_is_the_published_figure():
    assert per_patient("phase3", "oncology").value == 93_145
    assert per_patient("phase1", "other").value == 81_338
