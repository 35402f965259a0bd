"""Timing: when something happens, as exact moments (atoms) and as mass spread evenly over cells of a grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve

from echelon.futures.arrays import F8, I8
from echelon.futures.exact.laws import Law, hats


@dataclass(frozen=True)
class Grid:
    """Cells of `step` years, from `before` of them before quarter 0 to the horizon; a quarter holds whole cells."""

    step: float
    before: int
    quarters: int
    per_quarter: int

    @property
    def count(self) -> int:
        """Number of cells."""
        return self.before + self.quarters * self.per_quarter

    @property
    def horizon(self) -> float:
        """End of the last cell, years."""
        return self.quarters * 0.25

    @property
    def edges(self) -> F8:
        """Cell edges, f8[cell+1], years."""
        return np.asarray((np.arange(self.count + 1) - self.before) * self.step, np.float64)

    @property
    def middles(self) -> F8:
        """Cell middles, f8[cell], years."""
        return np.asarray((np.arange(self.count) - self.before + 0.5) * self.step, np.float64)


def grid_of(quarters: int, earliest: float, time_step: float) -> Grid:
    """Grid with cells of about `time_step` years that reaches back to `earliest`."""
    per_quarter = max(1, round(0.25 / time_step))
    step = 0.25 / per_quarter
    return Grid(step, int(np.ceil(max(0.0, -earliest) / step - 1e-9)), quarters, per_quarter)


@dataclass(frozen=True)
class Timing:
    """When something happens within the horizon; what does not happen by then is left out.

    at, mass : f8[atom] times and their probabilities; cells : f8[cell] probability spread evenly over each cell.
    """

    grid: Grid
    at: F8
    mass: F8
    cells: F8

    @property
    def total(self) -> float:
        """Probability that it happens within the horizon."""
        return float(self.mass.sum() + self.cells.sum())

    @property
    def single(self) -> bool:
        """Whether the time is known."""
        return self.at.size == 1 and not self.cells.any()

    def times(self, factor: float) -> "Timing":
        """The same with every probability times a factor."""
        return Timing(self.grid, self.at, self.mass * factor, self.cells * factor)

    def plus(self, law: Law) -> "Timing":
        """Later by an independent delay."""
        if law.fixed:
            return self.shifted(law.value)
        grid = self.grid
        cells = np.zeros(grid.count)
        for t, p in zip(self.at, self.mass, strict=True):
            cells += p * np.diff(law.below(grid.edges - t))
        if self.cells.any():
            nodes = hats(law, grid.step, _reach(law, grid))
            cells += fftconvolve(self.cells, nodes)[: grid.count]
        return Timing(grid, np.zeros(0), np.zeros(0), cells)

    def shifted(self, delay: float) -> "Timing":
        """Later by a known delay."""
        if delay == 0.0:
            return self
        cells = _moved(self.cells, delay / self.grid.step) if self.cells.any() else self.cells
        return _within(self.grid, self.at + delay, self.mass, cells)

    def not_before(self, time: float) -> "Timing":
        """What comes before `time` comes at `time`."""
        if not self.cells.any() and not (self.at < time).any():
            return self
        grid = self.grid
        early = np.clip((time - grid.edges[:-1]) / grid.step, 0.0, 1.0)
        moved = float((self.cells * early).sum())
        at, mass = np.maximum(self.at, time), self.mass
        if moved > 0.0:
            at, mass = np.append(at, time), np.append(mass, moved)
        return _within(grid, at, mass, self.cells * (1.0 - early))

    def only(self, after: float, until: float) -> "Timing":
        """What comes from `after` on and before `until`."""
        grid = self.grid
        keep = (self.at >= after) & (self.at < until)
        lower = np.clip((after - grid.edges[:-1]) / grid.step, 0.0, 1.0)
        upper = np.clip((until - grid.edges[:-1]) / grid.step, 0.0, 1.0)
        return Timing(grid, self.at[keep], self.mass[keep], self.cells * np.maximum(upper - lower, 0.0))

    def add(self, later: "Timing") -> "Timing":
        """Later by an independent delay that is itself given as a timing from 0."""
        grid = self.grid
        cells = np.zeros(grid.count)
        at: list[F8] = []
        mass: list[F8] = []
        for t, p in zip(later.at, later.mass, strict=True):
            moved = self.shifted(float(t))
            at.append(moved.at)
            mass.append(moved.mass * p)
            cells = cells + moved.cells * p
        if later.cells.any():
            for t, p in zip(self.at, self.mass, strict=True):
                cells = cells + p * _moved(later.cells, float(t) / grid.step)
            if self.cells.any():
                both = fftconvolve(self.cells, later.cells)[grid.before :]
                both = np.pad(both, (1, grid.count))
                cells = cells + 0.5 * (both[1 : grid.count + 1] + both[: grid.count])
        return _within(grid, np.concatenate([np.zeros(0), *at]), np.concatenate([np.zeros(0), *mass]), cells)

    def by_quarter(self) -> F8:
        """Probability by quarter, f8[q]; the past counts as quarter 0."""
        grid = self.grid
        found = np.zeros(grid.quarters)
        if self.at.size:
            np.add.at(found, quarters_of(self.at), self.mass)
        found += self.cells[grid.before :].reshape(grid.quarters, grid.per_quarter).sum(axis=1)
        found[0] += self.cells[: grid.before].sum()
        return found

    def below(self, x: F8) -> F8:
        """Probability that it happens before each time."""
        grid = self.grid
        summed = np.concatenate([[0.0], np.cumsum(self.cells)])
        found = np.interp(x, grid.edges, summed)
        return np.asarray(found + (self.at[None, :] < x[:, None]) @ self.mass)

    def mean_of(self, at_atoms: F8, at_cells: F8) -> F8:
        """Mean of a function given at the atoms f8[..., atom] and at the middles of the cells f8[..., cell]."""
        return np.asarray(at_atoms @ self.mass + at_cells @ self.cells)


def quarter_ends(quarters: int) -> F8:
    """Ends of quarters, f8[q], years."""
    return np.asarray(np.arange(1, quarters + 1) * 0.25, np.float64)


def quarters_of(times: F8) -> I8:
    """Quarter of each time; the past counts as quarter 0."""
    return np.floor(np.maximum(times, 0.0) * 4.0).astype(np.int64)


def known(grid: Grid, time: float) -> Timing:
    """A time that is known."""
    return _within(grid, np.array([time]), np.ones(1), np.zeros(grid.count))


def spread(grid: Grid, start: float, span: float) -> Timing:
    """A time that is uniform within [start, start + span]."""
    cells = np.diff(np.clip((grid.edges - start) / span, 0.0, 1.0))
    return Timing(grid, np.zeros(0), np.zeros(0), cells)


def either(timings: Sequence[Timing]) -> Timing:
    """Sum of the probabilities of timings that exclude each other."""
    return Timing(
        timings[0].grid,
        np.concatenate([one.at for one in timings]),
        np.concatenate([one.mass for one in timings]),
        np.sum([one.cells for one in timings], axis=0),
    )


def earliest(timings: Sequence[Timing]) -> Timing:
    """First of independent events, each of which may not happen at all."""
    return _combined(timings, first=True)


def latest(timings: Sequence[Timing]) -> Timing:
    """Last of independent events, all of which must happen."""
    return _combined(timings, first=False)


def firsts(timings: Sequence[Timing]) -> list[Timing]:
    """Each of independent events where it is the first of them; together they are `earliest`."""
    found: list[Timing] = []
    for i, one in enumerate(timings):
        left = np.ones(one.grid.count + 1)
        atoms = np.ones(one.at.size)
        for j, other in enumerate(timings):
            if j == i:
                continue
            left *= 1.0 - _edges_below(other)
            # Two events at the very same time: the earlier in the list comes first.
            same = (other.at[None, :] == one.at[:, None]) @ other.mass if j < i else 0.0
            atoms *= 1.0 - other.below(one.at) - same
        found.append(Timing(one.grid, one.at, one.mass * atoms, one.cells * 0.5 * (left[1:] + left[:-1])))
    return found


def last_of(timings: Sequence[Timing], chances: F8) -> Timing:
    """Last of those independent events that happen at all, each with a chance f8[event] of its own."""
    grid = timings[0].grid
    never = float(grid.edges[0]) - 1.0
    whole = latest(
        [
            Timing(grid, np.append(one.at, never), np.append(one.mass * chance, 1.0 - chance), one.cells * chance)
            for one, chance in zip(timings, chances, strict=True)
        ]
    )
    keep = whole.at > never
    return Timing(grid, whole.at[keep], whole.mass[keep], whole.cells)


def _combined(timings: Sequence[Timing], first: bool) -> Timing:
    grid = timings[0].grid
    if len(timings) == 1:
        return timings[0]
    after = 1.0 - np.array([_edges_below(one) for one in timings])
    whole = 1.0 - np.prod(after, axis=0) if first else np.prod(1.0 - after, axis=0)
    cells = np.diff(whole)
    at: list[float] = []
    mass: list[float] = []
    for i, one in enumerate(timings):
        for t, p in zip(one.at, one.mass, strict=True):
            share = 1.0
            for j, other in enumerate(timings):
                if j != i:
                    # Two events at the very same time: the earlier in the list comes first.
                    under = other.below(np.array([t]))[0] + (other.mass[other.at == t].sum() if (j < i) else 0.0)
                    share *= 1.0 - under if first else under
            at.append(t)
            mass.append(p * share)
            k = int(np.searchsorted(grid.edges, t, side="right")) - 1
            if 0 <= k < grid.count:
                cells[k] -= p * share
    return _within(grid, np.array(at), np.array(mass), np.maximum(cells, 0.0))


def _edges_below(one: Timing) -> F8:
    # Probability before each edge; atoms before the grid count from its first edge on.
    grid = one.grid
    summed = np.concatenate([[0.0], np.cumsum(one.cells)])
    for t, p in zip(one.at, one.mass, strict=True):
        summed[int(np.searchsorted(grid.edges, t, side="right")) :] += p
    return summed


def _within(grid: Grid, at: F8, mass: F8, cells: F8) -> Timing:
    keep = (at < grid.horizon) & (mass > 0.0)
    return Timing(grid, at[keep], mass[keep], cells)


def _moved(cells: F8, places: float) -> F8:
    # Cells moved later by a number of places, which need not be whole: mass spread evenly is shared by two cells.
    whole = int(np.floor(places))
    part = places - whole
    padded = np.zeros(cells.size + 2)
    padded[1:-1] = cells
    both = (1.0 - part) * padded[1:] + part * padded[:-1]
    found = np.zeros(cells.size)
    if whole >= 0:
        found[whole:] = both[: cells.size - whole] if whole < cells.size else 0.0
    else:
        taken = both[-whole : -whole + cells.size]
        found[: taken.size] = taken
    return found


def _reach(law: Law, grid: Grid) -> int:
    return int(min(grid.count + 1, np.ceil(law.top() / grid.step) + 2))
