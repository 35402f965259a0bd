"""Filed value: mean and mean square of what a program's filings bring, by the time at which it is ready to file."""

import numpy as np
from scipy.signal import fftconvolve

from echelon.futures.arrays import F8, I8
from echelon.futures.exact.filings import Filed, approval_pay, file
from echelon.futures.exact.sales import SalesBook
from echelon.futures.exact.sizes import product_mean
from echelon.futures.exact.spending import Clock
from echelon.futures.exact.timing import Grid, Timing, known, spread
from echelon.futures.model import Model


class FiledValue:
    """What the open pairs of one program bring, given approvals by node i: chance f8[i], approve f8[i, pair]."""

    def __init__(
        self, model: Model, grid: Grid, clock: Clock, sales: SalesBook, p: int, chance: F8, approve: F8, pairs: I8
    ) -> None:
        self._model = model
        self._grid = grid
        self._clock = clock
        self._sales = sales
        self._p = p
        self._pairs = pairs
        self._both = np.einsum("i,if,ig->fg", chance, approve, approve)
        self._approve = chance @ approve
        np.fill_diagonal(self._both, self._approve)
        share = float(model.programs.economic_share[p])
        # Only milestones that one approval alone earns: see `spreads.spread_ties`.
        self._amount = np.array([share * approval_pay(model, int(f)) for f in pairs])
        self._sizes = [sales.size(int(f)) for f in pairs]
        self._sized = np.array([[product_mean([a, b]) for b in self._sizes] for a in self._sizes])
        self._size = np.array([product_mean([a]) for a in self._sizes])
        self._rank = [sales.climbs(int(f))[1] for f in pairs]
        self._cells: F8 | None = None

    def cells(self) -> F8:
        """Mean and mean square f8[2, cell] by the cell in which the program is ready."""
        if self._cells is None:
            always = spread(self._grid, 0.0, self._grid.horizon)
            filed = file(self._model, self._p, always)
            found = [self._of_pair(filed, i, relative=True) for i in range(self._pairs.size)]
            self._cells = self._joined(found, self._grid.count)
        return self._cells

    def at(self, time: float) -> F8:
        """Mean and mean square f8[2] when the program is ready at one moment."""
        filed = file(self._model, self._p, known(self._grid, time))
        found = [self._of_pair(filed, i, relative=False) for i in range(self._pairs.size)]
        return self._joined(found, 1)[:, 0]

    def _of_pair(self, filed: Filed, i: int, relative: bool) -> dict[str, F8]:
        """Means over a pair's time of decision, by climb where it matters: f8[k, t] or f8[t]."""
        f, when = int(self._pairs[i]), filed.decided[i]
        at_cells, inside = self._worth(f, self._grid.middles)
        at_atoms, _ = self._worth(f, when.at)
        if relative:
            at_atoms = at_atoms[:, :0]
        paid = self._paid(f, when.at), self._paid(f, self._grid.middles, self._grid.step)
        by_climb = {
            "value": (at_atoms, at_cells * inside),
            "square": (at_atoms**2, at_cells**2 * inside),
            "paid": (paid[0][0][None], paid[1][0][None]),
            "paid_square": (paid[0][1][None], paid[1][1][None]),
            "paid_value": (paid[0][0] * at_atoms, paid[1][0] * at_cells * inside),
        }
        return {name: _mean(when, *values, relative) for name, values in by_climb.items()}

    def _worth(self, f: int, decided: F8) -> tuple[F8, F8]:
        """Present value f8[k, t] of sales of size one after a decision; share of the cell that launches in time."""
        lag = float(self._model.pairs.launch_lag[f])
        left = (self._grid.horizon - lag - decided) / self._grid.step + 0.5
        times = np.minimum(decided + lag, self._grid.horizon - 1e-9)
        worth = self._sales.worth(f, times)
        if decided.size == self._grid.count:
            return worth, np.clip(left, 0.0, 1.0)
        return np.where(decided + lag < self._grid.horizon, worth, 0.0), np.ones(1)

    def _paid(self, f: int, times: F8, width: float = 0.0) -> tuple[F8, F8]:
        deals, d = self._model.deals, self._model.pairs.deal[f]
        if d < 0:
            return np.zeros(times.size), np.zeros(times.size)
        open_at = (times >= deals.after[d]) & (times < deals.until[d])
        if width > 0.0:
            return open_at * self._clock.around(times, width), open_at * self._clock.around(times, width, 2)
        return open_at * self._clock.at(times), open_at * self._clock.at(times) ** 2

    def _joined(self, found: list[dict[str, F8]], count: int) -> F8:
        mean, square = np.zeros(count), np.zeros(count)
        for i, one in enumerate(found):
            w, amount = self._rank[i], float(self._amount[i])
            value = w @ one["value"]
            mean += self._approve[i] * self._size[i] * value + self._approve[i] * amount * one["paid"][0]
            square += self._approve[i] * self._sized[i, i] * (w @ one["square"])
            square += self._approve[i] * amount**2 * one["paid_square"][0]
            square += 2.0 * self._approve[i] * amount * self._size[i] * (w @ one["paid_value"])
            for j, other in enumerate(found):
                if j == i:
                    continue
                theirs = self._rank[j] @ other["value"]
                if amount != 0.0:
                    square += 2.0 * self._both[i, j] * amount * one["paid"][0] * self._size[j] * theirs
                if j > i:
                    together = _together(one["value"], other["value"], w, self._rank[j])
                    square += 2.0 * self._both[i, j] * self._sized[i, j] * together
                    pay = amount * float(self._amount[j])
                    square += 2.0 * self._both[i, j] * pay * one["paid"][0] * other["paid"][0]
        return np.array([mean, square])


def _together(a: F8, b: F8, weight: F8, other: F8) -> F8:
    # Two pairs of one program climb alike, if both climbs are drawn.
    if weight.size == other.size:
        return np.asarray(weight @ (a * b))
    return np.asarray((weight @ a) * (other @ b))


def _mean(when: Timing, atoms: F8, cells: F8, relative: bool) -> F8:
    """Mean of a function of time over a timing: f8[..., 1], or by the cell from which a relative one counts."""
    if not relative:
        return np.asarray(atoms @ when.mass + cells @ when.cells)[..., None]
    grid = when.grid
    found = np.zeros(cells.shape)
    for t, p in zip(when.at, when.mass, strict=True):
        found += p * _sooner(cells, float(t) / grid.step)
    if when.cells.any():
        mass = when.cells[grid.before :]
        mass = 0.5 * (np.append(mass, 0.0) + np.append(0.0, mass))
        kernel = mass[::-1].reshape((1,) * (cells.ndim - 1) + (-1,))
        moved = fftconvolve(cells, kernel, axes=-1)
        found += moved[..., mass.size - 1 : mass.size - 1 + grid.count]
    return found


def _sooner(cells: F8, places: float) -> F8:
    # A function of time taken a number of places ahead; nothing lies past the horizon.
    whole = int(np.floor(places))
    part = places - whole
    room = np.zeros((*cells.shape[:-1], whole + 1))
    padded = np.concatenate([cells, room], axis=-1)
    count = cells.shape[-1]
    return np.asarray(
        (1.0 - part) * padded[..., whole : whole + count] + part * padded[..., whole + 1 : whole + 1 + count]
    )
