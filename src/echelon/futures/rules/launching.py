"""Launching: the sales of a pair from its first sale on, and all launches of a quarter."""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import TRIANGULAR, quantile, uniform_32, uniform_53
from echelon.futures.rules.early import drawn
from echelon.futures.rules.events import LOSES, push_program, quarter_of, set_status
from echelon.futures.rules.filings import confirm, start_trials, withdraw_at
from echelon.futures.rules.listings import count_listing, reimburse
from echelon.futures.rules.market import climb, column_after, enter, enter_rival, market_factor, order_weight
from echelon.futures.rules.selling import join, leave_channel
from echelon.futures.state import State, Tally

REPORTED_FADE = 3.0
"""Years over which the model's uncertainty takes over from reported sales."""

NOWHERE, MARKETED = -1, 2

CLIFF = 1e9
"""Log decline a year above which nothing is left after exclusivity."""


@part
def launch(model: Model, state: State, tally: Tally, f: int, time: float, first: int) -> None:
    """Launch a pair: let it into its market and fill what it sells, column by column from `first` on.

    Held pairs are launched before quarter 0 (`time` < 0) and are part of the class already.
    """
    pairs = model.pairs
    p = pairs.program[f]
    w0, w1, w2, w3 = drawn(model, state, model.programs.peak_stream[p])
    level = uniform_53(w0, w1)
    m = pairs.market[f]
    competes = m >= 0 and model.switches.competition
    held = pairs.held[f] == 1
    weight = 1.0
    if m >= 0:
        weight = pairs.weight[f] if competes else pairs.static_share[f]
        if competes and not held:
            weight = order_weight(model, state, m, quantile(model.programs.strength, p, uniform_32(w3)))
    withdrawn = withdrawal(model, state, f, time)
    state.loss[f] = min(exclusivity_ends(model, state, f, time), withdrawn)
    if not held:
        protect(model, state, p, time, state.loss[f], first)
    climb(model, state, time, quantile(pairs.to_peak, f, uniform_32(w2)), first)
    if competes and not held:
        enter(model, state, m, weight, first)
    fill(model, state, tally, f, time, weight, level, first)
    for i in range(pairs.part_from[f], pairs.part_from[f + 1]):
        other = pairs.part[i]
        state.withdrawn[other] = withdrawn
        state.loss[other] = min(exclusivity_ends(model, state, other, time), withdrawn)
        fill(model, state, tally, other, time, weight, level, first)


@part
def withdrawal(model: Model, state: State, f: int, time: float) -> float:
    """Time at which a pair launched now is withdrawn, as far as it is settled; infinite otherwise."""
    confirming = model.pairs.confirm_program[f]
    if confirming >= 0 and state.ended[confirming] <= time:
        state.withdrawn[f] = min(state.withdrawn[f], time)
    return float(state.withdrawn[f])


@part
def exclusivity_ends(model: Model, state: State, f: int, time: float) -> float:
    """End of a pair's exclusivity: its known day, or counted from the asset's first launch in the territory."""
    pairs = model.pairs
    g = pairs.asset_territory[f]
    state.first_launch[g] = min(state.first_launch[g], time)
    loss = pairs.loss[f]
    return float(state.first_launch[g] + pairs.exclusivity[f] if math.isnan(loss) else loss)


@part
def fill(
    model: Model,
    state: State,
    tally: Tally,
    f: int,
    time: float,
    weight: float,
    level: float,
    first: int,
) -> None:
    """Fill the sales of a pair whose uptake and order weight are known, and let them be sold.

    level : uniform of the program's peak sales, where the pair has no price of its own.
    """
    pairs = model.pairs
    m = pairs.market[f]
    if pairs.value_stream[f] >= 0:
        w0, w1, _, _ = drawn(model, state, pairs.value_stream[f])
        level = uniform_53(w0, w1)
    amount = quantile(pairs.value, f, level)
    middle = pairs.value[f, 2] if pairs.value[f, 0] == TRIANGULAR else quantile(pairs.value, f, 0.5)
    dearer = amount / middle if middle > 0.0 else 1.0
    factor = market_factor(model, state, m) if m >= 0 else 1.0
    if pairs.held[f] == 1 and pairs.reported[f] == 1:
        # Reported sales are known; what the model draws sets in over the first years.
        shape(model, state, f, middle * weight, factor * dearer, first)
    else:
        shape(model, state, f, amount * weight, factor, first)
    reimburse(model, state, tally, f, time, first)
    wear(model, state, f, exclusivity_ends(model, state, f, time), first)
    if pairs.held[f] == 0 and state.withdrawn[f] < (first + 1) * 0.25:  # later, nobody knows of it yet
        stop_sales(model, state, f, state.withdrawn[f], first)
    if pairs.order[f] >= 0:
        # Demand is in patients: a dearer unit holds no more grams. Direct sales vary by volume, at one price.
        state.pair_grams[f] = pairs.grams[f] / dearer if m >= 0 else pairs.grams[f]
    state.weight[f] = weight
    join(model, state, f, first)


@part
def protect(model: Model, state: State, p: int, time: float, loss: float, q: int) -> None:
    """Count a program as marketed from a launch in quarter q until the last of its territories loses exclusivity."""
    before = state.protected[p]
    until = max(before, max(time, loss))
    state.protected[p] = until
    if until < (q + 1) * 0.25:
        set_status(model, state, p, NOWHERE)
        return
    set_status(model, state, p, MARKETED)
    if before < (q + 1) * 0.25:
        push_program(state, model.calendar.quarters, p, until, LOSES)


@part
def shape(model: Model, state: State, f: int, level: float, factor: float, first: int) -> None:
    """Fill the sales of a pair: uptake of its market times what it sells at its peak."""
    pairs, calendar = model.pairs, model.calendar
    level *= pairs.scale[f]
    if pairs.reported[f] == 0:
        level *= factor
    for c in range(first, calendar.columns):
        state.curve[f, c] = level * pairs.base[f, c] * state.uptake[c]
    if pairs.reported[f] == 1:
        for c in range(first, calendar.columns):
            state.curve[f, c] *= 1.0 + (factor - 1.0) * min(1.0, calendar.middle[c] / REPORTED_FADE)


@part
def wear(model: Model, state: State, f: int, loss: float, first: int) -> None:
    """Let the loss of exclusivity act on the sales of a pair."""
    pairs, calendar = model.pairs, model.calendar
    quarters, columns = calendar.quarters, calendar.columns
    start = max(first, column_after(model, loss))
    decline = pairs.decline[f]
    if decline >= CLIFF:
        for c in range(start, columns):
            state.curve[f, c] = 0.0
        return
    row = pairs.fade[f]
    if start < quarters:
        left = math.exp(-decline * (calendar.middle[start] - loss))
        for c in range(start, quarters):
            state.curve[f, c] *= left * pairs.fading[row, c - start]
        start = quarters
    if start < columns:
        left = math.exp(-decline * (calendar.middle[start] - loss))
        for c in range(start, columns):
            state.curve[f, c] *= left * pairs.fading[row, 4 * (c - start)]


@part
def stop_sales(model: Model, state: State, f: int, time: float, first: int) -> None:
    """End the sales of a pair at its withdrawal."""
    for c in range(max(first, column_after(model, time)), model.calendar.columns):
        state.curve[f, c] = 0.0


@part
def withdraw(model: Model, state: State, tally: Tally, f: int, time: float) -> None:
    """Withdraw a conditional approval: what it would have sold is not sold, its program may leave the market."""
    approved = state.decision[f] <= time  # not so while it is open, or refused
    if not approved or state.withdrawn[f] <= time:
        return
    withdraw_at(model, state, tally, f, time)
    p = model.pairs.program[f]
    if state.on[f] == 0:
        nothing_left(model, state, p, time)
        return
    take_back(model, state, tally, f, time)
    for i in range(model.pairs.part_from[f], model.pairs.part_from[f + 1]):
        take_back(model, state, tally, model.pairs.part[i], time)
    until = -math.inf
    for other in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
        if state.on[other] > 0 and model.pairs.leader[other] < 0:
            until = max(until, state.loss[other])
    state.protected[p] = until
    if until <= time:
        set_status(model, state, p, NOWHERE)
    else:
        push_program(state, model.calendar.quarters, p, until, LOSES)


@part
def nothing_left(model: Model, state: State, p: int, time: float) -> None:
    """Let a program stand nowhere, once it has all its answers, that has neither been launched nor still can be."""
    for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
        if state.on[f] > 0:
            return
        to_come = time < state.decision[f] + model.pairs.launch_lag[f] < math.inf
        if model.pairs.leader[f] < 0 and to_come and state.withdrawn[f] > time:
            return
    if state.answered[p] > time:
        push_program(state, model.calendar.quarters, p, state.answered[p], LOSES)
    else:
        set_status(model, state, p, NOWHERE)


@part
def take_back(model: Model, state: State, tally: Tally, f: int, time: float) -> None:
    """Take a pair's sales after a time out of its channel, and a listing after it back."""
    if time <= state.listed[f] < math.inf:
        count_listing(model, state, tally, f, state.listed[f], -1)
    state.withdrawn[f] = time
    state.loss[f] = min(state.loss[f], time)
    end_sales(model, state, f, time)


@part
def end_sales(model: Model, state: State, f: int, time: float) -> None:
    """End the sales of a pair that is in its channel."""
    first = column_after(model, time)
    leave_channel(model, state, f, first)
    stop_sales(model, state, f, time, first)


@part
def failed_trials(model: Model, state: State, since: float, until: float) -> None:
    """End the sales of what is withdrawn between two times because its own confirmatory trial fails."""
    pairs = model.pairs
    for i in range(pairs.conditional.size):
        f = pairs.conditional[i]
        time = state.withdrawn[f]
        if state.on[f] > 0 and since <= time < until:
            end_sales(model, state, f, time)
            for j in range(pairs.part_from[f], pairs.part_from[f + 1]):
                end_sales(model, state, pairs.part[j], time)


@part
def unconfirmed(model: Model, state: State, tally: Tally, p: int, time: float) -> None:
    """Withdraw the conditional approvals that a program was to confirm, when it ends without success."""
    for i in range(model.programs.confirms_from[p], model.programs.confirms_from[p + 1]):
        withdraw(model, state, tally, model.programs.confirms[i], max(time, 0.0))


@part
def first_sale(model: Model, state: State, tally: Tally, f: int, time: float) -> None:
    """Count a program's and its asset's first launch."""
    p = model.pairs.program[f]
    r = model.programs.report[p]
    if time >= state.launched[r]:
        return
    if math.isinf(state.launched[r]):
        tally.launches[r, quarter_of(time)] += 1
        state.year_launches[0] += 1
        state.measures[n.PROGRAMS_LAUNCHED] += 1.0
        a = model.programs.asset[p]
        if state.asset_launched[a] == 0:
            state.asset_launched[a] = 1
            state.year_launches[1] += 1
            state.measures[n.ASSETS_LAUNCHED] += 1.0
        if math.isnan(state.measures[n.FIRST_LAUNCH]):
            state.measures[n.FIRST_LAUNCH] = time
    state.launched[r] = time


@part
def launches(model: Model, state: State, tally: Tally, q: int) -> None:
    """All launches of one quarter, earliest first."""
    if state.trial_quarter[q] == 1:
        start_trials(model, state, q * 0.25, (q + 1) * 0.25)
    failed_trials(model, state, q * 0.25, (q + 1) * 0.25)
    pairs = model.pairs.program.size
    node = state.launch_head[q]
    while node >= 0:
        time = state.launch_time[node]
        if node < pairs:
            if withdrawal(model, state, node, time) > time:
                first_sale(model, state, tally, node, time)
                launch(model, state, tally, node, time, q)
            else:
                nothing_left(model, state, model.pairs.program[node], time)
        elif model.switches.competition:
            enter_rival(model, state, node - pairs, time)
        node = state.launch_next[node]


@part
def launch_held(model: Model, state: State, tally: Tally) -> None:
    """Launch what was on the market at as_of; a conditional approval may still lose its confirmation."""
    pairs = model.pairs
    for f in range(pairs.program.size):
        if pairs.held[f] == 1 and pairs.leader[f] < 0:
            confirm(model, state, tally, f, pairs.launch[f] - pairs.launch_lag[f])
            launch(model, state, tally, f, pairs.launch[f], 0)
            if state.withdrawn[f] < state.protected[pairs.program[f]]:
                shorten(model, state, pairs.program[f])
    start_trials(model, state, -math.inf, 0.0)


@part
def shorten(model: Model, state: State, p: int) -> None:
    """Let a marketed program leave the market with the last of its approvals."""
    until = -math.inf
    for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
        if model.pairs.held[f] == 1 and model.pairs.leader[f] < 0:
            until = max(until, min(held_loss(model, state, f), state.withdrawn[f]))
    if until < state.protected[p]:
        state.protected[p] = until
        push_program(state, model.calendar.quarters, p, until, LOSES)


@part
def held_loss(model: Model, state: State, f: int) -> float:
    """End of exclusivity of a held pair, whether launched yet or not."""
    loss = model.pairs.loss[f]
    if not math.isnan(loss):
        return loss
    return float(state.first_launch[model.pairs.asset_territory[f]] + model.pairs.exclusivity[f])
