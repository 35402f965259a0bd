"""Deciding to build: expansions that wait for demand, of what is launched or, by the plan, of the pipeline too."""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.building import expand, wanted
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.outlook import expect, foresee, pipeline_on
from echelon.futures.state import State


@part
def decide_to_build(model: Model, state: State, q: int) -> None:
    """Start expansions whose trigger is reached, by what is launched or by the plan with the pipeline too.

    Nothing is decided while cash is not above its floor.
    """
    supply = model.supply
    looked = -1
    if model.switches.cash and state.number[n.FUNDS] <= 0.0:
        return
    for x in range(supply.expand_line.size):
        if state.built[x] == 1:
            continue
        line = supply.expand_line[x]
        if math.isfinite(supply.expand_trigger[x]):
            then = q + supply.expand_ahead[x]
            if pull_on(model, state, line, then) > supply.expand_trigger[x] * there_then(model, state, line, then):
                state.built[x] = 1
                expand(model, state, x, q * 0.25)
                continue
        if math.isfinite(supply.expand_above[x]):
            then = q + supply.expand_sight[x]
            if looked < 0:
                foresee(model, state, q * 0.25)
            if looked != then:
                expect(model, state, then)
            looked = then
            asked = pull_on(model, state, line, then) + pipeline_on(model, state, line)
            if asked > supply.expand_above[x] * there_then(model, state, line, then):
                build_together(model, state, supply.expand_group[x], q * 0.25)


@inner
def there_then(model: Model, state: State, line: int, q: int) -> float:
    """Capacity of a line in a quarter, at most the last one's, what is being built included."""
    return float(state.capacity[line, min(q, model.calendar.quarters - 1)])


@part
def build_together(model: Model, state: State, group: int, time: float) -> None:
    """Decide what is still to be decided of the expansions of a group."""
    for x in range(model.supply.expand_group.size):
        if model.supply.expand_group[x] == group and state.built[x] == 0:
            state.built[x] = 1
            expand(model, state, x, time)


@part
def pull_on(model: Model, state: State, line: int, q: int) -> float:
    """Capacity of a line that what is launched asks for in a quarter, were each order made at its first sites."""
    supply = model.supply
    total = 0.0
    for at in range(int(state.number[n.ORDERS])):
        k = state.orders[at]
        grams = wanted(model, state, k, q)
        for j in range(supply.order_from[k + 1] - 1, supply.order_from[k] - 1, -1):
            g = supply.leg_from[j]
            if g < supply.leg_from[j + 1]:
                for i in range(supply.use_from[g], supply.use_from[g + 1]):
                    if supply.use_line[i] == line:
                        total += grams * state.use[i]
            grams *= supply.stage_intake[j]
    return total
