"""Own teams: what they cost from the first own sale in a territory on."""

import numpy as np

from echelon.futures.exact.deals import promotes
from echelon.futures.exact.desk import Desk, launch_chance
from echelon.futures.exact.timing import Timing
from echelon.futures.model import F8, I8


def team_costs(desk: Desk, launched: dict[int, Timing]) -> F8:
    """Expected cost of own teams in each quarter, f8[q]."""
    model, pairs = desk.model, desk.model.pairs
    quarters = model.calendar.quarters
    found = np.zeros(quarters)
    for t in np.unique(pairs.territory[pairs.team > 0.0]):
        # Given the shared factor, what programs launch is independent; parts of a combination go together.
        absent = np.ones((desk.chances.weight.size, quarters))
        mine = np.flatnonzero(pairs.territory == t)
        for leader in mine[pairs.leader[mine] < 0]:
            if int(leader) in launched:
                absent *= 1.0 - _by(desk, int(leader), launched[int(leader)])
        cost = float(pairs.team[mine[0]])
        found += cost * model.calendar.length[:quarters] * (desk.chances.weight @ (1.0 - absent))
    return found


def _by(desk: Desk, leader: int, launch: Timing) -> F8:
    # Chance f8[z, q] that a launch has led to own sales by each quarter.
    model, pairs = desk.model, desk.model.pairs
    quarters = model.calendar.quarters
    together = [leader, *pairs.part[pairs.part_from[leader] : pairs.part_from[leader + 1]].tolist()]
    starts = np.min([_own_from(desk, f) for f in together], axis=0)
    if pairs.held[leader] == 1:
        return np.broadcast_to(
            (np.arange(quarters) >= starts[0]).astype(np.float64), (desk.chances.weight.size, quarters)
        )
    chance = launch_chance(desk, leader)
    by_quarter = launch.by_quarter() / max(float(desk.chances.weight @ chance), 1e-300)
    begun = np.zeros(quarters)
    inside = starts < quarters
    np.add.at(begun, starts[inside], by_quarter[inside])
    return np.outer(chance, np.cumsum(begun))


def _own_from(desk: Desk, f: int) -> I8:
    # First column of own sales by the quarter of launch, i8[q].
    model, d = desk.model, int(desk.model.pairs.deal[f])
    first = np.arange(model.calendar.quarters)
    if d < 0 or promotes(model, d):
        return first
    sold = (model.deals.from_column[d] <= first) & (first < model.deals.to_column[d])
    return np.asarray(np.where(sold, model.deals.to_column[d], first), np.int64)
