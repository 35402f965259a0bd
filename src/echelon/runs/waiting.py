"""Waiting: a company in which one program begins later, with the same luck; what is spent already stays spent."""

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.build.shapes import Shape
from echelon.futures.model import Model
from echelon.futures.rules.draws import FIXED, LOGNORMAL, quantile

EVENLY, AT_START, IN_MIDDLE = 0, 1, 2
POINTS = 512
"""Midpoints of the quantile axis over which what is left of a stage's cost is taken."""


def later(built: Built, program: str, years: float) -> Model:
    """Arrays of the company in which a program is `years` later.

    The stage it is in, or begins with, starts later, and so does everything after it; known days of submission move
    as well. A stage under way draws the same length as before. What of its cost falls after as_of is kept, in the
    mean over lengths: a delay spends nothing twice.
    """
    model = built.model
    p = next(i for i, unit in enumerate(built.units) if unit.report == program and unit.kind == "program")
    programs, pairs = model.programs, model.pairs
    start, waits = programs.start.copy(), model.stages.not_before.copy()
    start[p] += years
    waits[programs.stage_from[p] : programs.stage_from[p + 1]] += years
    submit = pairs.submit_at.copy()
    submit[programs.pair_from[p] : programs.pair_from[p + 1]] += years
    cost = model.stages.cost.copy()
    spread = model.stages.spread.copy()
    s = int(programs.stage_from[p])
    if s < programs.stage_from[p + 1]:
        share = cost_kept(model, s, float(programs.start[p]), years)
        cost[s] = scaled(tuple(cost[s]), share)
        spread[3:, s] *= share
    return model._replace(
        programs=programs._replace(start=start),
        pairs=pairs._replace(submit_at=submit),
        stages=model.stages._replace(cost=cost, spread=spread, not_before=waits),
    )


def cost_kept(model: Model, s: int, start: float, years: float) -> float:
    """By what to multiply the cost of a stage that begins `years` later, so that as much of it is still to come."""
    before, after = still_to_come(model, s, start), still_to_come(model, s, start + years)
    return before / after if after > 0.0 else 1.0


def still_to_come(model: Model, s: int, start: float) -> float:
    """Mean share of a stage's cost that falls after as_of, for a stage that began at `start` (years)."""
    ruled = float(model.stages.duration_from[s])
    even = ruled + (1.0 - ruled) * (np.arange(POINTS) + 0.5) / POINTS
    length = np.array([quantile(model.stages.duration, s, u) for u in even])
    return float(ahead(int(model.stages.spend[s]), start, length).mean())


def ahead(spend: int, start: float, length: F8) -> F8:
    """Share of the cost of stages of some lengths that falls after as_of."""
    if spend == EVENLY:
        left = np.clip(start + length, 0.0, length)
        share: F8 = np.divide(left, length, out=np.full(len(length), float(start >= 0.0)), where=length > 0.0)
        return share
    when = start + (0.0 if spend == AT_START else 0.5 if spend == IN_MIDDLE else 1.0) * length
    return np.asarray(when >= 0.0, np.float64)


def scaled(row: Shape, factor: float) -> Shape:
    """A shape whose value is multiplied."""
    kind, a, b, c = row
    if kind in (FIXED, LOGNORMAL):
        return (kind, a * factor, b, c)
    return (kind, a * factor, b * factor, c * factor)
