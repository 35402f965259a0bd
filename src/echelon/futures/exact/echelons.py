"""Echelons: where programs and assets stand over time, first launches, and how many there are of each."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.counting import all_filled, counts
from echelon.futures.exact.couplings import Group, exclusivity_groups, uncounted
from echelon.futures.exact.desk import Desk, filing_nodes, pair_launches
from echelon.futures.exact.programs import CLINIC, MARKETED, RESERVE, launches, stands
from echelon.futures.exact.timing import Timing, earliest, quarter_ends
from echelon.futures.rules import numbers as n


@dataclass(frozen=True)
class FirstLaunches:
    """First launches of reports: by_q f8[z, r, q] on the nodes of the shared factor, and their means."""

    by_q: F8
    mean_q: F8
    discount: F8
    open: F8


def first_launches(desk: Desk) -> FirstLaunches:
    """First launches of all reports; those already marketed have none."""
    model, programs, pairs = desk.model, desk.model.programs, desk.model.pairs
    quarters = model.calendar.quarters
    by_q = np.zeros((desk.chances.nodes.size, model.reports, quarters))
    discount = np.zeros(model.reports)
    marketed = np.ones(model.reports)
    marketed[programs.report[pairs.program[pairs.held == 1]]] = 0.0
    rate = model.calendar.rate
    for p, one in enumerate(desk.ways):
        r = programs.report[p]
        if one.filed is None or marketed[r] == 0.0:
            continue
        by_q[:, r] += launches(one, quarters)
        for chance, first in zip(filing_nodes(desk, p), one.first, strict=True):
            when = first.only(0.0, np.inf)
            worth = when.mean_of(np.exp(-rate * when.at), np.exp(-rate * desk.grid.middles))
            discount[r] += chance * float(worth)
    return FirstLaunches(by_q, np.tensordot(desk.chances.weight, by_q, axes=1), discount, marketed)


def _levels(desk: Desk) -> tuple[F8, float]:
    # Chances f8[z, asset, 3, q] that an asset's foremost program stands in each echelon; and program-quarters alive.
    model, programs, pairs = desk.model, desk.model.programs, desk.model.pairs
    lower = np.ones((desk.chances.weight.size, model.assets, 3, model.calendar.quarters))
    live = 0.0
    launched = pair_launches(desk)
    groups = exclusivity_groups(model)
    bound = {p: group.place for group in groups for p in group.bound}
    together = {*bound, *(p for group in groups for p, _ in group.free)}
    for p, one in enumerate(desk.ways):
        others = [f for f in launched if pairs.asset_territory[f] == bound.get(p, -1) and pairs.program[f] != p]
        stand = stands(model, one, p, earliest([launched[f] for f in others]) if others else None)
        live += float(desk.chances.weight @ stand.sum(axis=(1, 2)))
        if p not in together:
            lower[:, programs.asset[p]] *= 1.0 - np.cumsum(stand[:, ::-1], axis=1)[:, ::-1]
    for group in groups:
        asset = programs.asset[(*group.bound, *(p for p, _ in group.free))[0]]
        lower[:, asset] *= _group_lower(desk, group, launched)
    levels = 1.0 - lower
    levels[:, :, :2] -= levels[:, :, 1:].copy()
    return np.clip(levels, 0.0, 1.0), live


def _group_lower(desk: Desk, group: Group, launched: dict[int, Timing]) -> F8:
    """Chance f8[z, 3, q] that programs which share exclusivity all stand under each echelon.

    Bound programs are on the market together from their first launch until `years` after the first launch there,
    which may be a free program's. A free program launches elsewhere later, so its own stay follows its own launches.
    """
    model, quarters = desk.model, desk.model.calendar.quarters
    ends = quarter_ends(quarters)
    whole, recent, none, free, still = np.ones((5, 1, 3, quarters))
    for p in group.bound:
        one = desk.ways[p]
        under = _off_market(stands(model, one, p, None))
        by_now, long_ago = np.zeros((2, *under.shape))
        if one.filed is not None:
            chance = one.chances.reach[:, -1, None] * one.chances.weight * one.ready
            by_now = (chance @ np.array([first.below(ends) for first in one.first]))[:, None]
            long_ago = (chance @ np.array([first.below(ends - group.years) for first in one.first]))[:, None]
        whole, recent, none = whole * under, recent * (under - long_ago), none * (under - by_now)
    for p, f in group.free:
        stand = stands(model, desk.ways[p], p, None)
        under = _off_market(stand) - stand[:, MARKETED, None]
        free = free * under
        still = still * (under - (_over_with(desk, p, f) if f in launched else 0.0))
    return np.asarray(free * (none + whole - recent) + (free - still) * (recent - none))


def _over_with(desk: Desk, p: int, f: int) -> F8:
    # Chance f8[z, 1, q] that a program is approved in one of its pairs and has lost all exclusivity.
    one = desk.ways[p]
    assert one.filed is not None
    place = int(np.flatnonzero(one.filed.pairs == f)[0])
    chance = one.chances.reach[:, -1, None] * one.chances.weight * one.ready * one.chances.approve[:, place]
    return np.asarray((chance @ np.array(one.lost))[:, None])


def _off_market(stand: F8) -> F8:
    # Chance f8[z, 3, q] to stand neither at a level nor above it, the market apart.
    under = np.ones_like(stand)
    under[:, CLINIC] -= stand[:, CLINIC]
    under[:, RESERVE] -= stand[:, CLINIC] + stand[:, RESERVE]
    return under


def counted(desk: Desk, first: FirstLaunches) -> dict[str, F8]:
    """Distributions of counts, by name of the figure: given the shared factor all assets are independent."""
    calendar = desk.model.calendar
    ends = np.flatnonzero(calendar.year_end == 1)
    levels, live = _levels(desk)
    unknown = np.nan if uncounted(desk.model) else 0.0
    found = {
        "echelons": np.zeros((3, calendar.years, n.COUNT_BINS)),
        "filled": np.zeros((4, calendar.years)),
        "year_launches": np.zeros((2, calendar.years, n.COUNT_BINS)),
        "launched_by": np.zeros((2, calendar.years, n.COUNT_BINS)),
        "launched": np.zeros((2, n.COUNT_BINS)),
        "live_program_quarters": np.array(live + unknown),
    }
    at = calendar.year[ends]
    for kind, launched in enumerate((np.cumsum(first.by_q, axis=2), _assets_launched(desk, first))):
        by_end = np.moveaxis(launched[:, :, ends], 1, 0)
        found["year_launches"][kind, at] = _over_factor(desk, counts(np.diff(by_end, axis=2, prepend=0.0)))
        found["launched_by"][kind, at] = _over_factor(desk, counts(by_end))
        found["launched"][kind] = _over_factor(desk, counts(np.moveaxis(launched[:, :, -1:], 1, 0)))[0]
    places = np.moveaxis(levels[..., ends], 0, 2)
    target = desk.model.money.target
    for level in range(3):
        spread = _over_factor(desk, counts(places[:, level]))
        found["echelons"][level, at] = spread
        found["filled"][level, at] = spread[:, int(target[level]) :].sum(axis=1)
    found["filled"][3, at] = _over_factor(desk, all_filled(places, (int(target[0]), int(target[1]), int(target[2]))))
    for name in ("echelons", "filled"):
        found[name] += unknown
    return found


def _over_factor(desk: Desk, given: F8) -> F8:
    # Mean over the nodes of the shared factor, the first axis.
    return np.asarray(np.tensordot(desk.chances.weight, given, axes=1))


def _assets_launched(desk: Desk, first: FirstLaunches) -> F8:
    # Chance f8[z, asset, q] that an asset not yet marketed at as_of has launched by each quarter's end.
    model = desk.model
    asset_of = np.zeros(model.reports, np.int64)
    asset_of[model.programs.report] = model.programs.asset
    summed = np.cumsum(first.by_q, axis=2)
    not_yet = np.ones((summed.shape[0], model.assets, summed.shape[2]))
    for r in range(model.reports):
        not_yet[:, asset_of[r]] *= 1.0 - summed[:, r]
    not_yet[:, asset_of[first.open == 0.0]] = 1.0
    return 1.0 - not_yet
