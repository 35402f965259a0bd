"""Filings: when each authority decides on a program's data, and how."""

import math
from typing import Any

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import block, normal_quantile, quantile, uniform_32, uniform_53
from echelon.futures.rules.events import push_launch
from echelon.futures.rules.inspections import inspection_delay
from echelon.futures.rules.money import receive


@part
def submission(model: Model, state: State, f: int, time: float, lag: float) -> float:
    """Time of submission of a pair whose program is ready at `time`; infinite if what it relies on was refused."""
    pairs = model.pairs
    submit = pairs.submit_at[f]
    if math.isnan(submit):
        submit = time + lag
    elif time > 0.0:
        submit = max(submit, time)  # a planned day waits for the data
    if pairs.relies[f] >= 0:
        submit = max(submit, state.decision[pairs.relies[f]])
    return float(submit)


@part
def under_deal(model: Model, state: State, f: int) -> bool:
    """Whether a pair is approved while its deal runs."""
    time = state.decision[f]
    return bool(model.pairs.deal_after[f] <= time < model.pairs.deal_until[f])


@part
def milestones(model: Model, state: State, p: int) -> None:
    """Book what deals pay at the program's first approval under each of them."""
    pairs, programs = model.pairs, model.programs
    for f in range(programs.pair_from[p], programs.pair_from[p + 1]):
        amount = pairs.milestone[f]
        if amount == 0.0 or not under_deal(model, state, f):
            continue
        first = True
        for other in range(programs.pair_from[p], programs.pair_from[p + 1]):
            if other != f and pairs.deal[other] == pairs.deal[f] and under_deal(model, state, other):
                sooner = state.decision[other] < state.decision[f]
                first = first and not sooner and not (state.decision[other] == state.decision[f] and other < f)
        if first:
            share = programs.economic_share[p]
            value = receive(model, state, n.MILESTONES, state.decision[f], amount)
            value -= receive(model, state, n.PARTNER_SHARE, state.decision[f], amount * (1.0 - share))
            state.npv[programs.report[p]] += value


@part
def file(model: Model, state: State, tally: Tally, future: Any, p: int, time: float, data: float, shared: float) -> Any:
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
        if pairs.held[f] == 1:
            continue
        w0, w1, w2, w3 = block(model.streams, pairs.filing_stream[f], future)
        submit = submission(model, state, f, time, quantile(pairs.lag, f, uniform_32(w2)))
        state.decision[f] = math.inf
        if math.isinf(submit):
            continue
        part_of = pairs.review_from[f]
        review = quantile(pairs.review, f, part_of + (1.0 - part_of) * uniform_32(w3))
        decided = submit + review
        if pairs.response[f] > 0.0:
            v0, _, _, _ = block(model.streams, pairs.other_stream[f], future)
            if uniform_32(v0) < pairs.response[f]:
                decided += pairs.response_delay[f]
        if model.switches.inspections and pairs.inspection[f] >= 0:
            decided += inspection_delay(model, state, future, pairs.inspection[f])
        decided = max(decided, 0.0)
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
        first = min(first, decided)
        push_launch(state, calendar.quarters, f, decided + pairs.launch_lag[f])
    milestones(model, state, p)
    return first, last
