"""Milestones of deals: what is paid, and which approvals, stages or sales earn it."""

import math
from dataclasses import dataclass

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Deal, DealMilestone
from echelon.futures.build.pairs import Pair
from echelon.futures.build.roster import Unit


@dataclass(frozen=True)
class Milestone:
    """One payment: its deal, its amount in company currency, and the yearly sales that trigger it (inf: an event)."""

    deal: int
    amount: float
    at_sales: float = math.inf


@dataclass(frozen=True)
class Milestones:
    """All milestones still to be earned; by pair and by stage (of all units in a row), those that it may earn."""

    rows: list[Milestone]
    by_pair: list[list[int]]
    by_stage: list[list[int]]

    def on_sales(self, deals: int) -> list[list[int]]:
        """Milestones on sales, by deal."""
        return [
            [o for o, row in enumerate(self.rows) if row.deal == d and row.at_sales < math.inf] for d in range(deals)
        ]


def ragged(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists of places as (from, all of them in a row), both i4."""
    starts = np.cumsum([0] + [len(row) for row in rows]).astype(np.int32)
    return starts, np.array([value for row in rows for value in row], np.int32)


def milestones(
    company: Company, deals: list[tuple[Deal, float]], pairs: list[Pair], sold_under: list[int], units: list[Unit]
) -> Milestones:
    """Collect the milestones of deals that run.

    deals : deal and its exchange rate. sold_under : by pair, its deal, -1 none. What is held or passed at as_of has
    been paid for.
    """
    stages = [(u, stage.stage) for u, unit in enumerate(units) for stage in unit.ahead]
    found = Milestones([], [[] for _ in pairs], [[] for _ in stages])
    place = {deal.id: d for d, (deal, _) in enumerate(deals)}
    for d, (deal, rate) in enumerate(deals):
        if deal.direction != "out":
            continue
        if deal.approval_milestone > 0.0:
            _each_program(found, d, deal.approval_milestone * rate, pairs, sold_under)
        if deal.sales_milestone > 0.0 and deal.sales_milestone_at is not None:
            found.rows.append(Milestone(d, deal.sales_milestone * rate, deal.sales_milestone_at * rate))
    for row in company.rows(DealMilestone):
        at = place.get(row.deal, -1)
        if at < 0 or deals[at][0].direction != "out":
            continue
        _table_row(found, row, at, deals[at], pairs, sold_under, units, stages)
    return found


def _each_program(found: Milestones, d: int, amount: float, pairs: list[Pair], sold_under: list[int]) -> None:
    # The old shorthand: once for each program's first approval under the deal.
    under = [(f, pair) for f, pair in enumerate(pairs) if sold_under[f] == d and pair.leader < 0]
    paid = {pair.program for _, pair in under if pair.held}
    for unit in dict.fromkeys(pair.unit for _, pair in under if pair.program not in paid):
        o = len(found.rows)
        found.rows.append(Milestone(d, amount))
        for f, pair in under:
            if pair.unit == unit:
                found.by_pair[f].append(o)


def _table_row(
    found: Milestones,
    row: DealMilestone,
    at: int,
    known: tuple[Deal, float],
    pairs: list[Pair],
    sold_under: list[int],
    units: list[Unit],
    stages: list[tuple[int, str]],
) -> None:
    deal, rate = known
    o = len(found.rows)
    if row.kind == "sales":
        limit = math.inf if row.at_sales is None else row.at_sales * rate
        found.rows.append(Milestone(at, row.amount * rate, limit))
        return
    if row.kind == "regulatory":
        earns = [
            f
            for f, pair in enumerate(pairs)
            if sold_under[f] == at
            and pair.leader < 0
            and row.program in ("", pair.program)
            and row.territory in ("", pair.territory)
        ]
        if earns and not any(pairs[f].held for f in earns):
            found.rows.append(Milestone(at, row.amount * rate))
            for f in earns:
                found.by_pair[f].append(o)
        return
    of = [u for u, unit in enumerate(units) if unit.asset == deal.asset and row.program in ("", unit.report)]
    if any(stage.stage == row.stage for u in of for stage in units[u].passed):
        return
    found.rows.append(Milestone(at, row.amount * rate))
    for s, (u, stage) in enumerate(stages):
        if u in of and stage == row.stage:
            found.by_stage[s].append(o)
