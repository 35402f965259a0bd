"""Desk: what all parts of one calculation share, every program followed once."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.chances import ChanceBook
from echelon.futures.exact.programs import Way, way
from echelon.futures.exact.sales import SalesBook
from echelon.futures.exact.spending import Clock, SpendBook
from echelon.futures.exact.timing import Grid, Timing, grid_of, known
from echelon.futures.model import Model


@dataclass
class Desk:
    """What all parts of one calculation share."""

    model: Model
    grid: Grid
    chances: ChanceBook
    clock: Clock
    spending: SpendBook
    sales: SalesBook
    ways: list[Way]


def desk_of(model: Model, step: float, shared_nodes: int, climb_nodes: int) -> Desk:
    """Follow every program."""
    spans = model.programs.start[model.programs.start_stream >= 0]
    grid = grid_of(model.calendar.quarters, float(spans.min(initial=0.0)), step)
    clock = Clock(model.calendar)
    chances = ChanceBook(model, shared_nodes)
    ways = [way(model, grid, chances, p) for p in range(model.programs.report.size)]
    return Desk(model, grid, chances, clock, SpendBook(grid, clock), SalesBook(model, grid, climb_nodes), ways)


def filing_nodes(desk: Desk, p: int) -> F8:
    """Probability f8[i] that a program's filing starts within the horizon with data worth i."""
    return np.asarray(desk.chances.weight @ filing_by_factor(desk, p))


def filing_by_factor(desk: Desk, p: int) -> F8:
    """The same f8[z, i] on the nodes of the shared factor."""
    one = desk.ways[p]
    if one.filed is None:
        return np.zeros_like(one.chances.weight)
    return np.asarray(one.chances.reach[:, -1:] * one.ready * one.chances.weight)


def launch_chance(desk: Desk, f: int) -> F8:
    """Chance f8[z] that a pair is approved, a filing within the horizon given, on the nodes of the shared factor."""
    pairs = desk.model.pairs
    if pairs.held[f] == 1:
        return np.ones(desk.chances.weight.size)
    p, leader = int(pairs.program[f]), int(pairs.leader[f]) if pairs.leader[f] >= 0 else f
    one = desk.ways[p]
    assert one.filed is not None
    return np.asarray(filing_by_factor(desk, p) @ one.chances.approve[:, list(one.filed.pairs).index(leader)])


def pair_launches(desk: Desk) -> dict[int, Timing]:
    """Launch of every pair, with its probability as the mass."""
    pairs = desk.model.pairs
    found: dict[int, Timing] = {}
    for f in np.flatnonzero(pairs.held == 1):
        found[int(f)] = known(desk.grid, float(pairs.launch[f]))
    for p, one in enumerate(desk.ways):
        if one.filed is None:
            continue
        chance = filing_nodes(desk, p) @ one.chances.approve
        for i, f in enumerate(one.filed.pairs):
            if chance[i] > 0.0:
                found[int(f)] = one.filed.launch(i).times(float(chance[i]))
    for f in np.flatnonzero((pairs.held == 0) & (pairs.leader >= 0)):
        if int(pairs.leader[f]) in found:
            found[int(f)] = found[int(pairs.leader[f])]
    return found
