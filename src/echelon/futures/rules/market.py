"""Market: patients, uptake, class share by order of entry, rivals."""

import math

from echelon.futures.model import Model
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.draws import quantile, quantile_of, uniform_32, uniform_53
from echelon.futures.rules.early import drawn
from echelon.futures.rules.events import push_launch, quarter_of
from echelon.futures.rules.selling import give_way, no_longer_alone
from echelon.futures.state import State

AT_ONCE = 1e-6
"""Years to peak under which a climb is none."""


@part
def draw_lines(model: Model, state: State) -> None:
    """Share of patients who reach each line, over its mode: lines that draw on the same patients never take more."""
    markets = model.markets
    first = model.early.markets + markets.counts.shape[0]
    for z in range(markets.groups):
        state.group[z] = 0.0
    for j in range(markets.line_mode.size):
        share = quantile_of(
            markets.lines[j, 0], markets.lines[j, 1], markets.lines[j, 2], markets.lines[j, 3], state.even[first + j]
        )
        state.line[j] = share
        state.group[markets.line_group[j]] += share * markets.line_mode[j]
    for j in range(markets.line_mode.size):
        asked = state.group[markets.line_group[j]]
        if asked > 1.0:
            state.line[j] /= asked
        if markets.line_parent[j] >= 0:
            state.line[j] *= state.line[markets.line_parent[j]]


@part
def market_factor(model: Model, state: State, m: int) -> float:
    """Patients, share of patients and months on therapy of a market, over their modes."""
    if math.isnan(state.market_factor[m]):
        markets = model.markets
        e, j = markets.count_of[m], markets.line_of[m]
        first = model.early.markets
        months = first + markets.counts.shape[0] + markets.line_mode.size
        count = quantile_of(
            markets.counts[e, 0],
            markets.counts[e, 1],
            markets.counts[e, 2],
            markets.counts[e, 3],
            state.even[first + e],
        )
        stay = quantile_of(
            markets.months[j, 0],
            markets.months[j, 1],
            markets.months[j, 2],
            markets.months[j, 3],
            state.even[months + j],
        )
        state.market_factor[m] = count * state.line[j] * stay
    return float(state.market_factor[m])


@part
def order_weight(model: Model, state: State, m: int, strength: float) -> float:
    """Weight of a new entrant: its strength times its rank to the order-of-entry exponent."""
    state.entered[m] += 1
    rank = min(state.entered[m], model.markets.order_power.size - 1)
    return float(strength * model.markets.order_power[rank])


@part
def start_rivals(model: Model, state: State) -> None:
    """Set the entries of rivals still to come."""
    markets = model.markets
    pairs = model.pairs.program.size
    for v in range(markets.rival_market.size):
        w0, w1, w2, _ = drawn(model, state, markets.rival_stream[v])
        if uniform_32(w2) < markets.rival_chance[v]:
            entry = quantile(markets.rival_entry, v, uniform_53(w0, w1))
            push_launch(state, model.calendar.quarters, pairs + v, max(entry, 0.0))


@inner
def sales_years(model: Model, time: float, to_peak: float) -> float:
    """Sales since launch in years at peak, `time` years after launch, for a climb of `to_peak` years.

    The published launch curve is stretched from its own length (`uptake_years`) to `to_peak`.
    """
    # Without branches, so that columns are done several at a time.
    markets = model.markets
    stretch = to_peak / markets.uptake_years
    place = min(max(time, 0.0), to_peak) * (markets.uptake_years / (max(to_peak, AT_ONCE) * markets.uptake_step))
    cell = min(int(place), markets.uptake.size - 2)
    below = markets.uptake[cell]
    climbing = (below + (place - cell) * (markets.uptake[cell + 1] - below)) * stretch
    peaked = markets.uptake[markets.uptake.size - 1] * stretch + (time - to_peak)
    return peaked if time >= to_peak else climbing


@part
def climb(model: Model, state: State, time: float, to_peak: float, first: int) -> None:
    """Fill the uptake of something launched at `time`, column by column from `first` on."""
    calendar = model.calendar
    last = max(first, min(int((time + to_peak) * 4.0), calendar.quarters))
    while last > first and calendar.start[last - 1] - time >= to_peak:
        last -= 1
    while last < calendar.columns and calendar.start[last] - time < to_peak:
        last += 1
    state.sold[first] = sales_years(model, calendar.start[first] - time, to_peak)
    for c in range(first, last):
        state.sold[c + 1] = sales_years(model, calendar.start[c] + calendar.length[c] - time, to_peak)
    for c in range(first, last):
        state.uptake[c] = (state.sold[c + 1] - state.sold[c]) * calendar.per_year[c]
    for c in range(last, calendar.columns):
        state.uptake[c] = 1.0


@part
def enter(model: Model, state: State, m: int, weight: float, first: int) -> None:
    """Let something whose uptake has just been filled into a market."""
    columns = model.calendar.columns
    if state.opened[m] == 0:
        state.opened[m] = 1
        for c in range(first, columns):
            state.pull[m, c] = model.markets.pull[m, c]
    give_way(model, state, m, weight, first)
    for c in range(first, columns):
        state.pull[m, c] += weight * state.uptake[c]


@part
def enter_rival(model: Model, state: State, v: int, time: float) -> None:
    """Let a rival into its market."""
    markets = model.markets
    m = markets.rival_market[v]
    first = quarter_of(time)
    climb(model, state, time, markets.rival_to_peak, first)
    enter(model, state, m, order_weight(model, state, m, markets.rival_strength[v]), first)
    no_longer_alone(model, state, m, first)


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
