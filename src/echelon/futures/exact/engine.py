"""The exact engine: expectations and distributions of an uncoupled company by convolution over a grid of times."""

from echelon.futures.build.build import Built
from echelon.futures.exact.couplings import couplings_on, uncounted
from echelon.futures.exact.figures import CoupledError, ExactResult, difference
from echelon.futures.exact.spreads import spread_couplings_on
from echelon.futures.exact.summing import figures

SHARED_NODES = 96
CLIMB_NODES = 16


def exact(built: Built, time_step: float = 1.0 / 48.0) -> ExactResult:
    """Expectations and distributions of a company in which nothing ties programs together.

    Every figure is worked out with cells of `time_step` and again with cells twice as long; a third of the
    difference estimates the error that is left, since it falls with the square of the step.

    Parameters
    ----------
    built : a company as arrays, with every coupling off (see `company.overlay.uncoupled`); one factor shared by
        several programs may stay on.
    time_step : length of a cell, years; it is rounded so that a quarter holds a whole, even number of cells.

    Raises
    ------
    CoupledError
        If a coupling is on that cannot be taken.
    """
    on = couplings_on(built.model)
    if on:
        raise CoupledError("The exact engine needs these couplings off: " + "; ".join(on) + ".")
    halves = max(1, round(0.125 / time_step))
    fine = figures(built.model, 0.125 / halves, SHARED_NODES, CLIMB_NODES)
    coarse = figures(built.model, 0.25 / halves, SHARED_NODES // 2, CLIMB_NODES // 2)
    notes = ["peak sales, cash under a floor and the first five years filled are not worked out"]
    for why, assets in uncounted(built.model).items():
        notes.append(f"echelons are not counted: {why} in " + ", ".join(built.labels.assets[a] for a in assets))
    return ExactResult(
        fine, difference(fine, coarse), built.labels, 0.125 / halves, spread_couplings_on(built.model), tuple(notes)
    )


__all__ = ["CoupledError", "couplings_on", "exact", "spread_couplings_on"]
