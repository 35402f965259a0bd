"""The plan's hooks: what may start now, on what is known at the start of the quarter."""

import math
from typing import Any

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.money import still_evenly
from echelon.futures.state import State

BELIEF_WEIGHT = 10.0
"""Observations that the stated PoS is worth when a platform's outcomes move the belief in it."""

GO, WAIT, NEVER = 0, 1, 2
CLINIC = 1
ROUNDING = 1e-9
"""Of a limit on people: a sum of parts may be off by so much."""


@part
def believed(model: Model, state: State, p: int, s: int) -> float:
    """PoS of a stage as believed now: Beta(10 PoS, 10 (1 - PoS)) moved by the platform's wins beyond expectation."""
    w = model.programs.platform[p]
    surplus = state.known_wins[w] / (BELIEF_WEIGHT + state.known_tries[w])
    return float(min(1.0, max(0.0, model.stages.pos[s] + surplus)))


@part
def quarters_covered(state: State, cash: float, q: int) -> float:
    """Quarters of spending that the cash at a quarter's start covers; infinite where more comes in than goes out.

    Spending is the mean net outflow of the last four quarters booked, or of as many as there are.
    """
    outflow = 0.0
    for before in range(max(0, q - 4), q):
        outflow -= state.ledger[n.NET, before]
    if outflow <= 0.0:
        return math.inf
    return max(cash, 0.0) * min(q, 4) / outflow


@inner
def covered(model: Model, state: State, s: int) -> bool:
    """Whether cash covers as many quarters of spending as the plan wants before a start."""
    if not (model.switches.cover and model.switches.cash) or model.stages.always[s] == 1:
        return True
    return state.number[n.COVERED] >= model.stages.cover[s]


@inner
def room(model: Model, state: State, s: int, q: int) -> bool:
    """Whether the year's limits on trial starts and on people at work leave room for a start."""
    if not model.switches.limits:
        return True
    money, stages, year = model.money, model.stages, model.calendar.year[q]
    if stages.kind[s] == CLINIC and state.trials[year] + 1.0 > money.trial_starts[year]:
        return False
    people = stages.people[s]
    return people == 0.0 or state.people[q] + people <= money.headcount[year] + ROUNDING


@part
def work(model: Model, state: State, s: int, start: float, end: float) -> None:
    """Let a stage's people be at work in every quarter that it runs in."""
    quarters = model.calendar.quarters
    # Who is at work at as_of is counted there from the first.
    q = int(start * 4.0) if start >= 0.0 else 1
    while q < quarters and q * 0.25 < end:
        state.people[q] += model.stages.people[s]
        q += 1


@inner
def affordable(model: Model, state: State, s: int, q: int) -> bool:
    """Whether cash above the floor and the year's budget cover a start; if so, what it needs is set aside."""
    if not model.switches.cash or model.stages.always[s] == 1:
        return True
    need = model.stages.need[s]
    year = model.calendar.year[q]
    budget = model.money.rd_budget[year]
    if budget < math.inf:
        booked = 0.0
        for other in range(model.calendar.year_from[year], model.calendar.year_from[year + 1]):
            booked += state.ledger[n.RESEARCH, other] + state.ledger[n.DISCOVERY, other]
        booked += still_evenly(state, n.RESEARCH, q, model.calendar.year_from[year + 1])
        booked += still_evenly(state, n.DISCOVERY, q, model.calendar.year_from[year + 1])
        if booked + need > budget:
            return False
    if need > state.number[n.FUNDS]:
        return False
    state.number[n.FUNDS] -= need
    return True


@inner
def gate(model: Model, state: State, p: int, s: int, time: float, q: int) -> Any:
    """Whether a stage may start: (GO, WAIT or NEVER, time of the start or of the next try)."""
    programs, stages = model.programs, model.stages
    if time >= programs.stop_at[p]:
        return NEVER, time
    if time < stages.not_before[s]:
        return WAIT, stages.not_before[s]
    later = (q + 1) * 0.25
    dependency = programs.depends[p]
    if dependency >= 0:
        passed = state.passed_at[dependency]
        if math.isnan(passed) or math.isinf(passed):
            # That it will not pass is known in the quarter in which the other program ends, not before.
            ended = state.ended[programs.depends_program[p]]
            return (NEVER, time) if ended < later else (WAIT, later)
        if passed > time:
            return WAIT, passed
    if stages.stop_below[s] > 0.0 and believed(model, state, p, s) < stages.stop_below[s]:
        return NEVER, time
    if not (covered(model, state, s) and room(model, state, s, q) and affordable(model, state, s, q)):
        state.number[n.PAUSES] += 1.0
        return WAIT, later
    if model.switches.limits and stages.kind[s] == CLINIC:
        state.trials[model.calendar.year[q]] += 1.0
    return GO, time
