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


@part
def believed(model: Model, state: State, p: int, s: int) -> float:
    """PoS of a stage as believed now: Beta(10 PoS, 10 (1 - PoS)) moved by the platform's wins beyond expectation."""
    w = model.programs.platform[p]
    surplus = state.known_wins[w] / (BELIEF_WEIGHT + state.known_tries[w])
    return float(min(1.0, max(0.0, model.stages.pos[s] + surplus)))


@inner
def affordable(model: Model, state: State, p: int, s: int, q: int) -> bool:
    """Whether cash above the floor and the year's budget cover a start; if so, what it needs is set aside."""
    if not model.switches.cash or model.programs.always[p] == 1:
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
    programs = model.programs
    if time >= programs.stop_at[p]:
        return NEVER, time
    if time < programs.not_before[p]:
        return WAIT, programs.not_before[p]
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
    if programs.stop_below[p] > 0.0 and believed(model, state, p, s) < programs.stop_below[p]:
        return NEVER, time
    if not affordable(model, state, p, s, q):
        state.number[n.PAUSES] += 1.0
        return WAIT, later
    return GO, time
