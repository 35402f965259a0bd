"""Own teams: what they cost from the first own sale in a territory on."""

import itertools

import numpy as np

from echelon.futures.arrays import F8, I8
from echelon.futures.exact.deals import promotes, windows
from echelon.futures.exact.desk import Desk, launch_chance
from echelon.futures.exact.timing import Timing

Columns = tuple[int, int]


def team_costs(desk: Desk, launched: dict[int, Timing]) -> F8:
    """Expected cost of own teams in each quarter, f8[q]."""
    model, pairs = desk.model, desk.model.pairs
    quarters = model.calendar.quarters
    found = np.zeros(quarters)
    for t in np.unique(pairs.territory[pairs.team > 0.0]):
        # Given the shared factor, what programs launch is independent; parts of a combination go together.
        mine = np.flatnonzero(pairs.territory == t)
        leaders = [int(f) for f in mine[pairs.leader[mine] < 0] if int(f) in launched]
        cost = float(pairs.team[mine[0]]) * model.calendar.length[:quarters]
        deals = sorted({int(d) for d in pairs.deal[mine] if d >= 0 and not promotes(model, int(d))})
        for ways in itertools.product(*(_ways(desk, d) for d in deals)):
            sold = {d: columns for d, (_, columns) in zip(deals, ways, strict=True)}
            absent = np.ones((desk.chances.weight.size, quarters))
            for leader in leaders:
                absent *= 1.0 - _by(desk, leader, launched[leader], sold)
            chance = float(np.prod([share for share, _ in ways]))
            found += chance * cost * (desk.chances.weight @ (1.0 - absent))
    return found


def _ways(desk: Desk, d: int) -> list[tuple[float, Columns]]:
    # Columns in which a deal's partner may sell, with their chances; none where an option is not exercised.
    middle = desk.model.calendar.middle
    found = [
        (one.chance, (int(np.searchsorted(middle, one.after)), int(np.searchsorted(middle, one.until))))
        for one in windows(desk.model, d)
    ]
    unused = 1.0 - float(desk.model.deals.option_chance[d])
    return [*found, (unused, (middle.size, middle.size))] if unused > 0.0 else found


def _by(desk: Desk, leader: int, launch: Timing, sold: dict[int, Columns]) -> F8:
    # Chance f8[z, q] that a launch has led to own sales by each quarter.
    model, pairs = desk.model, desk.model.pairs
    quarters = model.calendar.quarters
    together = [leader, *pairs.part[pairs.part_from[leader] : pairs.part_from[leader + 1]].tolist()]
    starts = np.min([_own_from(desk, f, sold) for f in together], axis=0)
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


def _own_from(desk: Desk, f: int, sold: dict[int, Columns]) -> I8:
    # First column of own sales by the quarter of launch, i8[q].
    first = np.arange(desk.model.calendar.quarters)
    after, until = sold.get(int(desk.model.pairs.deal[f]), (0, 0))
    return np.asarray(np.where((after <= first) & (first < until), until, first), np.int64)
