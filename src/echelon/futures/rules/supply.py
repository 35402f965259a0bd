"""Supply: reactor time of each site against what is to be sold; expansions; shares when it is short."""

import math
from typing import Any

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import block, quantile, uniform_32, uniform_53
from echelon.futures.rules.money import spend
from echelon.futures.state import State


@part
def expand(model: Model, state: State, future: Any) -> None:
    """Build what is decided: capital over the building time, capacity from its licence on."""
    supply = model.supply
    quarters = model.calendar.quarters
    for x in range(supply.expand_site.size):
        start = supply.expand_at[x]
        if start >= quarters * 0.25:
            continue
        _, _, w2, w3 = block(model.streams, supply.expand_stream[x], future)
        built = start + quantile(supply.expand_build, x, uniform_32(w2))
        licensed = built + quantile(supply.expand_licence, x, uniform_32(w3))
        spend(model, state, n.CAPITAL, start, built, supply.expand_capital[x], 0, math.inf)
        i = supply.expand_site[x]
        for q in range(quarters):
            share = min(1.0, max(0.0, ((q + 1) * 0.25 - licensed) * 4.0))
            state.capacity[i, q] += share * supply.expand_litre_days[x]


@part
def titer(model: Model, state: State, future: Any, row: int) -> float:
    """Titer of a recipe over its mode; drawn once per future."""
    if math.isnan(state.titer[row]):
        w0, w1, _, _ = block(model.streams, model.supply.titer_stream[row], future)
        state.titer[row] = quantile(model.supply.titer, row, uniform_53(w0, w1))
    return float(state.titer[row])


@part
def fill_rates(model: Model, state: State, c: int) -> None:
    """Share of what is asked for that each site can serve in a column: pro rata when reactor time is short."""
    quarters = model.calendar.quarters
    last = min(c, quarters - 1)
    scale = model.calendar.length[c] * 4.0
    for i in range(state.served.shape[0]):
        capacity = state.capacity[i, last] * scale
        load = state.load[i, c]
        served = 1.0
        if model.switches.supply and load > capacity:
            served = capacity / load
            state.number[n.SHORT] = 1.0
        state.served[i, c] = served
        if c < quarters:
            state.sites[2 * i, c] = load / capacity if capacity > 0.0 else (0.0 if load == 0.0 else 10.0)
            state.sites[2 * i + 1, c] = 1.0 - served
            if served < 1.0 and math.isnan(state.number[n.FIRST_SHORT]):
                state.number[n.FIRST_SHORT] = c * 0.25
