"""Money: spending over quarters, and the close of a quarter's ledger."""

import math

from echelon.futures.model import Model, State
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part


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
    """Book an amount between two times on a line of the ledger; return its present value.

    Only what falls between the start of quarter 0, `until` and the horizon is booked. profile: 0 evenly,
    1 at the start, 2 in the middle, 3 at the end.
    """
    calendar = model.calendar
    quarters = calendar.quarters
    if profile == 0 and end > start:
        lower = max(start, 0.0)
        upper = min(min(end, until), quarters * 0.25)
        if upper <= lower:
            return 0.0
        rate = amount / (end - start)
        booked = evenly(model, state, line, lower, upper, rate)
        value = booked
        if calendar.exact and calendar.rate > 0.0:
            value = rate * (math.exp(-calendar.rate * lower) - math.exp(-calendar.rate * upper)) / calendar.rate
        return timed(model, state, line, value, booked)
    when = start
    if profile == 2:
        when = 0.5 * (start + end)
    elif profile == 3:
        when = end
    return receive(model, state, line, when, amount) if when < until else 0.0


@inner
def evenly(model: Model, state: State, line: int, lower: float, upper: float, rate: float) -> float:
    """Book a yearly rate between two times within the horizon; return its value discounted by quarters."""
    calendar = model.calendar
    first = int(lower * 4.0)
    last = int(upper * 4.0)
    if last * 0.25 >= upper:
        last -= 1
    if first == last:
        booked = rate * (upper - lower)
        state.ledger[line, first] += booked
        return booked * calendar.discount[first]
    before = rate * ((first + 1) * 0.25 - lower)
    after = rate * (upper - last * 0.25)
    quarterly = rate * 0.25
    state.ledger[line, first] += before
    for q in range(first + 1, last):
        state.ledger[line, q] += quarterly
    state.ledger[line, last] += after
    whole = quarterly * (calendar.discount_sum[last] - calendar.discount_sum[first + 1])
    return before * calendar.discount[first] + whole + after * calendar.discount[last]


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
    ledger[n.OVERHEAD, q] += model.money.overhead[q]
    flow = ledger[n.SALES, q] + ledger[n.ROYALTIES, q] + ledger[n.MILESTONES, q] + ledger[n.REIMBURSED, q]
    for line in range(n.COGS, n.TAX):
        flow -= ledger[line, q]
    ledger[n.TAX, q] = tax_on(model, state, flow)
    flow -= ledger[n.TAX, q]
    ledger[n.NET, q] = flow
    before = ledger[n.CASH, q - 1] if q > 0 else model.money.opening
    ledger[n.CASH, q] = before + flow
