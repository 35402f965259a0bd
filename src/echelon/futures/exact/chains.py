"""Chains: mean and mean square of what a program is still worth, backward from filing to its first stage.

Both are functions of the time at which a stage starts, kept at the middles of the cells; at single moments they are
worked out anew, so that programs with known times are exact.
"""

import numpy as np
from scipy.signal import fftconvolve

from echelon.futures.arrays import F8
from echelon.futures.exact.couplings import delay_of
from echelon.futures.exact.filed_value import FiledValue
from echelon.futures.exact.laws import hats, law
from echelon.futures.exact.programs import stage_law
from echelon.futures.exact.spending import Clock, lengths, present_value
from echelon.futures.exact.timing import Grid
from echelon.futures.model import Model

ROWS = 256


class Chain:
    """One program's stages ahead, with the chance of each, and what filing is worth at their end."""

    def __init__(self, model: Model, grid: Grid, clock: Clock, p: int, chance: F8, end: FiledValue | None) -> None:
        self._grid = grid
        self._clock = clock
        self._end = end
        self._chance = chance
        self._until = delay_of(model, p)
        first = int(model.programs.stage_from[p])
        stages = model.stages
        share = float(model.programs.cost_share[p])
        self._length = [stage_law(model, first + j) for j in range(chance.size)]
        self._overlap = [float(stages.overlap[first + j]) for j in range(chance.size)]
        self._profile = [int(stages.spend[first + j]) for j in range(chance.size)]
        costs = [law(stages.cost[first + j]).scaled(share) for j in range(chance.size)]
        self._cost = [(one.mean(), one.square()) for one in costs]
        self._filing = [stages.kind[first + j] == 2 for j in range(chance.size)]
        self._known: dict[int, F8] = {}

    def cells(self, j: int) -> F8:
        """Mean and mean square f8[2, cell] of the value from stage j on, started in each cell."""
        if j not in self._known:
            self._known[j] = self._delayed(j, self._in_cells(j))
        return self._known[j]

    def at(self, j: int, time: float) -> F8:
        """Mean and mean square f8[2] of the value from stage j on, started at one moment."""
        if time >= self._grid.horizon:
            return np.zeros(2)
        if 0.0 <= time < self._until:
            return self.at(j, self._until)
        if j == len(self._length):
            return np.zeros(2)
        if self._filing[j]:
            end = self._end.at(time) if self._end else np.zeros(2)
            return self._with_cost(j, self._spent_at(j, time), end)
        length, overlap, chance = self._length[j], self._overlap[j], self._chance[j]
        spent = self._spent_at(j, time)
        if length.fixed or overlap == 0.0:
            after = self.at(j + 1, max(time + (overlap * length.value if length.fixed else 0.0), 0.0))
            return self._with_cost(j, spent, chance * after)
        grid = self._grid
        mass = np.diff(length.scaled(overlap).below(grid.edges - time))
        after = self.cells(j + 1) if j + 1 < len(self._length) else np.zeros((2, grid.count))
        taken = present_value(
            self._clock, self._profile[j], np.array([time]), np.maximum(grid.middles - time, 0.0) / overlap, 0.0
        )[0][0]
        cross = float((mass * taken) @ after[0])
        value = chance * (after @ mass)
        return self._joined(j, spent, value, chance * cross)

    def _delayed(self, j: int, value: F8) -> F8:
        # Starts that the plan puts off are worth what the start at the end of the delay is.
        if not np.isfinite(self._until) or self._until <= 0.0:
            return value
        grid = self._grid
        early = np.clip((self._until - grid.edges[:-1]) / grid.step, 0.0, 1.0) * (grid.middles > 0.0)
        return np.asarray(value * (1.0 - early) + np.outer(self.at(j, self._until), early))

    def _in_cells(self, j: int) -> F8:
        grid = self._grid
        if j == len(self._length):
            return np.zeros((2, grid.count))
        length, overlap, chance = self._length[j], self._overlap[j], self._chance[j]
        nodes, mass = lengths(length, grid.step)
        used = np.zeros(nodes.size, np.int64)
        if self._filing[j]:
            end = self._end.cells() if self._end else np.zeros((2, grid.count))
            return self._with_cost(j, self._mean_spent(j, nodes, mass), end)
        after = self.cells(j + 1)
        if overlap > 0.0:
            moved = length.scaled(overlap)
            mass = hats(moved, grid.step, int(np.ceil(moved.top() / grid.step)) + 2)
            used = np.flatnonzero(mass > 1e-18)
            mass = mass[used]
            nodes = np.asarray(np.full(used.size, length.value) if length.fixed else used * grid.step / overlap)
        found = np.zeros((4, grid.count))
        padded = np.pad(after[0], (0, int(used.max(initial=0))))
        for i in range(0, grid.count, ROWS):
            rows = np.arange(i, min(i + ROWS, grid.count))
            taken, square = present_value(self._clock, self._profile[j], grid.middles[rows], nodes, grid.step)
            found[0, rows], found[1, rows] = taken @ mass, square @ mass
            found[2, rows] = (taken * padded[rows[:, None] + used]) @ mass
        spread = np.zeros(int(used.max(initial=0)) + 1)
        np.add.at(spread, used, mass)
        value = chance * np.array([_looking_ahead(row, spread) for row in after])
        return self._joined(j, found[:2], value, chance * found[2])

    def _with_cost(self, j: int, spent: F8, value: F8) -> F8:
        # Cost and what follows are independent here.
        return self._joined(j, spent, value, spent[0] * value[0])

    def _joined(self, j: int, spent: F8, value: F8, cross: F8 | float) -> F8:
        mean, square = self._cost[j]
        return np.array([value[0] - mean * spent[0], value[1] - 2.0 * mean * cross + square * spent[1]])

    def _mean_spent(self, j: int, nodes: F8, mass: F8) -> F8:
        grid = self._grid
        found = np.zeros((2, grid.count))
        for i in range(0, grid.count, ROWS):
            taken, square = present_value(self._clock, self._profile[j], grid.middles[i : i + ROWS], nodes, grid.step)
            found[:, i : i + ROWS] = taken @ mass, square @ mass
        return found

    def _spent_at(self, j: int, time: float) -> F8:
        nodes, mass = lengths(self._length[j], self._grid.step)
        taken, square = present_value(self._clock, self._profile[j], np.array([time]), nodes, 0.0)
        return np.array([float(taken[0] @ mass), float(square[0] @ mass)])


def _looking_ahead(value: F8, mass: F8) -> F8:
    # Mean over a delay of a function of time, f8[cell]: nothing lies past the horizon.
    return np.asarray(fftconvolve(value, mass[::-1])[mass.size - 1 : mass.size - 1 + value.size])


def chain_key(model: Model, p: int) -> tuple[object, ...]:
    """All that a program's stages are worth by, beside filing."""
    first, last = model.programs.stage_from[p], model.programs.stage_from[p + 1]
    stages = model.stages
    rows = tuple(
        (*stages.duration[s].tolist(), stages.duration_from[s], stages.overlap[s], *stages.cost[s].tolist(),
         int(stages.spend[s]), int(stages.kind[s]))
        for s in range(first, last)
    )  # fmt: skip
    return (rows, float(model.programs.cost_share[p]), delay_of(model, p))
