"""Deals: what a partner's sales pay us."""

from echelon.futures.model import Model, State
from echelon.futures.rules.compiling import inner, part


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


@part
def settle(model: Model, state: State, c: int) -> float:
    """Settle every deal for a column: rate paid per unit of partner sales, sales milestones; return the milestones."""
    deals = model.deals
    milestones = 0.0
    for d in range(deals.supply_share.size):
        if model.calendar.year_start[c] == 1:
            state.deal_year[d] = 0.0
        sold = state.deal_sold[d]
        state.deal_rate[d, c] = 0.0
        if sold <= 0.0:
            continue
        before = state.deal_year[d]
        state.deal_year[d] = before + sold
        state.deal_rate[d, c] = deals.supply_share[d] + tiered(model, d, before, before + sold) / sold
        if state.deal_paid[d] == 0 and before + sold >= deals.sales_milestone_at[d]:
            state.deal_paid[d] = 1
            milestones += deals.sales_milestone[d]
    return milestones


@inner
def partner_sells(model: Model, d: int, c: int) -> bool:
    """Whether a deal's partner sells in a column."""
    return model.deals.from_column[d] <= c < model.deals.to_column[d]
