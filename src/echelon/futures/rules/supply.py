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
    orders = int(state.number[n.ORDERS])
    for i in range(orders):
        k = state.orders[i]
        state.given[k] = 0.0
        if state.stocked[k] < 0 and state.grams[k, q] > 0.0:
            lay_in(model, state, k, q)
    plan(model, state, q)
    share_out(model, state, q)
    make(model, state, tally, q)
    write_off(model, state, tally, q)
    for i in range(orders):
        k = state.orders[i]
        if state.stocked[k] >= 0:
            asked, given = state.grams[k, q], state.given[k]
            tally.order_sums[k, q, 0] += asked
            tally.order_sums[k, q, 1] += given
            note_served(state, k, q, given / asked if given < asked else 1.0)


@part
def begin_order(model: Model, state: State, k: int) -> None:
    """Let an order be made from its first launch on; orders keep their order."""
    state.ordered[k] = 1
    at = int(state.number[n.ORDERS])
    while at > 0 and state.orders[at - 1] > k:
        state.orders[at] = state.orders[at - 1]
        at -= 1
    state.orders[at] = k
    state.number[n.ORDERS] += 1.0
    first, last = model.supply.order_from[k], model.supply.order_from[k + 1]
    at = int(state.number[n.STAGES])
    while at > 0 and state.staged[at - 1] >= last:
        state.staged[at - 1 + last - first] = state.staged[at - 1]
        at -= 1
    for j in range(first, last):
        state.staged[at + j - first] = j
    state.number[n.STAGES] += last - first


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
        for before in range(supply.longest + 1):
            state.made_in[j, q + before] = grams
        stock = grams * supply.stage_cover[j]
        state.number[n.MADE_SUM] += stock
        state.released[j] = stock
        state.made[j] = stock + grams * supply.stage_lag[j]
        state.released_by[j, q] = stock
        grams *= supply.stage_intake[j]


@part
def plan(model: Model, state: State, q: int) -> None:
    """Find how much every stage is to make: up to what is needed until it is released, and the cover."""
    supply = model.supply
    order, use = -1, 0.0
    for at in range(int(state.number[n.STAGES]) - 1, -1, -1):
        j = state.staged[at]
        k = supply.stage_order[j]
        if k != order:
            order, use = k, state.grams[k, q]
        if state.stocked[k] < 0:  # approved, and not sold yet
            state.ask[j] = 0.0
            continue
        need, first = use, supply.ahead_from[j]
        for i in range(first, supply.ahead_from[j + 1]):
            need += supply.ahead[i] * wanted(model, state, k, q + 1 + i - first)
        lacking = need - (state.made[j] - state.used[j])
        state.ask[j] = lacking if lacking > ROUNDING * (need + state.made[j]) else 0.0
        use = state.ask[j] * supply.stage_intake[j]


@part
def make(model: Model, state: State, tally: Tally, q: int) -> None:
    """Make and release what the stages got, and use it: for the next stage, of the last one for patients."""
    supply = model.supply
    spent, cost = supply.fixed_cost[q], 0.0
    before = -1
    for at in range(int(state.number[n.STAGES])):
        j = state.staged[at]
        k = supply.stage_order[j]
        if state.stocked[k] < 0:
            continue
        got = state.got[j]
        made = got
        if before >= 0:
            made = min(made, max(0.0, state.released[before] - state.used[before]) * supply.stage_yield[j])
            taken = made * supply.stage_intake[j]
            state.used[before] += taken
            tally.stock_sums[before, q, n.USED] += taken
        cost += state.spent[j] if made == got else state.spent[j] * (made / got)
        state.made[j] += made
        tally.stock_sums[j, q, n.MADE] += made
        release(model, state, j, q, made, q == state.stocked[k])
        before = j
        if j + 1 == supply.order_from[k + 1]:
            given = min(state.grams[k, q], max(0.0, state.released[j] - state.used[j]))
            state.used[j] += given
            tally.stock_sums[j, q, n.USED] += given
            state.given[k] = given
            spent += cost
            cost, before = 0.0, -1
    state.supply_cost[q] = spent


@inner
def release(model: Model, state: State, j: int, q: int, made: float, first: bool) -> None:
    """Release what has waited long enough; what is laid in for a launch was made ahead of it and is free at once."""
    supply = model.supply
    now = supply.longest + 1 + q
    ahead = first and q > 0
    state.made_in[j, now] = 0.0 if ahead else made
    released = state.released[j] + (made if ahead else 0.0)
    then, late = now - supply.stage_wait[j], supply.stage_late[j]
    state.released[j] = released + (1.0 - late) * state.made_in[j, then] + late * state.made_in[j, then - 1]


@part
def write_off(model: Model, state: State, tally: Tally, q: int) -> None:
    """Write off what passes its shelf life at the quarter's end, and note every stage's flows and stock."""
    supply = model.supply
    sums, stocks = tally.stock_sums, 2 * state.left.size
    all_released, all_expired = state.number[n.MADE_SUM], state.number[n.EXPIRED_SUM]
    for at in range(int(state.number[n.STAGES])):
        j = state.staged[at]
        k = supply.stage_order[j]
        since = state.stocked[k]
        if since < 0:
            continue
        released, used, expired = state.released[j], state.used[j], 0.0
        state.released_by[j, q + 1] = released
        old = q - supply.stage_life[j] + 1
        if old >= since:
            expired = max(0.0, state.released_by[j, old] - used)
            used += expired
            state.used[j] = used
        stock, waiting = released - used, state.made[j] - released
        released -= state.released_by[j, q]
        all_released += released
        all_expired += expired
        state.supply_cells[stocks + supply.order_asset[k], q] += stock
        sums[j, q, n.RELEASED] += released
        sums[j, q, n.EXPIRED] += expired
        sums[j, q, n.STOCK] += stock
        sums[j, q, n.WAITING] += waiting
    state.number[n.MADE_SUM], state.number[n.EXPIRED_SUM] = all_released, all_expired


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
