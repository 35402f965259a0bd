"""Sharing: what lines allow of what is to be made, when they are short.

Each line's capacity is shared out among what is asked of it, whatever other lines allow; an order gets what its
tightest line gives. So where capacity is shared out, more of it anywhere never means less for anyone. What a stage's
first site cannot make is asked of the next one, from what capacity is left there.
"""

from echelon.futures.model import Model
from echelon.futures.rules.building import use_of
from echelon.futures.rules.compiling import inner, part
from echelon.futures.state import State

ROUNDING = 1e-12


@part
def share_out(model: Model, state: State, c: int) -> None:
    """Find, of `ask` grams out of every stage, how many lines allow (`got`), and what making them costs (`spent`)."""
    supply = model.supply
    open_lines(model, state, c)
    for j in range(supply.stage_yield.size):
        state.got[j] = 0.0
        state.spent[j] = 0.0
    for turn in range(supply.passes):
        for rank in range(supply.classes):
            if press(model, state, c, turn, rank):
                for line in range(state.left.size):
                    there, pressed = state.left[line], state.pressed[line]
                    state.share[line] = 1.0 if pressed <= there * (1.0 + ROUNDING) else there / pressed
                    state.left[line] = there - pressed if pressed < there * (1.0 - ROUNDING) else 0.0
                    state.asked_line[line] += pressed
                grant(model, state, c, turn, rank)
    find_closed(model, state, c)


@part
def find_closed(model: Model, state: State, c: int) -> None:
    """Mark the orders of which a stage may be done nowhere in this column."""
    supply = model.supply
    for k in range(supply.order_asset.size):
        if state.ordered[k] == 0:
            continue
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            closed = state.ask[j] > 0.0
            for turn in range(supply.leg_from[j + 1] - supply.leg_from[j]):
                if leg_in(model, state, j, turn, c) >= 0:
                    closed = False
            if closed:
                state.tight[k] = state.left.size


@part
def open_lines(model: Model, state: State, c: int) -> None:
    """Set out each line's capacity in a column; the first thing asked of it is to change from product to product."""
    supply, calendar = model.supply, model.calendar
    last, scale = min(c, calendar.quarters - 1), calendar.length[c] * 4.0
    for line in range(state.left.size):
        state.left[line] = state.capacity[line, last] * scale
        state.asked_line[line] = 0.0
        state.products[line] = 0
        state.product[line] = -1
    if not supply.setups:
        return
    for k in range(supply.order_asset.size):
        if state.ordered[k] == 0:
            continue
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            g = supply.leg_from[j]
            if g == supply.leg_from[j + 1] or state.ask[j] <= 0.0:
                continue
            for i in range(supply.use_from[g], supply.use_from[g + 1]):
                line = supply.use_line[i]
                if state.product[line] != supply.order_asset[k]:  # orders stand asset by asset
                    state.product[line] = supply.order_asset[k]
                    state.products[line] += 1
    for line in range(state.left.size):
        if state.products[line] > 1:
            lost = min(state.left[line], (state.products[line] - 1) * supply.setup[line] * scale)
            state.left[line] -= lost
            state.asked_line[line] = lost


@inner
def leg_in(model: Model, state: State, j: int, turn: int, c: int) -> int:
    """Leg that a stage asks in a turn, -1 where there is none or it may not supply in this column."""
    supply = model.supply
    g = supply.leg_from[j] + turn
    if g >= supply.leg_from[j + 1]:
        return -1
    time = model.calendar.start[c]
    i, z = supply.leg_transfer[g], supply.leg_stop[g]
    if supply.leg_after[g] > time or (i >= 0 and state.ready[i] > time):
        return -1
    if z >= 0 and c < model.calendar.quarters and state.stopped[z, c] > 0.0:
        return -1
    return g


@inner
def rest_of(state: State, j: int) -> float:
    """Grams that a stage still asks for: what is only rounding asks no further site."""
    rest = state.ask[j] - state.got[j]
    return rest if rest > ROUNDING * state.ask[j] else 0.0


@part
def press(model: Model, state: State, c: int, turn: int, rank: int) -> bool:
    """Add up what a class of orders asks of every line in a turn; false where it asks nothing."""
    supply = model.supply
    for line in range(state.pressed.size):
        state.pressed[line] = 0.0
    anything = False
    for k in range(supply.order_asset.size):
        if state.ordered[k] == 0 or supply.order_class[k] != rank:
            continue
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            rest = rest_of(state, j)
            g = leg_in(model, state, j, turn, c) if rest > 0.0 else -1
            if g >= 0:
                anything = True
                for i in range(supply.use_from[g], supply.use_from[g + 1]):
                    state.pressed[supply.use_line[i]] += rest * use_of(model, state, i)
    return anything


@part
def grant(model: Model, state: State, c: int, turn: int, rank: int) -> None:
    """Give every stage of a class what its tightest line allows in a turn."""
    supply = model.supply
    for k in range(supply.order_asset.size):
        if state.ordered[k] == 0 or supply.order_class[k] != rank:
            continue
        least = 1.0
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            rest = rest_of(state, j)
            g = leg_in(model, state, j, turn, c) if rest > 0.0 else -1
            if g < 0:
                continue
            allowed = 1.0
            for i in range(supply.use_from[g], supply.use_from[g + 1]):
                line = supply.use_line[i]
                allowed = min(allowed, state.share[line])
                if state.share[line] < least:
                    least = state.share[line]
                    state.tight[k] = line
            granted = rest if allowed >= 1.0 else rest * allowed
            state.got[j] += granted
            state.spent[j] += granted * supply.leg_cost[g]
