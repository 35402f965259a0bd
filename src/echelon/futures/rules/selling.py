"""Selling: one column's sales of everything launched, through supply and deals into money."""

from typing import Any

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import part
from echelon.futures.rules.deals import settle, with_partner
from echelon.futures.rules.supply import fill_rates, titer


@part
def demand(model: Model, state: State, future: Any, c: int) -> None:
    """Sales that are asked for, pair by pair, and the reactor time they take."""
    pairs = model.pairs
    for i in range(state.load.size):
        state.load[i] = 0.0
    for i in range(int(state.number[n.ACTIVE])):
        f = state.active[i]
        value = state.curve[f, c]
        m = pairs.market[f]
        if m >= 0 and model.switches.competition:
            pull = state.pull[m, c]
            value = value * state.reach[m, c] / pull if pull > 0.0 else 0.0
        state.sold[f] = value
        if pairs.site[f] >= 0:
            state.load[pairs.site[f]] += value * state.pair_load[f] / titer(model, state, future, pairs.titer[f])


@part
def sell(model: Model, state: State, tally: Tally, future: Any, c: int) -> float:
    """Sell one column. Within the horizon it is booked in the ledger; past it, the margin is returned.

    Returns our margin of the column before tax, in money of the column (not discounted).
    """
    pairs = model.pairs
    programs = model.programs
    money = model.money
    demand(model, state, future, c)
    fill_rates(model, state, c)
    middle = model.calendar.start[c] + 0.5 * model.calendar.length[c]
    discount = model.calendar.discount[c]
    inside = c < model.calendar.quarters
    for d in range(state.deal_sold.size):
        state.deal_sold[d] = 0.0
    sales = 0.0
    partner_sales = 0.0
    away = 0.0
    lost = 0.0
    keep = 1.0 - money.cogs - money.selling
    for i in range(int(state.number[n.ACTIVE])):
        f = state.active[i]
        value = state.sold[f]
        if pairs.site[f] >= 0:
            served = value * state.load[pairs.site[f]]
            lost += value - served
            value = served
            state.sold[f] = value
        p = pairs.program[f]
        r = programs.report[p]
        if inside:
            state.year_sales[r] += value
            tally.asset_sales[programs.asset[p], c] += value
        if with_partner(model, f, middle):
            state.deal_sold[pairs.deal[f]] += value
            partner_sales += value
            continue
        sales += value
        margin = value * (keep - pairs.paid_away[f])
        ours = margin * programs.economic_share[p]
        away += margin - ours + value * pairs.paid_away[f]
        state.npv[r] += ours * discount
    milestones = settle(model, state, c)
    royalties = 0.0
    if partner_sales > 0.0:
        for i in range(int(state.number[n.ACTIVE])):
            f = state.active[i]
            if not with_partner(model, f, middle):
                continue
            p = pairs.program[f]
            paid = state.sold[f] * state.deal_rate[pairs.deal[f]]
            royalties += paid
            away += paid * (1.0 - programs.economic_share[p])
            state.npv[programs.report[p]] += paid * programs.economic_share[p] * discount
    if inside:
        ledger = state.ledger
        ledger[n.SALES, c] += sales
        ledger[n.COGS, c] += sales * money.cogs
        ledger[n.SELLING, c] += sales * money.selling
        ledger[n.PARTNER_SHARE, c] += away
        ledger[n.ROYALTIES, c] += royalties
        ledger[n.MILESTONES, c] += milestones
        ledger[n.PARTNER_SALES, c] += partner_sales
        ledger[n.UNSERVED, c] += lost
        state.number[n.UNSERVED_SUM] += lost
        state.number[n.SERVED_SUM] += sales + partner_sales
    return sales * (1.0 - money.cogs - money.selling) - away + royalties + milestones
