"""Inspections: published outcomes of visits, and what a facility obstacle costs in months."""

import math
from datetime import date
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from echelon.priors.base import table
from echelon.priors.inspections import delay, missed, outcome_share, readiness_slope

NAI, VAI, OAI, TOTAL = 15_691, 15_860, 2_482, 34_033


def months(obstacle: str = "") -> list[float]:
    return [float(row["months"]) for row in table("facility_delays") if obstacle in ("", row["obstacle"])]


def test_the_table_sums_to_the_published_totals():
    rows = table("inspection_classes")
    assert [int(row["fiscal_year"]) for row in rows] == list(range(2009, 2024))
    assert [sum(int(row[name]) for row in rows) for name in ("nai", "vai", "oai")] == [NAI, VAI, OAI]
    assert NAI + VAI + OAI == TOTAL


@pytest.mark.parametrize(("outcome", "count"), [("nai", NAI), ("vai", VAI), ("oai", OAI)])
def test_shares_are_counts_over_all(outcome, count):
    found = outcome_share(outcome)
    assert found.value == pytest.approx(count / TOTAL, rel=5e-4)
    assert found.n == TOTAL
    assert f"{count} {outcome.upper()} of {TOTAL}" in found.how
    assert found.confidence == "derived"


def test_the_rest_is_shared_out_when_one_chance_is_known():
    found = outcome_share("vai", "oai", 0.6)
    assert found.value == pytest.approx(0.4 * VAI / (VAI + NAI), rel=5e-4)
    assert found.n == VAI + NAI
    published = outcome_share("oai").value
    assert outcome_share("vai", "oai", published).value == pytest.approx(outcome_share("vai").value, rel=1e-3)
    assert outcome_share("oai", "vai", 1.0).value == 0


@given(st.floats(0, 1), st.sampled_from([("oai", "vai"), ("vai", "oai")]))
def test_two_chances_never_exceed_one(given_chance, names):
    assert given_chance + outcome_share(*names, given_chance).value <= 1 + 1e-9


def test_a_visit_is_missed_in_proportion_to_what_refused_biologics_show():
    assert missed().value == pytest.approx(OAI / TOTAL * 6 / 22, rel=1e-3)
    assert missed().n == 28


def test_delays_are_the_twenty_published_cases():
    cases = months()
    assert len(cases) == 20
    assert median(cases) == pytest.approx(12.5, abs=0.06)
    found = delay()
    assert (found.value.dist, found.n) == ("lognormal", 20)
    assert found.value.mode == pytest.approx(11.5, abs=0.1)
    spread = math.log(found.value.high / found.value.low) / (2 * norm.ppf(0.9))
    assert spread == pytest.approx(0.58, abs=0.01)


def test_the_lognormal_has_the_moments_of_the_logs():
    logs = [math.log(value) for value in months("deficiency")]
    mean = sum(logs) / len(logs)
    sd = math.sqrt(sum((value - mean) ** 2 for value in logs) / (len(logs) - 1))
    found = delay("deficiency").value
    assert found.mode == pytest.approx(math.exp(mean), rel=1e-3)
    assert found.low == pytest.approx(math.exp(mean + norm.ppf(0.1) * sd), rel=1e-3)
    assert found.high == pytest.approx(math.exp(mean + norm.ppf(0.9) * sd), rel=1e-3)


def test_a_visit_not_done_takes_longer_than_a_deficiency_and_says_how_little_is_known():
    assert delay("not_done").n == len(months("not_done")) == 3
    assert delay("not_done").value.mode > delay("deficiency").value.mode
    assert "obstacle not_done" in delay("not_done").how
    assert delay("not_done").confidence == "remembered"  # the days of approval are from memory
    assert len(months("deficiency")) + len(months("not_done")) + len(months("travel")) == 20


def test_months_follow_from_the_days_of_letter_and_approval():
    for row in table("facility_delays"):
        days = (date.fromisoformat(row["approved"]) - date.fromisoformat(row["letter"])).days
        assert float(row["months"]) == pytest.approx(days * 12 / 365.25, abs=0.06), row["application"]


def test_readiness_moves_the_odds():
    assert math.exp(0.5 * readiness_slope()) == pytest.approx(7.4, abs=0.1)
