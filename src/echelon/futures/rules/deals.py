"""Deals: from when to when they run, what a partner's sales and successes pay us, and both sides of it."""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.draws import uniform_32
from echelon.futures.rules.early import drawn
from echelon.futures.rules.events import quarter_of
from echelon.futures.rules.money import receive
from echelon.futures.state import State, Tally

SELLS, PROMOTES, VENTURE = 0, 1, 2


@part
def column_from(model: Model, time: float) -> int:
    """First column whose middle is not before a time."""
    calendar = model.calendar
    c = 0
    while c < calendar.columns and calendar.middle[c] < time:
        c += 1
    return c


@part
def start_deals(model: Model, state: State, tally: Tally) -> None:
    """Settle which options are exercised and which deals are extended; book the payments at signing."""
    deals = model.deals
    for d in range(deals.upfront.size):
        signed = state.deal_after[d]
        if deals.stream[d] >= 0:
            w0, w1, _, _ = drawn(model, state, deals.stream[d])
            if deals.option_chance[d] < 1.0:
                if uniform_32(w0) >= deals.option_chance[d]:
                    state.deal_after[d] = math.inf
                    state.deal_from[d] = model.calendar.columns
                    continue
                signed = deals.option_at[d]
            if uniform_32(w1) < deals.extension_chance[d]:
                state.deal_until[d] = deals.until[d] + deals.extension[d]
                state.deal_to[d] = column_from(model, state.deal_until[d])
        if deals.upfront[d] > 0.0 and 0.0 <= signed < model.calendar.quarters * 0.25:
            receive(model, state, n.MILESTONES, signed, deals.upfront[d])
            tally.deal_sums[d, n.PAID, quarter_of(signed)] += deals.upfront[d]


@inner
def partner_sells(model: Model, state: State, d: int, c: int) -> bool:
    """Whether a deal's partner books the sales of a column."""
    return model.deals.route[d] != PROMOTES and state.deal_from[d] <= c < state.deal_to[d]


@inner
def partner_promotes(model: Model, state: State, d: int, c: int) -> bool:
    """Whether a deal's partner is paid a commission on our sales of a column."""
    return model.deals.route[d] == PROMOTES and state.deal_from[d] <= c < state.deal_to[d]


@part
def earn(model: Model, state: State, o: int, p: int, time: float) -> None:
    """Let an event of a program earn a milestone, if its deal runs at that time; the first event in time counts."""
    d = model.deals.mile_deal[o]
    if not state.deal_after[d] <= time < state.deal_until[d] or time >= state.mile_at[o]:
        return
    state.mile_at[o] = time
    state.mile_program[o] = p
    if 0.0 <= time < model.calendar.quarters * 0.25:
        state.mile_quarter[int(time * 4.0)] = 1


@part
def pay_milestones(model: Model, state: State, tally: Tally, c: int) -> None:
    """Book the milestones whose event falls into a quarter: all that can is known when the quarter closes."""
    if state.mile_quarter[c] == 0:
        return
    for o in range(state.mile_at.size):
        time = state.mile_at[o]
        if state.mile_paid[o] == 1 or time < 0.0 or math.isinf(time) or int(time * 4.0) != c:
            continue
        state.mile_paid[o] = 1
        p = state.mile_program[o]
        amount = model.deals.mile_amount[o]
        share = model.programs.economic_share[p]
        value = receive(model, state, n.MILESTONES, time, amount)
        value -= receive(model, state, n.PARTNER_SHARE, time, amount * (1.0 - share))
        state.npv[model.programs.report[p]] += value
        tally.deal_sums[model.deals.mile_deal[o], n.PAID, c] += amount


@inner
def tiered(model: Model, d: int, lower: float, upper: float) -> float:
    """Royalty on a partner's sales of the year between two amounts, tier by tier."""
    deals = model.deals
    due = 0.0
    for i in range(deals.tier_from[d], deals.tier_from[d + 1]):
        top = deals.tier_sales[i + 1] if i + 1 < deals.tier_from[d + 1] else upper
        part_of = min(upper, top) - max(lower, deals.tier_sales[i])
        if part_of > 0.0:
            due += part_of * deals.tier_rate[i]
    return due


@inner
def venture_profit(model: Model, d: int, royalty: float) -> float:
    """Our profit per unit of a venture's sales; nought under other deals."""
    deals = model.deals
    if deals.route[d] != VENTURE:
        return 0.0
    return deals.profit_share[d] * (1.0 - deals.partner_cost[d] - royalty - deals.supply_share[d])


@part
def settle(model: Model, state: State, tally: Tally, c: int) -> float:
    """Settle every deal for a column: our net income per unit of partner sales; return the milestones on sales."""
    deals = model.deals
    milestones = 0.0
    within = c < model.calendar.quarters
    if model.calendar.year_start[c] == 1:
        for d in range(state.deal_year.size):
            state.deal_year[d] = 0.0
    for d in range(deals.supply_share.size):
        sold = state.deal_sold[d]
        if within and state.deal_own[d] > 0.0:
            state.promoted_sold[d, c] = state.deal_own[d]
        if sold <= 0.0:
            continue
        if within:
            state.partner_sold[d, c] = sold
        before = state.deal_year[d]
        state.deal_year[d] = before + sold
        royalty = tiered(model, d, before, before + sold) / sold
        supply = deals.supply_share[d]
        profit = venture_profit(model, d, royalty)
        state.deal_rate[d, c] = royalty * deals.pass_on[d] + supply - deals.supply_cost[d] + profit
        if within:
            state.royalty[d, c] = royalty
        for i in range(deals.sale_from[d], deals.sale_from[d + 1]):
            o = deals.sale[i]
            if state.mile_paid[o] == 0 and before + sold >= deals.mile_sales[o]:
                state.mile_paid[o] = 1
                milestones += deals.mile_amount[o]
                if within:
                    tally.deal_sums[d, n.PAID, c] += deals.mile_amount[o]
    return milestones


@part
def count_deals(model: Model, state: State, tally: Tally) -> None:
    """Add both sides of a finished future's deals to the tallies; payments are counted as they are booked."""
    deals = model.deals
    for d in range(deals.supply_share.size):
        supply, cost, kept = deals.supply_share[d], deals.supply_cost[d], 1.0 - deals.pass_on[d]
        for q in range(model.calendar.quarters):
            sold, royalty = state.partner_sold[d, q], state.royalty[d, q]
            tally.deal_sums[d, n.SOLD, q] += sold
            tally.deal_sums[d, n.ROYALTY, q] += sold * royalty
            tally.deal_sums[d, n.SUPPLIED, q] += sold * supply
            tally.deal_sums[d, n.SUPPLY_COST, q] += sold * cost
            tally.deal_sums[d, n.PROFIT, q] += sold * venture_profit(model, d, royalty)
            tally.deal_sums[d, n.KEPT, q] += sold * royalty * kept
            tally.deal_sums[d, n.COMMISSION, q] += state.promoted_sold[d, q] * deals.commission[d]
