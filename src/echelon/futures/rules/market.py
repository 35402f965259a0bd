"""Market: patients, class share by order of entry, uptake, price, listing, loss of exclusivity."""

import math
from typing import Any

import numpy as np

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
from echelon.futures.rules.events import push_launch, quarter_of

REPORTED_FADE = 3.0
"""Years over which the model's uncertainty takes over from reported sales."""


@part
def peak_years(model: Model, time: float, to_peak: float) -> float:
    """Sales since launch in years at peak, `time` years after launch, for a climb of `to_peak` years.

    The published launch curve is stretched from its own length (`uptake_years`) to `to_peak`.
    """
    if time <= 0.0:
        return 0.0
    if to_peak <= 0.0:
        return time
    markets = model.markets
    stretch = to_peak / markets.uptake_years
    x = time / stretch
    last = markets.uptake.size - 1
    place = x / markets.uptake_step
    if place >= last:
        return (markets.uptake[last] + (x - last * markets.uptake_step)) * stretch
    cell = int(place)
    below = markets.uptake[cell]
    return float((below + (place - cell) * (markets.uptake[cell + 1] - below)) * stretch)


@part
def market_factor(model: Model, state: State, future: Any, m: int) -> float:
    """Patients, share of patients and months on therapy of a market, over their modes; drawn once per future."""
    if np.isnan(state.market_factor[m]):
        value = 1.0
        for i in range(3):
            w0, w1, _, _ = block(model.streams, model.markets.stream[m, i], future)
            value *= quantile(model.markets.spread[m], i, uniform_53(w0, w1))
        state.market_factor[m] = value
    return float(state.market_factor[m])


@part
def order_weight(model: Model, state: State, m: int, strength: float) -> float:
    """Weight of a new entrant: its strength times its rank to the order-of-entry exponent."""
    state.entered[m] += 1
    rank = min(state.entered[m], model.markets.order_power.size - 1)
    return float(strength * model.markets.order_power[rank])


@part
def start_rivals(model: Model, state: State, future: Any) -> None:
    """Set the entries of rivals still to come."""
    markets = model.markets
    pairs = model.pairs.program.size
    for v in range(markets.rival_market.size):
        w0, w1, w2, _ = block(model.streams, markets.rival_stream[v], future)
        if uniform_32(w2) < markets.rival_chance[v]:
            entry = quantile(markets.rival_entry, v, uniform_53(w0, w1))
            push_launch(state, model.calendar.quarters, pairs + v, max(entry, 0.0))


@part
def enter(model: Model, state: State, v: int, time: float) -> None:
    """Let a rival into its market."""
    markets = model.markets
    calendar = model.calendar
    m = markets.rival_market[v]
    weight = order_weight(model, state, m, markets.rival_strength[v])
    climb = markets.rival_to_peak
    c = quarter_of(time)
    before = 0.0
    while c < calendar.columns:
        after = peak_years(model, calendar.start[c] + calendar.length[c] - time, climb)
        uptake = (after - before) / calendar.length[c]
        before = after
        state.pull[m, c] += weight * uptake
        state.reach[m, c] = max(state.reach[m, c], uptake)
        c += 1


@part
def listing_effect(model: Model, future: Any, f: int) -> float:
    """Factor on sales from listing on: (1 - cut) x volume if listed, 1 if not; its mean when listing is switched off."""
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
def launch(model: Model, state: State, tally: Tally, future: Any, f: int, time: float, first: int) -> None:
    """Launch a pair: build its sales before class share, column by column, and let it into its market.

    Held pairs are launched before quarter 0 (`time` < 0) and are part of the class already. `first` is the column
    from which the sales are built.
    """
    pairs = model.pairs
    programs = model.programs
    calendar = model.calendar
    p = pairs.program[f]
    g = pairs.asset_territory[f]
    if time < state.first_launch[g]:
        state.first_launch[g] = time
    loss = pairs.loss[f]
    if np.isnan(loss):
        loss = state.first_launch[g] + pairs.exclusivity[f]
    w0, w1, w2, w3 = block(model.streams, programs.peak_stream[p], future)
    climb = quantile(pairs.to_peak, f, uniform_32(w2))
    level = uniform_53(w0, w1)
    if pairs.value_stream[f] >= 0:
        v0, v1, _, _ = block(model.streams, pairs.value_stream[f], future)
        level = uniform_53(v0, v1)
    amount = quantile(pairs.value, f, level)
    m = pairs.market[f]
    held = pairs.held[f] == 1
    weight = 1.0
    factor = 1.0
    if m >= 0:
        factor = market_factor(model, state, future, m)
        if not model.switches.competition:
            weight = pairs.static_share[f]
        elif held:
            weight = pairs.weight[f]
        else:
            strength = quantile(programs.strength, p, uniform_32(w3))
            weight = order_weight(model, state, m, strength)
    middle = quantile(pairs.value, f, 0.5) if pairs.value[f, 0] != TRIANGULAR else pairs.value[f, 2]
    # Demand is in patients: a dearer unit takes no more reactor time. Direct sales vary by volume, at one price.
    dearer = amount / middle if m >= 0 and middle > 0.0 else 1.0
    state.pair_load[f] = pairs.load[f] / dearer
    if held and pairs.reported[f] == 1:
        # Reported sales are known; what the model draws sets in over the first years.
        factor *= amount / middle if middle > 0.0 else 1.0
        amount = middle
    listed = listing_effect(model, future, f)
    listed_from = time + pairs.list_lag[f]
    decline = pairs.decline[f]
    growth = pairs.growth[f]
    joins = m >= 0 and model.switches.competition and not held
    before = peak_years(model, calendar.start[first] - time, climb)
    for c in range(first, calendar.columns):
        length = calendar.length[c]
        end = calendar.start[c] + length
        after = peak_years(model, end - time, climb)
        uptake = (after - before) / length
        before = after
        pulls = weight * uptake
        if joins:
            state.pull[m, c] += pulls
            state.reach[m, c] = max(state.reach[m, c], uptake)
        middle_of = end - 0.5 * length
        value = amount * length * pairs.scale[f] * pulls
        if pairs.reported[f] == 1:
            value *= 1.0 + (factor - 1.0) * min(1.0, middle_of / REPORTED_FADE)
        else:
            value *= factor
        if m >= 0:
            value *= model.markets.patients[m, c]
        if growth != 0.0:
            value *= math.exp(growth * middle_of)
        if listed != 1.0 and middle_of > listed_from:
            value *= listed
        if middle_of > loss:
            value *= math.exp(-decline * (middle_of - loss)) if decline < 1e9 else 0.0
        state.curve[f, c] = value
    state.active[int(state.number[n.ACTIVE])] = f
    state.number[n.ACTIVE] += 1.0


@part
def first_sale(model: Model, state: State, tally: Tally, f: int, time: float) -> None:
    """Count a program's and its asset's first launch."""
    p = model.pairs.program[f]
    r = model.programs.report[p]
    if time >= state.launched[r]:
        return
    if np.isinf(state.launched[r]):
        tally.launches[r, quarter_of(time)] += 1
        state.year_launches[0] += 1
        state.measures[n.PROGRAMS_LAUNCHED] += 1.0
        a = model.programs.asset[p]
        if state.asset_launched[a] == 0:
            state.asset_launched[a] = 1
            state.year_launches[1] += 1
            state.measures[n.ASSETS_LAUNCHED] += 1.0
        if np.isnan(state.measures[n.FIRST_LAUNCH]):
            state.measures[n.FIRST_LAUNCH] = time
    state.launched[r] = time


@part
def launches(model: Model, state: State, tally: Tally, future: Any, q: int) -> None:
    """All launches of one quarter, earliest first."""
    pairs = model.pairs.program.size
    node = state.launch_head[q]
    while node >= 0:
        time = state.launch_time[node]
        if node >= pairs:
            if model.switches.competition:
                enter(model, state, node - pairs, time)
        else:
            first_sale(model, state, tally, node, time)
            launch(model, state, tally, future, node, time, q)
        node = state.launch_next[node]
