"""Money: spending over quarters, and the close of a quarter's ledger."""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.state import State

CENT = 1e-8
"""In millions."""


@inner
def timed(model: Model, state: State, line: int, value: float, booked: float) -> float:
    """Present value of what was just booked: by its quarters, or by its own time where the company discounts so."""
    if not model.calendar.exact:
        return booked
    inflow = line <= n.REIMBURSED
    state.number[n.TIMING] += value - booked if inflow else booked - value
    return value


@part
def spend(
    model: Model, state: State, line: int, start: float, end: float, amount: float, profile: int, until: float
) -> float:
    """Book an amount between two times on a line of the ledger, from REIMBURSED to CAPITAL; return its present value.

    Only what falls between the start of quarter 0, `until` and the horizon is booked. profile: 0 evenly,
    1 at the start, 2 in the middle, 3 at the end.
    """
    if profile == 0 and end > start:
        return spend_evenly(model, state, line, start, min(end, until), amount / (end - start))
    when = start
    if profile == 2:
        when = 0.5 * (start + end)
    elif profile == 3:
        when = end
    return receive(model, state, line, when, amount) if when < until else 0.0


@inner
def spend_evenly(model: Model, state: State, line: int, start: float, end: float, rate: float) -> float:
    """Book a yearly rate between two times, as far as they are within the horizon; return its present value."""
    calendar = model.calendar
    lower = max(start, 0.0)
    upper = min(end, calendar.quarters * 0.25)
    if upper <= lower:
        return 0.0
    booked = by_quarters(model, state, line, lower, upper, rate)
    value = booked
    if calendar.exact and calendar.rate > 0.0:
        value = rate * (math.exp(-calendar.rate * lower) - math.exp(-calendar.rate * upper)) / calendar.rate
    return timed(model, state, line, value, booked)


@inner
def by_quarters(model: Model, state: State, line: int, lower: float, upper: float, rate: float) -> float:
    """Book a yearly rate between two times within the horizon; return its value discounted by quarters.

    The first and the last quarter are booked at once, those between them when they are closed.
    """
    calendar = model.calendar
    first = int(lower * 4.0)
    last = min(int(upper * 4.0), calendar.quarters - 1)
    if first == last:
        booked = rate * (upper - lower)
        state.ledger[line, first] += booked
        return booked * calendar.discount[first]
    before = rate * ((first + 1) * 0.25 - lower)
    after = rate * (upper - last * 0.25)
    quarterly = rate * 0.25
    state.ledger[line, first] += before
    state.ledger[line, last] += after
    state.turn[first + 1, line] += quarterly
    state.turn[last, line] -= quarterly
    whole = quarterly * (calendar.discount_sum[last] - calendar.discount_sum[first + 1])
    return before * calendar.discount[first] + whole + after * calendar.discount[last]


@inner
def level_after(level: float, turn: float) -> float:
    """What is spent evenly in a quarter after a turn: less than a cent is what rounding leaves of stages that ended."""
    return level + turn if level + turn > CENT else 0.0


@part
def still_evenly(state: State, line: int, first: int, after: int) -> float:
    """Sum of what is spent evenly in quarters that are not closed yet, by the turns known now."""
    level, total = state.evenly[line], 0.0
    for q in range(first, after):
        level = level_after(level, state.turn[q, line])
        total += level
    return float(total)


@part
def receive(model: Model, state: State, line: int, time: float, amount: float) -> float:
    """Book an amount at one time; return its present value."""
    calendar = model.calendar
    if time < 0.0 or time >= calendar.quarters * 0.25:
        return 0.0
    q = int(time * 4.0)
    state.ledger[line, q] += amount
    booked = amount * calendar.discount[q]
    return timed(model, state, line, amount * math.exp(-calendar.rate * time), booked)


@part
def tax_on(model: Model, state: State, profit: float) -> float:
    """Tax on a period's profit after losses carried forward; a loss is carried on."""
    losses = state.number[n.LOSSES]
    if profit <= 0.0:
        state.number[n.LOSSES] = losses - profit
        return 0.0
    used = min(losses, profit)
    state.number[n.LOSSES] = losses - used
    return model.money.tax * (profit - used)


@part
def close(model: Model, state: State, q: int) -> None:
    """Close a quarter: overhead, tax, net flow, cash."""
    ledger = state.ledger
    for line in range(n.REIMBURSED, n.TAX):
        state.evenly[line] = level_after(state.evenly[line], state.turn[q, line])
        ledger[line, q] += state.evenly[line]
    ledger[n.OVERHEAD, q] += model.money.overhead[q]
    flow = ledger[n.SALES, q] + ledger[n.ROYALTIES, q] + ledger[n.MILESTONES, q] + ledger[n.REIMBURSED, q]
    for line in range(n.COGS, n.TAX):
        flow -= ledger[line, q]
    ledger[n.TAX, q] = tax_on(model, state, flow)
    flow -= ledger[n.TAX, q]
    ledger[n.NET, q] = flow
    before = ledger[n.CASH, q - 1] if q > 0 else model.money.opening
    ledger[n.CASH, q] = before + flow
