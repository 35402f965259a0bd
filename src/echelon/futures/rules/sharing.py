"""Sharing: what lines allow of what is to be made, when they are short.

Each line's capacity is shared out among what is asked of it, whatever other lines allow; an order gets what its
tightest line gives. So where capacity is shared out, more of it anywhere never means less for anyone. What a stage's
first site cannot make is asked of the next one, from what capacity is left there.
"""

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.state import State

ROUNDING = 1e-12


@part
def share_out(model: Model, state: State, c: int) -> None:
    """Find, of `ask` grams out of every stage, how many lines allow (`got`), and what making them costs (`spent`)."""
    supply = model.supply
    open_lines(model, state, c)
    if enough(model, state, c):
        return
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
                grant(model, state, rank)
    find_closed(model, state, c)


@part
def find_closed(model: Model, state: State, c: int) -> None:
    """Mark the orders of which a stage may be done nowhere in this column."""
    supply = model.supply
    for at in range(int(state.number[n.ORDERS])):
        k = state.orders[at]
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            if state.ask[j] > 0.0 and state.got[j] == 0.0 and open_leg(model, state, j, c) < 0:
                state.tight[k] = state.left.size


@part
def enough(model: Model, state: State, c: int) -> bool:
    """The usual case: every line has what all stages ask of the first site that may supply them, and they get it.

    Turns and classes then make no difference. False where a line is short: nothing but changing over has been taken.
    """
    supply = model.supply
    moved = 0
    for at in range(int(state.number[n.STAGES])):
        j = state.staged[at]
        asked = state.ask[j]
        asks = 1 if asked > 0.0 else 0
        moved |= asks ^ state.counted[j]
        state.counted[j] = asks
        g = -1
        if asks == 1:
            g = state.steady[j] if state.steady[j] >= 0 else open_leg(model, state, j, c)
            if g < 0:  # it may be done nowhere in this column
                state.tight[supply.stage_order[j]] = state.left.size
        if g < 0:
            state.got[j] = 0.0
            state.spent[j] = 0.0
            continue
        state.got[j] = asked
        state.spent[j] = asked * supply.leg_cost[g]
        for i in range(supply.use_from[g], supply.use_from[g + 1]):
            state.pressed[supply.use_line[i]] += asked * state.use[i]
    if supply.setups:
        if moved == 1:
            count_products(model, state)
        change_over(model, state, c)
    short = 0
    for line in range(state.left.size):
        short += 1 if state.pressed[line] > state.left[line] else 0
    if short > 0:
        return False
    for line in range(state.left.size):
        state.asked_line[line] += state.pressed[line]
    return True


@inner
def open_leg(model: Model, state: State, j: int, c: int) -> int:
    """First leg of a stage that may supply in a column, -1 where none may."""
    for turn in range(model.supply.leg_from[j + 1] - model.supply.leg_from[j]):
        g = leg_in(model, state, j, turn, c)
        if g >= 0:
            return g
    return -1


@part
def open_lines(model: Model, state: State, c: int) -> None:
    """Set out each line's capacity in a column."""
    calendar = model.calendar
    last, scale = min(c, calendar.quarters - 1), calendar.length[c] * 4.0
    for line in range(state.left.size):
        state.left[line] = state.capacity[line, last] * scale
        state.asked_line[line] = 0.0
        state.pressed[line] = 0.0


@part
def count_products(model: Model, state: State) -> None:
    """Count the products of every line: the assets whose first legs would have to change it to them."""
    supply = model.supply
    for line in range(state.left.size):
        state.products[line] = 0
        state.product[line] = -1
    for at in range(int(state.number[n.STAGES])):
        j = state.staged[at]
        if state.counted[j] == 0:
            continue
        asset = supply.order_asset[supply.stage_order[j]]
        for i in range(supply.change_from[j], supply.change_from[j + 1]):
            line = supply.change[i]
            if state.product[line] != asset:  # orders stand asset by asset
                state.product[line] = asset
                state.products[line] += 1


@part
def change_over(model: Model, state: State, c: int) -> None:
    """Let lines lose what it takes to change from product to product; it counts as asked for."""
    supply, scale = model.supply, model.calendar.length[c] * 4.0
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
    anything = False
    for line in range(state.pressed.size):
        state.pressed[line] = 0.0
    for at in range(int(state.number[n.ORDERS])):
        k = state.orders[at]
        if supply.order_class[k] != rank:
            continue
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            rest = rest_of(state, j)
            g = leg_in(model, state, j, turn, c) if rest > 0.0 else -1
            state.leg[j] = g
            if g >= 0:
                anything = True
                for i in range(supply.use_from[g], supply.use_from[g + 1]):
                    state.pressed[supply.use_line[i]] += rest * state.use[i]
    return anything


@part
def grant(model: Model, state: State, rank: int) -> None:
    """Give every stage of a class what its tightest line allows in a turn."""
    supply = model.supply
    for at in range(int(state.number[n.ORDERS])):
        k = state.orders[at]
        if supply.order_class[k] != rank:
            continue
        least = 1.0
        for j in range(supply.order_from[k], supply.order_from[k + 1]):
            rest, g = state.ask[j] - state.got[j], state.leg[j]
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
