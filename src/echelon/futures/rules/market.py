"""Market: patients, uptake, class share by order of entry, rivals."""

import math
from typing import Any

from echelon.futures.model import Model, State
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.draws import block, quantile, quantile_of, uniform_32, uniform_53
from echelon.futures.rules.events import push_launch, quarter_of


@part
def market_factor(model: Model, state: State, m: int) -> float:
    """Patients, share of patients and months on therapy of a market, over their modes; drawn once per future."""
    if math.isnan(state.market_factor[m]):
        value = 1.0
        spread = model.markets.spread
        for i in range(3):
            luck = state.even[model.early.markets + 3 * m + i]
            value *= quantile_of(spread[m, i, 0], spread[m, i, 1], spread[m, i, 2], spread[m, i, 3], luck)
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


@inner
def sales_years(model: Model, time: float, to_peak: float) -> float:
    """Sales since launch in years at peak, `time` years after launch, for a climb of `to_peak` years.

    The published launch curve is stretched from its own length (`uptake_years`) to `to_peak`.
    """
    markets = model.markets
    if time <= 0.0:
        return 0.0
    if time >= to_peak:
        return markets.uptake[markets.uptake.size - 1] * (to_peak / markets.uptake_years) + (time - to_peak)
    place = time * (markets.uptake_years / (to_peak * markets.uptake_step))
    cell = min(int(place), markets.uptake.size - 2)
    below = markets.uptake[cell]
    return (below + (place - cell) * (markets.uptake[cell + 1] - below)) * (to_peak / markets.uptake_years)


@part
def climb(model: Model, state: State, time: float, to_peak: float, first: int) -> None:
    """Fill the uptake of something launched at `time`, column by column from `first` on."""
    calendar = model.calendar
    c = first
    before = sales_years(model, calendar.start[first] - time, to_peak)
    while c < calendar.columns and calendar.start[c] - time < to_peak:
        after = sales_years(model, calendar.start[c] + calendar.length[c] - time, to_peak)
        state.uptake[c] = (after - before) / calendar.length[c]
        before = after
        c += 1
    for later in range(c, calendar.columns):
        state.uptake[later] = 1.0


@part
def enter(model: Model, state: State, m: int, weight: float, first: int) -> None:
    """Let something whose uptake has just been filled into a market."""
    markets = model.markets
    columns = model.calendar.columns
    if state.opened[m] == 0:
        state.opened[m] = 1
        for c in range(first, columns):
            state.pull[m, c] = markets.pull[m, c]
            state.reach[m, c] = markets.reach[m, c]
    for c in range(first, columns):
        state.pull[m, c] += weight * state.uptake[c]
        state.reach[m, c] = max(state.reach[m, c], state.uptake[c])


@part
def enter_rival(model: Model, state: State, v: int, time: float) -> None:
    """Let a rival into its market."""
    markets = model.markets
    m = markets.rival_market[v]
    first = quarter_of(time)
    climb(model, state, time, markets.rival_to_peak, first)
    enter(model, state, m, order_weight(model, state, m, markets.rival_strength[v]), first)


@inner
def class_share(model: Model, state: State, m: int, c: int) -> float:
    """Class share of one unit of order weight."""
    if state.opened[m] == 0:
        return model.markets.share[m, c]
    pull = state.pull[m, c]
    return state.reach[m, c] / pull if pull > 0.0 else 0.0
