"""Programs: one program's way through its stages and filings, as timings and probabilities."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.chances import FILING, ChanceBook, Chances, open_pairs
from echelon.futures.exact.couplings import delay_of
from echelon.futures.exact.filings import Filed, file
from echelon.futures.exact.laws import Law, law
from echelon.futures.exact.timing import Grid, Timing, either, known, quarter_ends, spread
from echelon.futures.model import Model

RESERVE, CLINIC, MARKETED = 0, 1, 2


@dataclass(frozen=True)
class Way:
    """A program's way. Timings are those of a program that passes everything before; `chances` says how likely that is.

    start, read : by stage ahead, when it starts and when its outcome is known. ready : probability that the filing
    stage starts within the horizon, given that all before is passed. first : by node i of `chances`, the first launch;
    lost : f8[q] by node, probability that it is launched and its last exclusivity has ended by the quarter's end.
    """

    chances: Chances
    start: tuple[Timing, ...]
    read: tuple[Timing, ...]
    ready: float
    filed: Filed | None
    first: tuple[Timing, ...]
    lost: tuple[F8, ...]


def stage_law(model: Model, s: int) -> Law:
    """Length of a stage."""
    return law(model.stages.duration[s], model.stages.duration_from[s])


def beginning(model: Model, grid: Grid, p: int) -> Timing:
    """When a program's first stage ahead starts."""
    programs = model.programs
    if programs.start_stream[p] >= 0:
        start = spread(grid, float(programs.start[p]), float(programs.start_span[p]))
    else:
        start = known(grid, float(programs.start[p]))
    return gated(model, p, start)


def gated(model: Model, p: int, start: Timing) -> Timing:
    """A start after the plan's delay; what is under way at as_of is not held back."""
    until = delay_of(model, p)
    if not np.isfinite(until) or until <= 0.0:
        return start
    return either([start.only(-np.inf, 0.0), start.only(0.0, np.inf).not_before(until)])


def way(model: Model, grid: Grid, book: ChanceBook, p: int) -> Way:
    """Follow one program through its stages and filings."""
    chances = book.of(p)
    starts: list[Timing] = []
    reads: list[Timing] = []
    when = beginning(model, grid, p)
    for s in range(model.programs.stage_from[p], model.programs.stage_from[p + 1]):
        starts.append(when)
        if model.stages.kind[s] == FILING:
            break
        read = when.plus(stage_law(model, s).scaled(float(model.stages.overlap[s]))).not_before(0.0)
        reads.append(read)
        when = gated(model, p, read)
    ready = starts[-1].total if len(reads) < len(starts) else 0.0
    if ready <= 0.0:
        return Way(chances, tuple(starts), tuple(reads), 0.0, None, (), ())
    filed = file(model, p, starts[-1].times(1.0 / ready))
    first = tuple(filed.first(row) for row in chances.approve)
    lost = tuple(filed.lost(model, row) for row in chances.approve)
    return Way(chances, tuple(starts), tuple(reads), ready, filed, first, lost)


def stands(model: Model, way: Way, p: int, rival: Timing | None) -> F8:
    """Probability that a program stands in reserve, clinic and market at each quarter's end, f8[z, 3, q].

    rival : first launch by another program that shares its exclusivity, while that is open.
    """
    grid_ends = quarter_ends(model.calendar.quarters)
    nodes = way.chances.reach.shape[0]
    found = np.zeros((nodes, 3, grid_ends.size))
    status = model.programs.status[p]
    if status == -2:
        return found
    if not way.start:
        if status >= 0:
            held = _held(model, p, grid_ends) if status == MARKETED else np.ones(grid_ends.size)
            found[:, status] += held
        return found
    began = [one.below(grid_ends) for one in way.start]
    if status >= 0:
        found[:, status] += 1.0 - began[0]
    reach, passed = way.chances.reach, way.chances.passed
    for j in range(len(way.start)):
        s = model.programs.stage_from[p] + j
        kind = int(model.stages.kind[s])
        if kind == FILING:
            found += _filing_stands(way, reach[:, j], began[j])
            if rival is not None and way.filed is not None:
                found[:, MARKETED] -= _lost_sooner(model, way, p, rival)
            continue
        if kind < 0:
            continue
        read = way.read[j].below(grid_ends)
        after = began[j + 1] if j + 1 < len(began) else np.zeros(grid_ends.size)
        found[:, min(kind, CLINIC)] += (
            np.outer(reach[:, j], began[j]) - np.outer(reach[:, j] - passed[:, j], read) - np.outer(passed[:, j], after)
        )
    return found


def _held(model: Model, p: int, ends: F8) -> F8:
    # Chance f8[q] that what is marketed at as_of still is: until the last exclusivity, or withdrawal, of its approvals.
    pairs = model.pairs
    mine = [f for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]) if pairs.leader[f] < 0]
    if not any(pairs.confirm_stream[f] >= 0 and pairs.confirm_pos[f] < 1.0 for f in mine):
        return np.asarray(model.programs.loss[p] >= ends, np.float64)
    over = np.ones(ends.size)
    for f in mine:
        first = float(model.asset_territory_launch[pairs.asset_territory[f]])
        loss = first + float(pairs.exclusivity[f]) if np.isnan(pairs.loss[f]) else float(pairs.loss[f])
        stays = np.ones(ends.size)
        if pairs.confirm_stream[f] >= 0:
            length = law(pairs.confirm[f], float(pairs.confirm_from[f]))
            gone = length.below(ends - float(pairs.launch[f] - pairs.launch_lag[f]))
            stays -= (1.0 - float(pairs.confirm_pos[f])) * gone
        over *= 1.0 - (loss >= ends) * stays
    return 1.0 - over


def _filing_stands(way: Way, reach: F8, began: F8) -> F8:
    # From the start of the filing stage: under review, then on the market until exclusivity ends, or refused.
    ends = quarter_ends(began.size)
    found = np.zeros((reach.size, 3, began.size))
    found[:, CLINIC] += np.outer(reach, began)
    if way.filed is None:
        return found
    for i, approve in enumerate(way.chances.approve):
        chance = reach * way.chances.weight[:, i] * way.ready
        refused = way.filed.last(approve).below(ends)
        launched, lost = way.first[i].below(ends), way.lost[i]
        found[:, CLINIC] -= np.outer(chance, launched + np.prod(1.0 - approve) * refused)
        found[:, MARKETED] += np.outer(chance, launched - lost)
    return found


def _lost_sooner(model: Model, way: Way, p: int, rival: Timing) -> F8:
    # What another program's earlier launch takes from the time on the market, f8[z, q].
    ends = quarter_ends(model.calendar.quarters)
    years = float(model.pairs.exclusivity[open_pairs(model, p)].max())
    chance = way.chances.reach[:, -1, None] * way.chances.weight * way.ready
    launched = chance @ np.array([one.below(ends) - one.below(ends - years) for one in way.first])
    return np.asarray(launched * rival.below(ends - years))


def launches(way: Way, quarters: int) -> F8:
    """Probability of the first launch in each quarter, f8[z, q]."""
    nodes = way.chances.reach.shape[0]
    found = np.zeros((nodes, quarters))
    if way.filed is None:
        return found
    for i, first in enumerate(way.first):
        found += np.outer(way.chances.reach[:, -1] * way.chances.weight[:, i] * way.ready, first.by_quarter())
    return found
