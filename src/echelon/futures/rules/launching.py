"""Launching: the sales of a pair from its first sale on, and all launches of a quarter."""

import math
from typing import Any

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import (
    LOGNORMAL,
    TRIANGULAR,
    UNIFORM,
    block,
    quantile,
    uniform_32,
    uniform_53,
)
from echelon.futures.rules.events import LOSES, push_program, quarter_of, set_status
from echelon.futures.rules.market import climb, enter, enter_rival, market_factor, order_weight
from echelon.futures.rules.selling import join
from echelon.futures.rules.supply import titer

REPORTED_FADE = 3.0
"""Years over which the model's uncertainty takes over from reported sales."""

NOWHERE, MARKETED = -1, 2

CLIFF = 1e9
"""Log decline a year above which nothing is left after exclusivity."""


@part
def listing_effect(model: Model, future: Any, f: int) -> float:
    """Factor on sales from listing on: (1 - cut) x volume if listed, 1 if not; its mean when listing is off."""
    pairs = model.pairs
    chance = pairs.list_chance[f]
    if chance < 0.0:
        return 1.0
    _, w1, w2, _ = block(model.streams, pairs.other_stream[f], future)
    if not model.switches.listing:
        kind = int(pairs.list_cut[f, 0])
        cut = pairs.list_cut[f, 1]
        if kind == UNIFORM:
            cut = 0.5 * (pairs.list_cut[f, 1] + pairs.list_cut[f, 2])
        elif kind == TRIANGULAR:
            cut = (pairs.list_cut[f, 1] + pairs.list_cut[f, 2] + pairs.list_cut[f, 3]) / 3.0
        elif kind == LOGNORMAL:
            cut = pairs.list_cut[f, 1] * math.exp(0.5 * pairs.list_cut[f, 2] * pairs.list_cut[f, 2])
        return float(1.0 + chance * ((1.0 - cut) * pairs.list_volume[f] - 1.0))
    if uniform_32(w1) >= chance:
        return 1.0
    cut = quantile(pairs.list_cut, f, uniform_32(w2))
    return float((1.0 - cut) * pairs.list_volume[f])


@part
def launch(model: Model, state: State, future: Any, f: int, time: float, first: int) -> None:
    """Launch a pair: draw what it sells, column by column from `first` on, and let it into its market.

    Held pairs are launched before quarter 0 (`time` < 0) and are part of the class already.
    """
    pairs = model.pairs
    p = pairs.program[f]
    g = pairs.asset_territory[f]
    state.first_launch[g] = min(state.first_launch[g], time)
    loss = pairs.loss[f]
    if math.isnan(loss):
        loss = state.first_launch[g] + pairs.exclusivity[f]
    w0, w1, w2, w3 = block(model.streams, model.programs.peak_stream[p], future)
    level = uniform_53(w0, w1)
    if pairs.value_stream[f] >= 0:
        v0, v1, _, _ = block(model.streams, pairs.value_stream[f], future)
        level = uniform_53(v0, v1)
    amount = quantile(pairs.value, f, level)
    middle = pairs.value[f, 2] if pairs.value[f, 0] == TRIANGULAR else quantile(pairs.value, f, 0.5)
    dearer = amount / middle if middle > 0.0 else 1.0
    m = pairs.market[f]
    competes = m >= 0 and model.switches.competition
    held = pairs.held[f] == 1
    weight, factor = 1.0, 1.0
    if m >= 0:
        factor = market_factor(model, state, m)
        weight = pairs.weight[f] if competes else pairs.static_share[f]
        if competes and not held:
            weight = order_weight(model, state, m, quantile(model.programs.strength, p, uniform_32(w3)))
    if not held:
        protect(model, state, p, time, loss, first)
    climb(model, state, time, quantile(pairs.to_peak, f, uniform_32(w2)), first)
    if competes and not held:
        enter(model, state, m, weight, first)
    if held and pairs.reported[f] == 1:
        # Reported sales are known; what the model draws sets in over the first years.
        shape(model, state, f, middle * weight, factor * dearer, first)
    else:
        shape(model, state, f, amount * weight, factor, first)
    wear(model, state, future, f, time, loss, first)
    if pairs.site[f] >= 0:
        # Demand is in patients: a dearer unit takes no more reactor time. Direct sales vary by volume, at one price.
        per_sale = pairs.load[f] / dearer if m >= 0 else pairs.load[f]
        state.pair_load[f] = per_sale / titer(model, state, future, pairs.titer[f])
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
    m = pairs.market[f]
    level *= pairs.scale[f]
    if pairs.reported[f] == 0:
        level *= factor
    for c in range(first, calendar.columns):
        state.curve[f, c] = level * calendar.length[c] * state.uptake[c]
    if pairs.reported[f] == 1:
        for c in range(first, calendar.columns):
            state.curve[f, c] *= 1.0 + (factor - 1.0) * min(1.0, calendar.middle[c] / REPORTED_FADE)
    if m >= 0:
        for c in range(first, calendar.columns):
            state.curve[f, c] *= model.markets.patients[m, c]
    if pairs.growth[f] != 0.0:
        for c in range(first, calendar.columns):
            state.curve[f, c] *= math.exp(pairs.growth[f] * calendar.middle[c])


@part
def wear(model: Model, state: State, future: Any, f: int, time: float, loss: float, first: int) -> None:
    """Let reimbursement and the loss of exclusivity act on the sales of a pair."""
    pairs, calendar = model.pairs, model.calendar
    quarters, columns = calendar.quarters, calendar.columns
    listed = listing_effect(model, future, f)
    if listed != 1.0:
        for c in range(max(first, column_after(model, time + pairs.list_lag[f])), columns):
            state.curve[f, c] *= listed
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
def column_after(model: Model, time: float) -> int:
    """First column whose middle is after a time."""
    calendar = model.calendar
    quarters = calendar.quarters
    if time < calendar.middle[0]:
        return 0
    if time < quarters * 0.25 - 0.125:
        return int(4.0 * time - 0.5) + 1
    beyond = time - quarters * 0.25 - 0.5
    if beyond < 0.0:
        return quarters
    return min(quarters + 1 + int(min(beyond, 1e9)), calendar.columns)


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
def launches(model: Model, state: State, tally: Tally, future: Any, q: int) -> None:
    """All launches of one quarter, earliest first."""
    pairs = model.pairs.program.size
    node = state.launch_head[q]
    while node >= 0:
        time = state.launch_time[node]
        if node < pairs:
            first_sale(model, state, tally, node, time)
            launch(model, state, future, node, time, q)
        elif model.switches.competition:
            enter_rival(model, state, node - pairs, time)
        node = state.launch_next[node]


@part
def launch_held(model: Model, state: State, future: Any) -> None:
    """Launch what was on the market at as_of."""
    pairs = model.pairs
    for f in range(pairs.program.size):
        if pairs.held[f] == 1:
            launch(model, state, future, f, pairs.launch[f], 0)
