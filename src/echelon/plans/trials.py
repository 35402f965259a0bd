"""Solving a trial-planning problem: exactly, or by a searched plan with a bound."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, Literal

from echelon.plans import plan_judge, plan_search, trial_exact
from echelon.plans.trial_program import Instance

EXACT_SECONDS = 600.0
"""Seconds that the exact method is given."""

EXACT_STATES = 6e7
"""States, as estimated, up to which the exact method is tried when none is asked for."""

JUDGED_STATES = 200_000
"""States of knowledge up to which a plan is judged over all outcomes, not on fresh futures."""

LOOKED_STATES = 1_500
"""The same for a plan that looks ahead in each of them."""

SELECTED, JUDGED = 100, 400
"""Fresh futures by which plan and lookahead are chosen between, and those by which the choice is judged."""

Method = Literal["auto", "exact", "planner"]


@dataclass(frozen=True)
class Solution:
    """What came of a problem; money in USD m.

    instance : its name. enpv : expected net present value. bound : no plan can have a higher one. gap : how far enpv
    lies below the bound, as a share of it. method : exact or planner. seconds : from the problem to the answer,
    compiling or loading compiled code included. first_starts : products that start their first trial in period 1.

    states : states of knowledge valued by the exact method, or decided in by the planner. se, low, high : standard
    error of enpv and its central 95 % interval; enpv itself where it is exact. futures : fresh futures behind it, 0
    where it is exact. searched : mean on the futures that the plan was searched on, which flatters. lookahead : whether
    the plan looks ahead. stopped : whether it was stopped before its end.
    """

    instance: str
    enpv: float
    bound: float
    gap: float
    method: str
    seconds: float
    first_starts: tuple[str, ...]
    states: int
    se: float
    low: float
    high: float
    futures: int = 0
    searched: float | None = None
    lookahead: bool = False
    stopped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


def estimated_states(instance: Instance) -> float:
    """About how many states the exact method will value: periods × places of each product before its last trial."""
    places = (
        2 + len(p.trials) - 1 + sum(min(trial.duration, instance.periods) - 1 for trial in p.trials[:-1])
        for p in instance.products
    )
    return instance.periods * float(prod(places))


def solve(
    instance: Instance,
    method: Method = "auto",
    seed: int = 1,
    seconds: float = EXACT_SECONDS,
    watch: Callable[[int, float], None] | None = None,
    progress: plan_search.Progress | None = None,
    moves: int = plan_search.MOVES,
    futures: int = JUDGED,
) -> Solution:
    """Plan the trials of a problem.

    Parameters
    ----------
    method : exact, planner, or auto for the exact one where it is likely to end. seed : of the planner's futures.
    seconds : after which the exact method gives up. watch : called by it with states and seconds.
    progress : called by the planner with what is done. moves : changes of a plan that the planner tries.
    futures : fresh futures that judge it, where not all outcomes can be gone through.

    Raises
    ------
    trial_exact.Unfinished
        When the exact method was asked for and does not end in time, or has more states than there is room for.
    """
    began = time.perf_counter()
    if method == "exact" or (method == "auto" and estimated_states(instance) <= EXACT_STATES):
        try:
            found = trial_exact.solve(instance, seconds, watch)
        except trial_exact.Unfinished:
            if method == "exact":
                raise
        else:
            first = tuple(instance.products[i].name for i in found.first)
            gone, value = time.perf_counter() - began, found.enpv
            return Solution(instance.name, value, value, 0.0, "exact", gone, first, found.states, 0.0, value, value)
    return _planned(instance, seed, moves, futures, progress, began)


def _planned(
    instance: Instance, seed: int, moves: int, futures: int, progress: plan_search.Progress | None, began: float
) -> Solution:
    board, plan, priced = plan_search.search(instance, seed, moves, progress)

    def drawn(number: int, space: int) -> plan_search.Passes:
        return plan_search.sample(instance, number, seed, space)

    ahead = plan_search.ahead_futures(len(instance.products))
    plain = plan_judge.Judge(plan_search.Policy(board, plan, drawn(0, plan_search.LOOK)))
    look = plan_judge.Judge(plan_search.Policy(board, plan, drawn(ahead, plan_search.LOOK)))
    worth, ahead_worth = plain.exactly(JUDGED_STATES), look.exactly(LOOKED_STATES)
    judge = look
    if worth is not None and ahead_worth is not None:
        judge = look if ahead_worth.mean > worth.mean else plain
    else:
        chosen_on = drawn(SELECTED, plan_search.SELECT)
        judge = look if look.fresh(chosen_on, progress).mean > plain.fresh(chosen_on).mean else plain
    made_of = ahead_worth if judge is look else worth
    verdict = made_of or judge.fresh(drawn(futures, plan_search.JUDGE), progress)
    return Solution(
        instance=instance.name,
        enpv=verdict.mean,
        bound=priced.bound,
        gap=(priced.bound - verdict.mean) / abs(priced.bound) if priced.bound else 0.0,
        method="planner",
        seconds=time.perf_counter() - began,
        first_starts=tuple(instance.products[i].name for i in judge.first()),
        states=len(judge.decided),
        se=verdict.se,
        low=verdict.low,
        high=verdict.high,
        futures=verdict.futures,
        searched=plan.searched,
        lookahead=judge is look,
        stopped=plan.stopped,
    )
