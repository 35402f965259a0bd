"""Spending: how a stage's cost falls over quarters, and what it is worth today."""

import functools

import numpy as np
from scipy.signal import fftconvolve

from echelon.futures.arrays import F8
from echelon.futures.exact.laws import Law
from echelon.futures.exact.timing import Grid, Timing, quarters_of
from echelon.futures.model import Calendar

EVENLY, AT_START, AT_MIDDLE, AT_END = 0, 1, 2, 3


class Clock:
    """What money is worth by the moment at which it is booked: nothing before quarter 0 or past the horizon."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._exact = calendar.exact and calendar.rate > 0.0
        self._quarter = calendar.discount[: calendar.quarters]
        self._sums = np.concatenate([[0.0], np.cumsum(self._quarter)]) * 0.25
        self._squares = np.concatenate([[0.0], np.cumsum(self._quarter**2)]) * 0.25
        self._ends = np.arange(calendar.quarters + 1) * 0.25

    def at(self, time: F8) -> F8:
        """Worth of one unit at each time."""
        inside = (time >= 0.0) & (time < self._ends[-1])
        if self._calendar.exact:
            return np.where(inside, np.exp(-self._calendar.rate * time), 0.0)
        return np.where(inside, self._quarter[np.minimum(quarters_of(time), self._quarter.size - 1)], 0.0)

    def until(self, time: F8, power: int = 1) -> F8:
        """Integral of the worth (or of its square) from 0 to each time."""
        time = np.clip(time, 0.0, self._ends[-1])
        if self._exact:
            rate = power * self._calendar.rate
            return -np.expm1(-rate * time) / rate
        return np.interp(time, self._ends, self._sums if power == 1 else self._squares)

    def around(self, time: F8, width: float, power: int = 1) -> F8:
        """Mean worth (or its square) over an interval of `width` about each time."""
        return (self.until(time + 0.5 * width, power) - self.until(time - 0.5 * width, power)) / width


@functools.lru_cache(maxsize=4096)
def lengths(law: Law, step: float) -> tuple[F8, F8]:
    """Lengths of a stage and their probabilities: cells of `step` at their middles, or the one known length."""
    if law.fixed:
        return np.array([law.value]), np.ones(1)
    lowest = np.floor(float(law.quantile(np.array(0.0))) / step)
    edges = np.arange(lowest, np.ceil(law.top() / step) + 1) * step
    mass = np.diff(law.below(edges))
    return 0.5 * (edges[1:] + edges[:-1]), mass / mass.sum()


def fraction_spent(law: Law, step: float, x: F8) -> F8:
    """Mean share of an evenly spent cost that is spent `x` years after the start."""
    length, mass = lengths(law, step)
    found = np.zeros(x.shape)
    for i in range(0, x.size, 512):
        part = np.maximum(x[i : i + 512], 0.0)
        found[i : i + 512] = np.minimum(part[:, None] / length, 1.0) @ mass
    return found


def is_lump(law: Law, profile: int) -> bool:
    """Whether a cost is booked at one moment."""
    return profile != EVENLY or (law.fixed and law.value <= 0.0)


def moment(start: Timing, law: Law, profile: int) -> Timing:
    """When a cost that is booked at one moment is booked."""
    if profile == AT_START or (law.fixed and law.value <= 0.0):
        return start
    return start.plus(law.scaled(0.5) if profile == AT_MIDDLE else law)


def present_value(clock: Clock, profile: int, start: F8, length: F8, width: float) -> tuple[F8, F8]:
    """Present value of a cost of one and its square, f8[t, d], by start and length of the stage.

    width : of the cell over which each start is spread; 0 for a known start.
    """
    begun, long = start[:, None], length[None, :]
    if profile == EVENLY:
        lasting = long > 0.0
        even = (clock.until(begun + long) - clock.until(begun)) / np.where(lasting, long, 1.0)
        if lasting.all():
            return even, even**2
        lump, square = _lump(clock, np.broadcast_to(begun, even.shape), width)
        return np.where(lasting, even, lump), np.where(lasting, even**2, square)
    part = 0.0 if profile == AT_START else 0.5 if profile == AT_MIDDLE else 1.0
    return _lump(clock, begun + part * long, width)


def _lump(clock: Clock, time: F8, width: float) -> tuple[F8, F8]:
    if width > 0.0:
        return clock.around(time, width), clock.around(time, width, 2)
    return clock.at(time), clock.at(time) ** 2


class SpendBook:
    """Spending profiles of all stages, each worked out once."""

    def __init__(self, grid: Grid, clock: Clock) -> None:
        self.grid = grid
        self.clock = clock
        self._halves: dict[Law, F8] = {}
        self._worth: dict[Law, F8] = {}

    def by_quarter(self, start: Timing, law: Law, profile: int) -> F8:
        """Mean share of a cost booked in each quarter, f8[q]."""
        grid = self.grid
        if is_lump(law, profile):
            return moment(start, law, profile).only(0.0, np.inf).by_quarter()
        ends = np.arange(grid.quarters + 1) * 0.25
        booked = np.zeros(grid.quarters)
        for t, p in zip(start.at, start.mass, strict=True):
            booked += p * np.diff(fraction_spent(law, grid.step, ends - t))
        if start.cells.any():
            if law not in self._halves:
                self._halves[law] = fraction_spent(law, grid.step, grid.middles + grid.before * grid.step)
            total = np.concatenate([[0.0], fftconvolve(start.cells, self._halves[law])[: grid.count]])
            booked += np.diff(total[grid.before :: grid.per_quarter])
        return booked

    def share(self, start: Timing, law: Law, profile: int) -> float:
        """Mean share of a cost that falls after the start of quarter 0; what starts within the horizon counts whole."""
        if is_lump(law, profile):
            return start.total - moment(start, law, profile).only(-np.inf, 0.0).total
        past = fraction_spent(law, self.grid.step, np.maximum(-start.at, 0.0))
        cells = fraction_spent(law, self.grid.step, np.maximum(-self.grid.middles[: self.grid.before], 0.0))
        return start.total - float(past @ start.mass) - float(cells @ start.cells[: self.grid.before])

    def worth(self, start: Timing, law: Law, profile: int) -> float:
        """Mean present value of a cost of one."""
        grid = self.grid
        if is_lump(law, profile):
            when = moment(start, law, profile)
            return float(when.mean_of(self.clock.at(when.at), self.clock.around(grid.middles, grid.step)))
        if start.cells.any() and law not in self._worth:
            self._worth[law] = self.evenly(law, grid.middles)
        cells = self._worth.get(law, np.zeros(grid.count))
        return float(start.mean_of(self.evenly(law, start.at), cells))

    def evenly(self, law: Law, times: F8) -> F8:
        """Mean present value of one unit spent evenly from each time."""
        length, mass = lengths(law, self.grid.step)
        begun = self.clock.until(times)
        found = np.zeros(times.shape)
        for i in range(0, times.size, 256):
            ends = self.clock.until(times[i : i + 256, None] + length)
            found[i : i + 256] = ((ends - begun[i : i + 256, None]) / length) @ mass
        return found
