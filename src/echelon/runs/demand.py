"""Demand: grams that the futures of a run ask for, order by order and quarter by quarter, and the lines they have."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.engine import Engine
from echelon.runs.markets import LOOKED_AT
from echelon.runs.run import Run, RunError
from echelon.runs.simulate import Order, prepare

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What futures, lived again one by one, ask for.

    futures : how many. quarters : places of the quarters looked at. grams : f8[future, order, quarter looked at].
    first : f8[order] mean grams of the first quarter of all. capacity : f8[line, quarter looked at] median over
    futures, what is built in them included; a quarter, as `futures.build.lines.size` has it.
    """

    futures: int
    quarters: tuple[int, ...]
    grams: F8
    first: F8
    capacity: F8


def built_again(run: Run) -> Built:
    """The arrays of a run, from the model it keeps.

    Raises
    ------
    RunError
        If the model or the plan kept with the run is not the one it was made of.
    """
    prepared = prepare(Order(run.company, run.info["futures"], run.info["seed"], "", run.info["plan"]))
    if prepared.digest != run.info["digest"]:
        msg = f"{run.folder or 'the run'}: the model kept with it is not the one it was made of; make the run again"
        raise RunError(msg)
    return prepared.built


def quarters_from(built: Built, year: int, more: int = 0) -> tuple[int, ...]:
    """Places of a year's four quarters, and of up to `more` that follow them within the horizon.

    Raises
    ------
    RunError
        If the run does not hold the whole year.
    """
    labels = built.labels.quarters
    found = [q for q, label in enumerate(labels) if label.startswith(f"{year:04d}Q")]
    if len(found) < 4:
        whole = [y for y in sorted({label[:4] for label in labels}) if sum(la.startswith(y) for la in labels) == 4]
        held = f"whole years are {whole[0]} to {whole[-1]}" if whole else "it holds no whole year"
        msg = f"the run does not hold the whole of {year}; {held}"
        raise RunError(msg)
    return tuple(range(found[0], min(found[-1] + 1 + more, len(labels))))


def asked(built: Built, quarters: tuple[int, ...], futures: int, progress: Progress | None = None) -> Asked:
    """Live the first futures (at most `LOOKED_AT`) again and keep what their orders ask for in some quarters."""
    count = min(futures, LOOKED_AT)
    engine = Engine(built.model, 1)
    orders, lines = len(built.labels.orders), len(built.labels.lines)
    at = np.array(quarters)
    grams, first = np.zeros((count, orders, len(at))), np.zeros(orders)
    capacity = np.zeros((count, lines, len(at)))
    for future in range(count):
        _, state = engine.one(future)
        ordered = state.ordered == 1
        grams[future] = np.where(ordered[:, None], state.grams[:, at], 0.0)
        first += np.where(ordered, state.grams[:, 0], 0.0)
        capacity[future] = state.capacity[:, at]
        if progress and (future + 1) % 128 == 0:
            progress(future + 1, count)
    return Asked(count, quarters, grams, first / max(count, 1), np.median(capacity, axis=0))
