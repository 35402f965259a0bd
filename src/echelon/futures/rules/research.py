"""Research: stages start, cost, read out; what passes goes on, what fails ends."""

import math
from typing import Any

import numpy as np

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import block, normal_quantile, quantile, uniform_32, uniform_53
from echelon.futures.rules.events import (
    FAILS,
    LAUNCHES,
    LOSES,
    PASSES,
    STARTS,
    STOPS,
    push_program,
    quarter_of,
    set_status,
)
from echelon.futures.rules.filings import file
from echelon.futures.rules.money import spend
from echelon.futures.rules.plan import GO, NEVER, gate

NONE = -1
CLINIC, FILING = 1, 2


@part
def draw_factors(model: Model, state: State, future: Any) -> None:
    """Draw the shared factors, last first, each given the later ones."""
    factors = model.factors
    for k in range(factors.mean.size - 1, -1, -1):
        w0, w1, _, _ = block(model.streams, factors.stream[k], future)
        value = normal_quantile(uniform_53(w0, w1)) * factors.scale[k]
        for i in range(factors.solve_from[k], factors.solve_from[k + 1]):
            value -= factors.weight[i] * state.normal[factors.solve[i]]
        state.normal[k] = value
        state.factor[k] = factors.mean[k] + value


@part
def shared_value(model: Model, state: State, future: Any, p: int) -> float:
    """Value of the factors a program shares, its own included; drawn once per future."""
    programs = model.programs
    value = 0.0
    for i in range(programs.factor_from[p], programs.factor_from[p + 1]):
        value += programs.loading[i] * state.factor[programs.factor[i]]
    if programs.private_stream[p] >= 0:
        if np.isnan(state.own[p]):
            w0, w1, _, _ = block(model.streams, programs.private_stream[p], future)
            state.own[p] = normal_quantile(uniform_53(w0, w1))
        value += programs.private[p] * state.own[p]
    return value


@part
def chance(model: Model, state: State, p: int, s: int, shared: float) -> float:
    """Probability that a stage passes, given the factors and what the platform has been taught."""
    if model.programs.residual[p] >= 1.0:
        passes = float(model.stages.pos[s])
    else:
        z = (model.stages.threshold[s] - shared) / model.programs.residual[p]
        passes = 0.5 * math.erfc(-z * 0.7071067811865476)
    if model.switches.learning > 0.0:
        passes += passes * (1.0 - passes) * state.taught[model.programs.platform[p]]
    return passes


@part
def teach(model: Model, state: State, p: int, s: int, passed: bool, expected: float, time: float) -> None:
    """Let a readout be known, from the next quarter on, to all that share its platform."""
    if model.stages.kind[s] != CLINIC or time >= (model.calendar.quarters - 1) * 0.25:
        return
    q = quarter_of(time) + 1
    w = model.programs.platform[p]
    surprise = (1.0 if passed else 0.0) - expected
    state.learn[w, q] += model.switches.learning * surprise
    state.wins[w, q] += (1.0 if passed else 0.0) - model.stages.pos[s]
    state.tries[w, q] += 1.0


@part
def book_stage(
    model: Model,
    state: State,
    tally: Tally,
    p: int,
    s: int,
    start: float,
    end: float,
    cost: float,
    until: float,
) -> None:
    """Book a stage's cost gross, the partner's part as reimbursed, and the program's own part in its value."""
    line = n.DISCOVERY if model.stages.kind[s] == NONE else n.RESEARCH
    profile = model.stages.spend[s]
    share = model.programs.cost_share[p]
    until = min(until, model.programs.stop_at[p])
    value = spend(model, state, line, start, end, cost, profile, until)
    if share < 1.0:
        value -= spend(model, state, n.REIMBURSED, start, end, cost * (1.0 - share), profile, until)
    r = model.programs.report[p]
    state.npv[r] -= value
    state.cost_pv[r] += value
    tally.stage_sums[s, 1] += value
    due = min(end, until)
    if profile == 0 and end > start:
        spent = cost * max(0.0, due - max(start, 0.0)) / (end - start)
    else:
        when = start if profile == 1 or end <= start else (0.5 * (start + end) if profile == 2 else end)
        spent = cost if when >= 0.0 and when < until else 0.0
    state.cost[r] += spent * share
    tally.stage_sums[s, 0] += spent * share


@part
def begin(model: Model, state: State, tally: Tally, future: Any, p: int, s: int, time: float) -> None:
    """Start a stage: draw its length, cost and outcome, book the cost, and set the program's next event."""
    stages = model.stages
    quarters = model.calendar.quarters
    kind = stages.kind[s]
    set_status(model, state, p, NONE if kind == NONE else min(kind, CLINIC))
    w0, w1, w2, w3 = block(model.streams, stages.stream[s], future)
    elapsed = stages.duration_from[s]
    length = quantile(stages.duration, s, elapsed + (1.0 - elapsed) * uniform_32(w2))
    cost = quantile(stages.cost, s, uniform_32(w3))
    shared = shared_value(model, state, future, p)
    tally.reached[s] += 1
    if kind == FILING:
        book_stage(model, state, tally, p, s, time, time + length, cost, math.inf)
        data = normal_quantile(uniform_53(w0, w1))
        first, last = file(model, state, tally, future, p, time, data, shared)
        passed = not np.isinf(first)
        state.passed_at[s] = first
        tally.passed[s] += 1 if passed else 0
        push_program(state, quarters, p, first if passed else last, LAUNCHES if passed else FAILS)
        return
    expected = chance(model, state, p, s, shared)
    passed = uniform_53(w0, w1) < expected
    tally.passed[s] += 1 if passed else 0
    readout = time + stages.overlap[s] * length
    state.passed_at[s] = readout if passed else math.inf
    stop = model.programs.stop_at[p]
    book_stage(model, state, tally, p, s, time, time + length, cost, math.inf)
    if stop <= readout:
        state.passed_at[s] = math.inf
        push_program(state, quarters, p, max(stop, time), STOPS)
        return
    teach(model, state, p, s, passed, expected, readout)
    early = max(max(time, 0.0), readout - model.programs.at_risk[p] * (readout - time))
    if passed:
        push_program(state, quarters, p, early, PASSES)
        return
    if early < readout and kind == CLINIC and stages.kind[s + 1] == CLINIC:
        v0, v1, v2, v3 = block(model.streams, stages.stream[s + 1], future)
        lost_length = quantile(stages.duration, s + 1, uniform_32(v2))
        lost_cost = quantile(stages.cost, s + 1, uniform_32(v3))
        book_stage(model, state, tally, p, s + 1, early, early + lost_length, lost_cost, readout)
    push_program(state, quarters, p, max(readout, 0.0), FAILS)


@part
def start_programs(model: Model, state: State, future: Any) -> None:
    """Set every program's first event."""
    programs = model.programs
    quarters = model.calendar.quarters
    for p in range(programs.report.size):
        start = programs.start[p]
        if programs.start_stream[p] >= 0:
            w0, w1, _, _ = block(model.streams, programs.start_stream[p], future)
            start += programs.start_span[p] * uniform_53(w0, w1)
        state.current[p] = programs.stage_from[p]
        if programs.stage_from[p] < programs.stage_from[p + 1]:
            push_program(state, quarters, p, start, STARTS)
        elif programs.status[p] == 2:
            push_program(state, quarters, p, programs.loss[p], LOSES)


@part
def research(model: Model, state: State, tally: Tally, future: Any, q: int) -> None:
    """All events of programs in one quarter, in the order in which cash is given."""
    programs = model.programs
    quarters = model.calendar.quarters
    while state.start_head[q] >= 0:
        p = state.start_head[q]
        state.start_head[q] = state.start_next[p]
        time = state.time[p]
        phase = state.phase[p]
        if phase == FAILS or phase == STOPS or phase == LOSES:
            set_status(model, state, p, NONE)
            continue
        if phase == LAUNCHES:
            set_status(model, state, p, 2)
            loss = time
            for f in range(programs.pair_from[p], programs.pair_from[p + 1]):
                if not np.isinf(state.decision[f]):
                    g = model.pairs.asset_territory[f]
                    known = model.pairs.loss[f]
                    by_years = min(state.first_launch[g], time) + model.pairs.exclusivity[f]
                    loss = max(loss, by_years if np.isnan(known) else known)
            push_program(state, quarters, p, loss, LOSES)
            continue
        if phase == PASSES:
            state.current[p] += 1
        s = state.current[p]
        underway = time < 0.0
        answer, when = GO, time
        if not underway:
            answer, when = gate(model, state, p, s, time, q)
        if answer == GO:
            begin(model, state, tally, future, p, s, time)
        elif answer == NEVER:
            state.passed_at[s] = math.inf
            set_status(model, state, p, NONE)
        else:
            push_program(state, quarters, p, when, STARTS)
