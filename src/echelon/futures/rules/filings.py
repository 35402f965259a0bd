"""Filings: when each authority decides on a program's data, and how; what a conditional approval still has to show."""

import math
from typing import Any

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.deals import earn
from echelon.futures.rules.draws import normal_quantile, quantile, uniform_32, uniform_53
from echelon.futures.rules.early import drawn
from echelon.futures.rules.events import push_launch, quarter_of
from echelon.futures.rules.inspections import inspected
from echelon.futures.rules.money import spend
from echelon.futures.state import State, Tally


@part
def submission(model: Model, state: State, f: int, ready: float, lag: float) -> float:
    """Time of submission of a pair whose data are ready at a time; infinite if what it relies on was refused."""
    pairs = model.pairs
    submit = pairs.submit_at[f]
    if math.isnan(submit):
        submit = ready + lag
    elif ready > 0.0:
        submit = max(submit, ready)  # a planned day waits for the data
    if pairs.relies[f] >= 0:
        submit = max(submit, state.decision[pairs.relies[f]])
    return float(submit)


@part
def trial_cost(model: Model, state: State, p: int, start: float, end: float, cost: float, stop: float) -> None:
    """Book a trial that an authority asked for, evenly over its time until it is stopped, for the program."""
    if start >= model.calendar.quarters * 0.25:
        return
    share = model.programs.cost_share[p]
    value = spend(model, state, n.RESEARCH, start, end, cost, 0, stop)
    if share < 1.0:
        value -= spend(model, state, n.REIMBURSED, start, end, cost * (1.0 - share), 0, stop)
    r = model.programs.report[p]
    state.cost_pv[r] += value
    if end > start:
        state.cost[r] += cost * share * max(0.0, min(end, stop) - max(start, 0.0)) / (end - start)
    elif start >= 0.0 and start < stop:
        state.cost[r] += cost * share


@part
def bridge(model: Model, state: State, f: int, time: float) -> Any:
    """Whether an authority takes the data, now or after a bridging study.

    Returns (whether it does, time they are ready or the study has failed, time to validate).
    """
    pairs = model.pairs
    if pairs.bridge_stream[f] < 0:
        return True, time, 0.0
    w0, w1, w2, w3 = drawn(model, state, pairs.bridge_stream[f])
    validation = quantile(pairs.validation, f, uniform_32(w3))
    if uniform_32(w0) < pairs.accepts[f]:
        return True, time, validation
    start = max(time, 0.0)
    ready = start + quantile(pairs.bridging, f, uniform_32(w2))
    if pairs.bridging_cost[f] > 0.0:
        stop = model.programs.stop_at[pairs.program[f]]
        trial_cost(model, state, pairs.program[f], start, ready, pairs.bridging_cost[f], stop)
    return uniform_32(w1) < pairs.bridging_pos[f], ready, validation


@part
def respond(model: Model, state: State, f: int, decided: float) -> float:
    """Time of the decision after complete responses: each cycle ends in one more with the same chance."""
    pairs = model.pairs
    if pairs.response_stream[f] < 0:
        return decided
    w0, w1, w2, w3 = drawn(model, state, pairs.response_stream[f])
    luck, chance = uniform_32(w0), pairs.response[f]
    if luck < chance and pairs.cycles[f] >= 1:
        decided += quantile(pairs.response_delay, f, uniform_32(w1))
    if luck < chance * chance and pairs.cycles[f] >= 2:
        decided += quantile(pairs.response_delay, f, uniform_32(w2))
    if luck < chance * chance * chance and pairs.cycles[f] >= 3:
        decided += quantile(pairs.response_delay, f, uniform_32(w3))
    return float(decided)


@part
def confirm(model: Model, state: State, tally: Tally, f: int, approved: float) -> None:
    """Draw what comes of the confirmatory trial of a conditional approval, and when; it runs on if the plan stops."""
    pairs = model.pairs
    if pairs.confirm_stream[f] < 0:
        return
    w0, w1, w2, _ = drawn(model, state, pairs.confirm_stream[f])
    elapsed = pairs.confirm_from[f]
    known = approved + quantile(pairs.confirm, f, elapsed + (1.0 - elapsed) * uniform_32(w2))
    state.confirmed[f] = known
    if 0.0 <= approved < model.calendar.quarters * 0.25:
        state.trial_quarter[quarter_of(approved)] = 1
    if uniform_53(w0, w1) >= pairs.confirm_pos[f]:
        withdraw_at(model, state, tally, f, max(known, 0.0))


@part
def start_trials(model: Model, state: State, since: float, until: float) -> None:
    """Book the confirmatory trials of what is approved between two times: before, nobody knows of them."""
    pairs = model.pairs
    for i in range(pairs.trial.size):
        f = pairs.trial[i]
        approved = pairs.launch[f] - pairs.launch_lag[f] if pairs.held[f] == 1 else state.decision[f]
        if since <= approved < until:
            known = state.confirmed[f]
            trial_cost(model, state, pairs.program[f], approved, known, pairs.confirm_cost[f], math.inf)


@part
def withdraw_at(model: Model, state: State, tally: Tally, f: int, time: float) -> None:
    """Note the time at which an approval is withdrawn, earlier than it was to be if it was."""
    calendar = model.calendar
    before = state.withdrawn[f]
    if before < calendar.quarters * 0.25:
        tally.withdrawals[f, calendar.year[int(before * 4.0)]] -= 1
    state.withdrawn[f] = time
    if time < calendar.quarters * 0.25:
        tally.withdrawals[f, calendar.year[int(time * 4.0)]] += 1


@inner
def answer(model: Model, state: State, f: int, time: float) -> None:
    """Note when it will be known what becomes of a filing."""
    if model.switches.foresight:
        state.answer_at[f] = time


@part
def file(model: Model, state: State, tally: Tally, p: int, time: float, data: float, shared: float) -> Any:
    """File a program everywhere it is to be filed.

    data : standard normal, what the program's data are worth to any authority; shared : value of the factors
    the program shares. Returns (first approval, last decision), infinite and `time` when there is none.
    """
    pairs = model.pairs
    calendar = model.calendar
    first = math.inf
    last = time
    residual = model.programs.residual[p]
    stop = model.programs.stop_at[p]
    for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
        if pairs.held[f] == 1 or pairs.leader[f] >= 0:
            continue
        w0, w1, w2, w3 = drawn(model, state, pairs.filing_stream[f])
        taken, ready, validation = bridge(model, state, f, time)
        state.decision[f] = math.inf
        if not taken:
            answer(model, state, f, ready)
            last = max(last, ready)
            continue
        submit = submission(model, state, f, ready, quantile(pairs.lag, f, uniform_32(w2)))
        if math.isinf(submit):
            if model.switches.foresight:
                state.answer_at[f] = state.answer_at[pairs.relies[f]]
            continue
        part_of = pairs.review_from[f]
        review = quantile(pairs.review, f, part_of + (1.0 - part_of) * uniform_32(w3))
        decided = respond(model, state, f, submit + validation + review)
        if model.switches.inspections and decided < min(stop, calendar.quarters * 0.25):
            decided = inspected(model, state, tally, f, decided)
        decided = max(decided, 0.0)
        answer(model, state, f, decided)
        last = max(last, decided)
        common = pairs.common[f]
        decision = common * data
        if common < 1.0:
            decision += math.sqrt(1.0 - common * common) * normal_quantile(uniform_53(w0, w1))
        if shared + residual * decision > pairs.threshold[f] or decided >= stop:
            continue
        state.decision[f] = decided
        if decided < calendar.quarters * 0.25:
            tally.approvals[f, calendar.year[int(decided * 4.0)]] += 1
        for i in range(pairs.mile_from[f], pairs.mile_from[f + 1]):
            earn(model, state, pairs.mile[i], p, decided)
        first = min(first, decided)
        confirm(model, state, tally, f, decided)
        push_launch(state, calendar.quarters, f, decided + pairs.launch_lag[f])
    state.answered[p] = last
    return first, last
