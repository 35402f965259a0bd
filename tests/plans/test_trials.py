"""Trial planning: published inputs to their optima, and every shape of problem against a second opinion."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plans.brute import brute

from echelon.plans.trial_exact import Unfinished, search
from echelon.plans.trial_exact import solve as exact
from echelon.plans.trial_program import Instance, Product, Trial, tables

NAMES = ("a", "b", "c", "d")


@st.composite
def problems(draw: st.DrawFn) -> Instance:
    """Small problems of every shape: certain outcomes, free trials, no resources, trials beyond the horizon."""
    periods = draw(st.integers(1, 4))
    names = NAMES[: draw(st.integers(0, 4))]
    chances = st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0])
    products = []
    for place in range(draw(st.integers(1, 3))):
        trials = tuple(
            Trial(
                draw(st.sampled_from([0.0, 3.0, 40.0])),
                draw(st.integers(1, 3) if place else st.integers(1, 6)),
                draw(chances),
                {name: draw(st.integers(0, 2)) for name in names if draw(st.booleans())},
            )
            for _ in range(draw(st.integers(1, 3)))
        )
        revenue = draw(st.sampled_from([7.0, 120.0, 301.0]))
        late, wait = draw(st.sampled_from([0.0, 2.5, 19.0])), draw(st.sampled_from([0.0, 4.0, 30.0]))
        products.append(Product(f"p{place}", trials, revenue, late, wait))
    return Instance("x", tuple(products), periods, {name: draw(st.integers(0, 4)) for name in names})


@settings(max_examples=150, deadline=None)
@given(problems())
def test_the_exact_value_is_that_of_trying_everything(problem: Instance) -> None:
    assert exact(problem).enpv == pytest.approx(brute(problem), abs=1e-8, rel=1e-10)


def one(*trials: Trial, periods: int = 4, capacity: int = 1, revenue: float = 100.0) -> Instance:
    return Instance("x", (Product("p", trials, revenue, 1.0, 2.0),), periods, {"r": capacity})


def test_a_single_certain_trial() -> None:
    found = exact(one(Trial(10.0, 2, 1.0, {"r": 1})))
    # 100 - 1 × (1 + 2) - 10, started at once.
    assert found.enpv == pytest.approx(87.0)
    assert found.first == (0,)


def test_a_trial_that_needs_more_than_there_is_never_starts() -> None:
    problem = one(Trial(10.0, 2, 1.0, {"r": 2}))
    left = 0.9 * 100 - 4 - 10
    assert exact(problem).enpv == pytest.approx(left / 96 * (100 - (4 + 2)))
    assert exact(problem).first == ()


def test_a_trial_that_cannot_succeed_is_not_started() -> None:
    assert exact(one(Trial(10.0, 1, 0.0, {"r": 1}))).first == ()


def test_the_second_trial_waits_for_the_outcome_of_the_first() -> None:
    cheap, dear = Trial(0.0, 1, 0.5, {"r": 1}), Trial(20.0, 1, 1.0, {"r": 1})
    # Start, and pay the dear one at period 2 only if the first passed.
    assert exact(one(cheap, dear, periods=3)).enpv == pytest.approx(0.5 * (100 - 3 - 20 * 0.975))


def many(products: int, periods: int = 6) -> Instance:
    trials = (
        Trial(10.0, 1, 0.4, {"r": 1}),
        Trial(80.0, 2, 0.6, {"r": 1}),
        Trial(200.0, 3, 0.8, {"r": 2}),
    )
    made = [Product(f"p{i}", trials, 3000.0 + 10 * i, 19.0 + 0.1 * i, 22.0 + i) for i in range(products)]
    return Instance("many", tuple(made), periods, {"r": 3})


def test_a_table_that_must_grow_gives_the_same() -> None:
    small, large = exact(many(4), slots=64), exact(many(4))
    assert (small.enpv, small.first) == (large.enpv, large.first)
    assert small.states >= 64


def test_too_little_time_or_room_is_said() -> None:
    with pytest.raises(Unfinished, match="no exact value within"):
        exact(many(12, 20), seconds=0.3)
    with pytest.raises(Unfinished, match="room for no more"):
        exact(many(12, 20), slots=64, most_slots=4096)


def test_keys_that_do_not_fit_two_words_are_hashed() -> None:
    needs = {f"r{k}": 1 for k in range(14)}
    products = tuple(
        Product(f"p{i}", (Trial(10.0, 1, 0.5, needs), Trial(50.0, 5, 0.8, needs)), 900.0 + i, 5.0, 9.0)
        for i in range(2)
    )
    problem = Instance("wide", products, 4, {f"r{k}": 100 for k in range(14)})
    made = search(tables(problem), 64)
    assert (made.digits > 1 << 40).all()
    assert exact(problem).enpv == pytest.approx(brute(problem), rel=1e-12)


def test_long_horizons_and_trials_beyond_them() -> None:
    trials = (Trial(5.0, 900, 0.5, {"r": 1}), Trial(9.0, 10_000, 0.5, {"r": 1}))
    problem = Instance("long", (Product("p", trials, 1e6, 1.0, 2.0),), 1000, {"r": 1})
    # Nobody gains by waiting: the first starts at once, the second when it has passed, both paid in full.
    late = 0.5 * (0.5 * (1e6 - (901 + 10_000)) - 9.0 * (1 - 0.025 * 900))
    assert exact(problem).enpv >= late - 5.0
    assert tables(problem).start.shape[2] < 2000
