"""Scores against hand-worked examples, closed forms, and what must hold for outcomes drawn from the prediction."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.runs import scores
from echelon.runs.scores import HALF, MOST, covered, crps_sample, crps_time, pit, pit_time, wilson

INF = math.inf


def test_crps_of_two_futures_by_hand() -> None:
    # |1 - 2| and |5 - 2| have mean 2; the pairs differ by 0, 4, 4, 0, mean 2, of which half.
    assert crps_sample(np.array([5.0, 1.0]), 2.0) == pytest.approx(1.0)
    assert crps_sample(np.array([3.0]), 7.0) == 4.0


def test_crps_of_a_normal_sample_nears_its_closed_form() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(10.0, 2.0, 200_000)
    for y in (6.0, 10.0, 13.0):
        z = (y - 10.0) / 2.0
        phi, big = math.exp(-z * z / 2) / math.sqrt(2 * math.pi), 0.5 * (1 + math.erf(z / math.sqrt(2)))
        assert crps_sample(x, y) == pytest.approx(
            2.0 * (z * (2 * big - 1) + 2 * phi - 1 / math.sqrt(math.pi)), rel=0.01
        )


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12), st.floats(-60, 60))
def test_crps_sample_is_the_integral_of_squared_distance(values: list[float], outcome: float) -> None:
    x = np.array(values)
    points = np.unique(np.append(x, outcome))
    middles = 0.5 * (points[1:] + points[:-1])
    f = (x[None, :] <= middles[:, None]).mean(axis=1)
    area = float((((f - (outcome <= middles)) ** 2) * np.diff(points)).sum())
    assert crps_sample(x, outcome) == pytest.approx(area, abs=1e-9)


def test_crps_of_times_by_hand() -> None:
    # Half of the futures at year 1, half never; watched for 4 years. F is 0 then 1/2.
    times = np.array([1.0, INF])
    assert crps_time(times, 0.5, INF, 4.0) == pytest.approx(3 * 0.25)
    assert crps_time(times, 0.5, 3.0, 4.0) == pytest.approx(0 + 2 * 0.25 + 1 * 0.25)
    assert crps_time(times, 0.5, 0.5, 4.0) == pytest.approx(0.5 * 1 + 3 * 0.25)
    # One date with one probability, as a spreadsheet has it.
    assert crps_time(np.array([2.0]), np.array([0.8]), INF, 4.0) == pytest.approx(2 * 0.64)
    # What would come after the window says nothing against "not yet".
    assert crps_time(np.array([9.0]), 1.0, INF, 4.0) == 0.0


@given(st.lists(st.floats(0, 20) | st.just(INF), min_size=1, max_size=10), st.floats(0, 20), st.floats(0.1, 15))
def test_crps_of_times_is_crps_when_the_window_holds_all(times: list[float], outcome: float, window: float) -> None:
    t = np.array(times)
    if np.isfinite(t).all():
        whole = crps_time(t, 1.0 / t.size, outcome, 25.0)
        assert whole == pytest.approx(crps_sample(t, outcome), abs=1e-9)
    came = outcome if outcome <= window else INF
    cut, later = crps_time(t, 1.0 / t.size, came, window), crps_time(t, 1.0 / t.size, outcome, window + 5.0)
    assert -1e-12 <= cut <= window
    assert cut <= later + 1e-9


def test_pit_and_coverage() -> None:
    x = np.arange(100.0)
    assert pit(x, 30.0) == (0.30, 0.31)
    assert covered((0.30, 0.31), HALF) == 1.0
    assert covered((0.05, 0.06), MOST) == 0.0
    assert covered((0.5, 0.5), HALF) == 1.0
    # Not yet by a time at which 0.4 of the futures have it: known to lie in the upper 0.6.
    times = np.array([1.0, 1.0, 9.0, 9.0, 9.0])
    assert pit_time(times, INF, 4.0) == (0.4, 1.0)
    assert covered((0.4, 1.0), HALF) == pytest.approx(0.35 / 0.6)
    assert pit_time(times, 1.0, 4.0) == (0.0, 0.4)


def test_outcomes_of_the_prediction_itself_are_covered_as_often_as_the_bands_say() -> None:
    rng = np.random.default_rng(7)
    n, window = 4_000, 5.0
    places = []
    for _ in range(n):
        scale = rng.uniform(1, 10)
        times = np.where(rng.random(400) < 0.7, rng.exponential(scale, 400), INF)
        truth = rng.exponential(scale) if rng.random() < 0.7 else INF
        places.append(pit_time(times, truth if truth <= window else INF, window))
    for band, level in ((HALF, 0.5), (MOST, 0.8)):
        share = sum(covered(place, band) for place in places) / n
        assert abs(share - level) < 4 * math.sqrt(level * (1 - level) / n) + 0.01
    flat = scores.pit_histogram(places)
    assert flat.sum() == pytest.approx(n)
    assert np.abs(flat / n - 0.1).max() < 4 * math.sqrt(0.1 * 0.9 / n) + 0.005


def test_a_prediction_too_sure_is_covered_less_often() -> None:
    rng = np.random.default_rng(8)
    places = [pit(rng.normal(0, 0.5, 400), rng.normal(0, 1)) for _ in range(1_000)]
    share = sum(covered(place, MOST) for place in places) / 1_000
    assert share < 0.6
    ends = scores.pit_histogram(places)
    assert ends[0] + ends[-1] > 2 * ends[4] + 2 * ends[5]


def test_wilson_by_hand() -> None:
    low, high = wilson(5, 10)
    assert (low, high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


def test_brier_and_reliability_by_hand() -> None:
    p, o = [0.1, 0.15, 0.9, 1.0], [False, True, True, True]
    assert scores.brier(p, o) == pytest.approx((0.01 + 0.7225 + 0.01 + 0.0) / 4)
    assert math.isnan(scores.brier([], []))
    table = scores.reliability(p, o)
    assert table.select("low", "n", "came").rows() == [(0.1, 2, 1.0), (0.9, 2, 2.0)]
    assert table["predicted"].to_list() == pytest.approx([0.125, 0.95])
    assert table["share"].to_list() == [0.5, 1.0]
    assert scores.reliability([], []).is_empty()
