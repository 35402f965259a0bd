"""Building: what a network can do and when: titers, technology transfers, expansions, shipments that are stopped."""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.draws import quantile, uniform_32, uniform_53
from echelon.futures.rules.early import drawn
from echelon.futures.rules.money import spend
from echelon.futures.state import State


@part
def prepare(model: Model, state: State) -> None:
    """Draw what the network is like in this future, and start what is decided already."""
    supply = model.supply
    for i in range(2 * state.left.size, state.supply_cells.shape[0]):
        for q in range(model.calendar.quarters):
            state.supply_cells[i, q] = 0.0
    for r in range(supply.titer_stream.size):
        w0, w1, _, _ = drawn(model, state, supply.titer_stream[r])
        state.titer[r] = quantile(supply.titer, r, uniform_53(w0, w1))
    for i in range(supply.use.size):
        r = supply.use_titer[i]
        state.use[i] = supply.use[i] / state.titer[r] if r >= 0 else supply.use[i]
    for i in range(supply.transfer_at.size):
        transfer(model, state, i)
    for x in range(supply.expand_line.size):
        if state.built[x] == 1:
            expand(model, state, x, supply.expand_at[x])
    for z in range(supply.stop_visit.size):
        stop_shipments(model, state, z)
    find_steady(model, state)


@part
def transfer(model: Model, state: State, i: int) -> None:
    """Bring a process to a site: its cost over the time that takes, product from then on."""
    supply = model.supply
    start = supply.transfer_at[i]
    state.ready[i] = math.inf
    if math.isfinite(start):
        w0, _, _, _ = drawn(model, state, supply.transfer_stream[i])
        state.ready[i] = start + quantile(supply.transfer_length, i, uniform_32(w0))
        spend(model, state, n.CAPITAL, start, state.ready[i], supply.transfer_cost[i], 0, math.inf)


@part
def expand(model: Model, state: State, x: int, start: float) -> None:
    """Build: capital over the building time, capacity from its licence on."""
    supply, quarters = model.supply, model.calendar.quarters
    if start >= quarters * 0.25:
        return
    _, _, w2, w3 = drawn(model, state, supply.expand_stream[x])
    built = start + quantile(supply.expand_build, x, uniform_32(w2))
    licensed = built + quantile(supply.expand_licence, x, uniform_32(w3))
    state.decided_at[x] = start
    state.licensed[x] = licensed
    spend(model, state, n.CAPITAL, start, built, supply.expand_capital[x], 0, math.inf)
    line = supply.expand_line[x]
    for q in range(min(int(max(licensed, 0.0) * 4.0), quarters), quarters):
        share = min(1.0, max(0.0, ((q + 1) * 0.25 - licensed) * 4.0))
        state.capacity[line, q] += share * supply.expand_size[x]


@inner
def wanted(model: Model, state: State, k: int, q: int) -> float:
    """Grams that launched products ask for in a quarter, also one past the horizon."""
    quarters, columns = model.calendar.quarters, model.calendar.columns
    if q < quarters:
        return state.grams[k, q]
    c = quarters + (q - quarters) // 4
    return state.grams[k, c] / (4.0 * model.calendar.length[c]) if c < columns else 0.0


@part
def find_steady(model: Model, state: State) -> None:
    """Find the stages whose first leg may supply in every column."""
    supply = model.supply
    for j in range(supply.stage_yield.size):
        state.steady[j] = -1
        g = supply.leg_from[j]
        if g < supply.leg_from[j + 1] and supply.leg_after[g] <= 0.0:
            i, z = supply.leg_transfer[g], supply.leg_stop[g]
            if (i < 0 or state.ready[i] <= 0.0) and (z < 0 or state.stops[z] == 0):
                state.steady[j] = g


@part
def stop_shipments(model: Model, state: State, z: int) -> None:
    """Find when an authority, having found OAI, lets nothing in from a site until it is put right."""
    visits, quarters = model.visits, model.calendar.quarters
    for q in range(quarters):
        state.stopped[z, q] = 0.0
    state.stops[z] = 0
    if not model.switches.inspections:
        return
    u = model.supply.stop_visit[z]
    for i in range(visits.first[u + 1] - visits.first[u]):
        visit = visits.first[u] + i
        w0, w1, w2, _ = drawn(model, state, visits.stream[visit])
        _, _, _, v3 = drawn(model, state, visits.other_stream[visit])
        if uniform_53(w0, w1) < visits.oai[u] and uniform_32(v3) < model.supply.stop_chance[z]:
            # The day is not known; a site with no visit on record has one in the middle of each interval.
            since = visits.base[u] + (i if visits.base[u] > 0.0 else i + 0.5) * visits.interval[u]
            until = since + quantile(visits.oai_delay, u, uniform_32(w2))
            for q in range(min(math.ceil(since * 4.0), quarters), min(math.ceil(until * 4.0), quarters)):
                state.stopped[z, q] = 1.0
                state.stops[z] = 1
