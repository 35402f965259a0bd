"""Research: stages start, cost, read out; what passes goes on, what fails ends."""

import math

import numpy as np

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.bundles import lowest_bit
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.deals import earn
from echelon.futures.rules.draws import normal_below, normal_quantile
from echelon.futures.rules.early import OPEN, WINS
from echelon.futures.rules.events import (
    FAILS,
    LOSES,
    PASSES,
    PROGRAMS_PER_WORD,
    RISKS,
    STARTS,
    STOPS,
    push_program,
    quarter_of,
    set_status,
)
from echelon.futures.rules.filings import file
from echelon.futures.rules.launching import unconfirmed
from echelon.futures.rules.money import spend, spend_evenly
from echelon.futures.rules.numbers import BEGUN, PASSED
from echelon.futures.rules.plan import CLINIC, GO, NEVER, WAIT, gate, work
from echelon.futures.state import State, Tally

NONE, FILING = -1, 2


@part
def outright(model: Model, state: State, p: int, s: int) -> float:
    """Probability that a stage passes, given the factors."""
    if model.programs.residual[p] >= 1.0:
        return float(model.stages.pos[s])
    return normal_below((model.stages.threshold[s] - state.shared[p]) / model.programs.residual[p])


@part
def chance(model: Model, state: State, p: int, s: int) -> float:
    """Probability that a stage passes, given the factors and what the platform has been taught."""
    passes = outright(model, state, p, s)
    return passes + passes * (1.0 - passes) * state.taught[model.programs.platform[p]]


@inner
def comes_out(model: Model, state: State, p: int, s: int) -> bool:
    """Whether a stage passes, when nothing is learnt from it."""
    if state.verdict[s] == OPEN:
        return state.even[s] < outright(model, state, p, s)
    return state.verdict[s] == WINS


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


@inner
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
    due = min(end, until)
    if model.switches.limits and model.stages.people[s] > 0.0:
        work(model, state, s, start, due)
    if profile == 0 and end > start:
        rate = state.stage_rate[s]
        value = spend_evenly(model, state, line, start, due, rate)
        if share < 1.0:
            value -= spend_evenly(model, state, n.REIMBURSED, start, due, rate * (1.0 - share))
        spent = rate * max(0.0, due - max(start, 0.0))
    else:
        value = spend(model, state, line, start, end, cost, profile, until)
        if share < 1.0:
            value -= spend(model, state, n.REIMBURSED, start, end, cost * (1.0 - share), profile, until)
        when = start if profile == 1 or end <= start else (0.5 * (start + end) if profile == 2 else end)
        spent = cost if when >= 0.0 and when < until else 0.0
    r = model.programs.report[p]
    state.cost_pv[r] += value
    state.cost[r] += spent * share
    tally.stage_sums[s, 0] += spent * share
    tally.stage_sums[s, 1] += value


@inner
def begin(model: Model, state: State, tally: Tally, p: int, s: int, time: float) -> None:
    """Start a stage: draw its length, cost and outcome, book the cost, and set the program's next event."""
    stages = model.stages
    kind = stages.kind[s]
    set_status(model, state, p, min(kind, CLINIC))
    state.begun[s] = time
    state.went[s] = BEGUN
    length = state.stage_length[s]
    book_stage(model, state, tally, p, s, time, time + length, state.stage_cost[s], math.inf)
    if kind == FILING:
        data = normal_quantile(state.even[s])
        first, last = file(model, state, tally, p, time, data, state.shared[p])
        state.passed_at[s] = first
        if math.isinf(first):
            end(model, state, p, min(last, max(model.programs.stop_at[p], time)), FAILS)
        else:
            state.went[s] = BEGUN + PASSED
        return
    expected = chance(model, state, p, s) if model.switches.beliefs else 0.0
    passed = state.even[s] < expected if model.switches.beliefs else comes_out(model, state, p, s)
    read_out(model, state, p, s, time, length, passed, expected)


@inner
def read_out(
    model: Model,
    state: State,
    p: int,
    s: int,
    time: float,
    length: float,
    passed: bool,
    expected: float,
) -> None:
    """Set what follows a stage begun at `time`: its readout, known to others from then on, or the stop before it."""
    stages = model.stages
    readout = time + stages.overlap[s] * length
    before = time
    if s > model.programs.stage_from[p]:  # nothing comes of a stage begun at risk before the one before it is known
        before = max(time, state.readout[p])
        readout = max(readout, before)
    stop = model.programs.stop_at[p]
    if stop <= readout:
        state.passed_at[s] = math.inf
        end(model, state, p, max(stop, time), STOPS)
        return
    if model.switches.foresight:
        state.read_at[s] = readout
    state.went[s] = BEGUN + PASSED if passed else BEGUN
    state.passed_at[s] = readout if passed else math.inf
    state.readout[p] = readout
    if passed:
        for i in range(stages.mile_from[s], stages.mile_from[s + 1]):
            earn(model, state, stages.mile[i], p, readout)
    if model.switches.beliefs:
        teach(model, state, p, s, passed, expected, readout)
    early = readout
    if stages.kind[s + 1] != FILING:  # nothing is filed before its data are there
        early = max(max(before, 0.0), readout - stages.at_risk[s + 1] * (readout - time))
    if early < readout:
        push_program(state, model.calendar.quarters, p, early, RISKS)
    else:
        after_readout(model, state, p, s)


@part
def after_readout(model: Model, state: State, p: int, s: int) -> None:
    """Set what a readout brings: the next stage, or the end."""
    readout = max(state.readout[p], 0.0)
    if math.isinf(state.passed_at[s]):
        end(model, state, p, readout, FAILS)
    else:
        push_program(state, model.calendar.quarters, p, readout, PASSES)


@part
def end(model: Model, state: State, p: int, time: float, phase: int) -> None:
    """Let a program fail or be stopped at a time."""
    state.ended[p] = time
    push_program(state, model.calendar.quarters, p, time, phase)


@part
def start_at_risk(model: Model, state: State, tally: Tally, p: int, time: float, q: int) -> None:
    """Start the next stage before the readout, on what is known now: whether it passes or fails changes nothing yet."""
    s = state.current[p]
    passes = not math.isinf(state.passed_at[s])
    answer, when = gate(model, state, p, s + 1, time, q)
    if answer == WAIT and (passes or when < state.readout[p]):
        push_program(state, model.calendar.quarters, p, when, RISKS)
    elif answer == GO and passes:
        state.current[p] = s + 1
        begin(model, state, tally, p, s + 1, time)
    elif answer == NEVER and passes:
        leave(model, state, p, time)
        unconfirmed(model, state, tally, p, time)
    else:
        if answer == GO:
            set_status(model, state, p, min(model.stages.kind[s + 1], CLINIC))
            lose_next(model, state, tally, p, s + 1, time, state.readout[p])
        after_readout(model, state, p, s)


@part
def leave(model: Model, state: State, p: int, time: float) -> None:
    """Take a program out, now."""
    state.ended[p] = time
    set_status(model, state, p, NONE)


@part
def lose_next(model: Model, state: State, tally: Tally, p: int, s: int, start: float, stopped: float) -> None:
    """Book what a stage begun at risk costs until the readout before it fails."""
    state.begun[s] = start
    book_stage(model, state, tally, p, s, start, start + state.stage_length[s], state.stage_cost[s], stopped)


@part
def start_programs(model: Model, state: State) -> None:
    """Set every program's first event."""
    programs = model.programs
    quarters = model.calendar.quarters
    for p in range(programs.report.size):
        start = programs.start[p]
        if model.early.start[p] >= 0:
            start += programs.start_span[p] * state.even[model.early.start[p]]
        state.current[p] = programs.stage_from[p]
        if programs.stage_from[p] < programs.stage_from[p + 1]:
            push_program(state, quarters, p, start, STARTS)
        elif programs.status[p] == 2:
            push_program(state, quarters, p, programs.loss[p], LOSES)


@part
def research(model: Model, state: State, tally: Tally, q: int) -> None:
    """All events of programs in one quarter, in the order in which cash is given."""
    for word in range(state.due.shape[1]):
        while state.due[q, word] != 0:
            due = state.due[q, word]
            state.due[q, word] = due & (due - np.uint64(1))
            happen(model, state, tally, word * PROGRAMS_PER_WORD + lowest_bit(due), q)


@inner
def happen(model: Model, state: State, tally: Tally, p: int, q: int) -> None:
    """One program's event."""
    time = state.time[p]
    phase = state.phase[p]
    if phase > PASSES:
        if phase == RISKS:
            start_at_risk(model, state, tally, p, time, q)
        elif phase == LOSES and time >= (q + 1) * 0.25:
            return  # a launch after a withdrawal has put the end off
        elif phase == LOSES and state.protected[p] > time:
            push_program(state, model.calendar.quarters, p, state.protected[p], LOSES)
        else:
            set_status(model, state, p, NONE)
            if phase != LOSES:
                unconfirmed(model, state, tally, p, time)
        return
    s = state.current[p] + (1 if phase == PASSES else 0)
    state.current[p] = s
    answer, when = GO, time
    if time >= 0.0:
        answer, when = gate(model, state, p, s, time, q)
    if answer == GO:
        begin(model, state, tally, p, s, time)
    elif answer == NEVER:
        state.passed_at[s] = math.inf
        leave(model, state, p, time)
        unconfirmed(model, state, tally, p, time)
    else:
        push_program(state, model.calendar.quarters, p, when, STARTS)
