"""Supply: what patients ask for, made stage by stage, released, kept in stock, served or lost.

Stages make to stock: enough for what launched products ask for until it is released, and the cover. What has been in
stock longest is used first; what passes its shelf life is written off.
"""

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.building import wanted
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.sharing import share_out
from echelon.futures.state import State, Tally

ROUNDING = 1e-12


@part
def supply_quarter(model: Model, state: State, tally: Tally, q: int) -> None:
    """Make, release, store and serve one quarter; `served` says which share of what is asked for."""
    supply = model.supply
    orders = int(state.number[n.ORDERS])
    for i in range(orders):
        k = state.orders[i]
        if state.stocked[k] < 0 and state.grams[k, q] > 0.0:
            lay_in(model, state, k, q)
        plan(model, state, k, q)
    share_out(model, state, q)
    cost = supply.fixed_cost[q]
    for i in range(orders):
        k = state.orders[i]
        if state.stocked[k] >= 0:
            cost += make(model, state, tally, k, q)
    state.supply_cost[q] = cost


@part
def begin_order(state: State, k: int) -> None:
    """Let an order be made from its first launch on; orders keep their order."""
    state.ordered[k] = 1
    at = int(state.number[n.ORDERS])
    while at > 0 and state.orders[at - 1] > k:
        state.orders[at] = state.orders[at - 1]
        at -= 1
    state.orders[at] = k
    state.number[n.ORDERS] += 1.0


@part
def supply_year(model: Model, state: State, c: int) -> None:
    """Serve one column as it is asked for, with no stocks: a year past the horizon, or capacity that does not limit."""
    supply = model.supply
    orders = int(state.number[n.ORDERS])
    for i in range(orders):
        k = state.orders[i]
        grams = state.grams[k, c]
        for j in range(supply.order_from[k + 1] - 1, supply.order_from[k] - 1, -1):
            state.ask[j] = grams
            grams *= supply.stage_intake[j]
    share_out(model, state, c)
    cost = supply.fixed_cost[c] if c < model.calendar.quarters else 0.0
    for i in range(orders):
        k = state.orders[i]
        share = 1.0
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            if state.ask[j] > 0.0 and model.switches.supply:
                share = min(share, state.got[j] / state.ask[j])
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            g = supply.leg_from[j]
            if state.got[j] > 0.0:
                cost += state.spent[j] / state.got[j] * state.ask[j] * share
            elif g < supply.leg_from[j + 1]:  # served though no line can make it: capacity does not limit
                cost += supply.leg_cost[g] * state.ask[j] * share
        if supply.order_from[k] == supply.order_from[k + 1] and model.switches.supply:
            share = 0.0
            state.tight[k] = state.left.size
        note_served(state, k, c, share)
    state.supply_cost[c] = cost


@inner
def note_served(state: State, k: int, c: int, share: float) -> None:
    """Keep the share of an order that is served in a column."""
    served = 1.0 if share >= 1.0 - ROUNDING else share
    state.served[k, c] = served
    if served < 1.0:
        state.number[n.SHORT] = 1.0


@part
def lay_in(model: Model, state: State, k: int, q: int) -> None:
    """Begin an order's stocks: full at as_of for what is sold already, else empty, to be filled for the launch."""
    supply = model.supply
    state.stocked[k] = q
    grams = state.grams[k, 0] if q == 0 else 0.0
    for j in range(supply.order_from[k + 1] - 1, supply.order_from[k] - 1, -1):
        state.made_before[j] = grams
        stock = grams * supply.stage_cover[j]
        state.number[n.MADE_SUM] += stock
        state.released[j] = stock
        state.made[j] = stock + grams * supply.stage_lag[j]
        state.released_by[j, q] = stock
        grams *= supply.stage_intake[j]


@part
def plan(model: Model, state: State, k: int, q: int) -> None:
    """Find how much every stage of an order is to make: up to what is needed until it is released, and the cover."""
    supply = model.supply
    if state.stocked[k] < 0:  # approved, and not sold yet
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            state.ask[j] = 0.0
        return
    use = state.grams[k, q]
    for j in range(supply.order_from[k + 1] - 1, supply.order_from[k] - 1, -1):
        need, first = use, supply.ahead_from[j]
        for i in range(first, supply.ahead_from[j + 1]):
            need += supply.ahead[i] * wanted(model, state, k, q + 1 + i - first)
        lacking = need - (state.made[j] - state.used[j])
        state.ask[j] = lacking if lacking > ROUNDING * (need + state.made[j]) else 0.0
        use = state.ask[j] * supply.stage_intake[j]


@part
def make(model: Model, state: State, tally: Tally, k: int, q: int) -> float:
    """Make, release, use and write off one order's stages; returns what making them costs."""
    supply = model.supply
    asked = state.grams[k, q]
    before, cost, served = -1, 0.0, 0.0
    for j in range(supply.order_from[k], supply.order_from[k + 1]):
        made = state.got[j]
        if before >= 0:
            made = min(made, max(0.0, state.released[before] - state.used[before]) * supply.stage_yield[j])
            taken = made * supply.stage_intake[j]
            state.used[before] += taken
            tally.stock_sums[before, q, n.USED] += taken
        cost += state.spent[j] if made == state.got[j] else state.spent[j] * (made / state.got[j])
        state.made[j] += made
        tally.stock_sums[j, q, n.MADE] += made
        release(model, state, k, j, q, made)
        before = j
    if before >= 0:
        served = min(asked, max(0.0, state.released[before] - state.used[before]))
        state.used[before] += served
        tally.stock_sums[before, q, n.USED] += served
    for j in range(supply.order_from[k], supply.order_from[k + 1]):
        write_off(model, state, tally, k, j, q)
    tally.order_sums[k, q, 0] += asked
    tally.order_sums[k, q, 1] += served
    note_served(state, k, q, served / asked if served < asked else 1.0)
    return cost


@inner
def release(model: Model, state: State, k: int, j: int, q: int, made: float) -> None:
    """Release what has waited long enough; what is laid in for a launch was made ahead of it and is free at once."""
    supply = model.supply
    first = state.stocked[k]
    if q == first and q > 0:
        state.released[j] += made
        state.made_in[j, q] = 0.0
        return
    state.made_in[j, q] = made
    whole = int(supply.stage_lag[j])
    late = supply.stage_lag[j] - whole
    for i in range(2):
        then = q - whole - i
        share = late if i == 1 else 1.0 - late
        if share > 0.0:
            if then >= first:
                state.released[j] += share * state.made_in[j, then]
            elif first == 0:
                state.released[j] += share * state.made_before[j]


@inner
def write_off(model: Model, state: State, tally: Tally, k: int, j: int, q: int) -> None:
    """Write off what passes its shelf life at the quarter's end, and note the stage's flows and stock."""
    supply = model.supply
    life = supply.stage_life[j]
    state.released_by[j, q + 1] = state.released[j]
    old, expired = q - life + 1, 0.0
    if old >= state.stocked[k]:
        expired = max(0.0, state.released_by[j, old] - state.used[j])
        state.used[j] += expired
    released = state.released[j] - state.released_by[j, q]
    stock, waiting = state.released[j] - state.used[j], state.made[j] - state.released[j]
    state.number[n.MADE_SUM] += released
    state.number[n.EXPIRED_SUM] += expired
    state.supply_cells[2 * state.left.size + supply.order_asset[k], q] += stock
    sums = tally.stock_sums
    sums[j, q, n.RELEASED] += released
    sums[j, q, n.EXPIRED] += expired
    sums[j, q, n.STOCK] += stock
    sums[j, q, n.WAITING] += waiting


@part
def count_lines(state: State, tally: Tally, q: int) -> None:
    """Note what every line was asked for and what sales it held up, and the first quarter in which it did."""
    lines = state.left.size
    for line in range(lines):
        there = state.capacity[line, q]
        asked = state.asked_line[line]
        state.supply_cells[2 * line, q] = asked / there if there > 0.0 else (0.0 if asked == 0.0 else 10.0)
        state.supply_cells[2 * line + 1, q] = state.lost[line]
    for line in range(lines + 1):
        if state.lost[line] > 0.0 and state.shortage[line] == 0:
            state.shortage[line] = 1
            tally.shortages[line, q] += 1
