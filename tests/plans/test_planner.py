"""The planner: bounds hold, plans fit and are worth what the judge says, and come close to the optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from tests.plans.test_trials import many, problems

from echelon.plans import plan_search
from echelon.plans.plan_judge import Judge
from echelon.plans.plan_kernels import play
from echelon.plans.plan_search import JUDGE, LOOK, SEARCH, Policy, sample, search
from echelon.plans.trial_bound import at_prices, prices
from echelon.plans.trial_exact import solve as exact
from echelon.plans.trial_program import Instance, tables
from echelon.plans.trials import estimated_states, solve


@settings(max_examples=40, deadline=None)
@given(problems())
def test_no_plan_is_worth_more_than_the_bound(problem: Instance) -> None:
    best, made = exact(problem).enpv, tables(problem)
    assert prices(made).bound >= best - 1e-6
    any_price = np.full((problem.periods, len(problem.capacity)), 1.5)
    assert at_prices(made, any_price).bound >= best - 1e-9


@settings(max_examples=8, deadline=None)
@given(problems())
def test_a_plan_never_beats_the_exact_value(problem: Instance) -> None:
    best = exact(problem).enpv
    found = solve(problem, "planner", moves=20, futures=40)
    # All that can happen in a small problem is gone through, so this is no matter of luck.
    assert found.futures == 0
    assert found.enpv <= best + 1e-8
    assert found.bound >= best - 1e-6


@pytest.fixture(scope="module")
def searched() -> tuple[Instance, tuple]:
    problem = many(4)
    return problem, search(problem, moves=200)


def test_the_planner_comes_close_without_the_exact_method(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = many(5)
    best = exact(problem).enpv
    monkeypatch.delattr("echelon.plans.trial_exact.solve")
    found = solve(problem, "planner", moves=400)
    assert found.method == "planner"
    assert 0.99 * best <= found.enpv <= best + 1e-8


def test_fresh_futures_agree_with_all_outcomes(searched: tuple) -> None:
    problem, (board, plan, _) = searched
    judge = Judge(Policy(board, plan, sample(problem, 0, 1, LOOK)))
    whole = judge.exactly(100_000)
    assert whole is not None
    fresh = judge.fresh(sample(problem, 600, 1, JUDGE))
    assert abs(fresh.mean - whole.mean) < 4 * fresh.se
    assert fresh.low < fresh.mean < fresh.high


def test_taking_off_luck_changes_no_mean_and_sharpens_it(searched: tuple) -> None:
    problem, (board, plan, _) = searched
    start = (np.ones(4, np.int64), np.zeros((problem.periods, 1), np.int64), np.full(4, -1, np.int64))
    passes = sample(problem, 4000, 1, SEARCH)
    plain, sharp = np.empty(4000), np.empty(4000)
    play(board._replace(worth=np.zeros_like(board.worth)), plan.scores, 0, *start, passes, plain)
    play(board, plan.scores, 0, *start, passes, sharp)
    assert sharp.std() < 0.3 * plain.std()
    assert abs(sharp.mean() - plain.mean()) < 4 * plain.std() / np.sqrt(4000)


def test_the_same_seed_gives_the_same_plan(searched: tuple) -> None:
    problem, (_, plan, _) = searched
    again, other = search(problem, moves=200)[1], search(problem, seed=2, moves=200)[1]
    assert np.array_equal(again.scores, plan.scores)
    assert not np.array_equal(other.scores, plan.scores)


def test_seed_spaces_share_no_luck() -> None:
    problem = many(4)
    drawn = [sample(problem, 64, 1, space) for space in (SEARCH, LOOK, plan_search.SELECT, JUDGE)]
    assert len({one.tobytes() for one in drawn}) == len(drawn)


def test_an_interrupted_search_keeps_its_best() -> None:
    def interrupt(what: str, done: int, total: int, value: float) -> None:
        del what, total, value
        if done >= 40:
            raise KeyboardInterrupt

    plan = search(many(4), moves=2000, progress=interrupt)[1]
    assert plan.stopped
    assert plan.moves == 40


def test_the_exact_method_is_taken_where_it_ends() -> None:
    assert solve(many(3)).method == "exact"
    assert estimated_states(many(5)) < 6e7 < estimated_states(many(25))
