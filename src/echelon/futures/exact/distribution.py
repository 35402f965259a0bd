"""Distribution: of the value of a small company, on a grid of money, by convolution over its programs."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.exact.chances import open_pairs, shared_columns
from echelon.futures.exact.couplings import couplings_on
from echelon.futures.exact.desk import Desk, desk_of
from echelon.futures.exact.figures import CoupledError
from echelon.futures.exact.money import C16, MoneyGrid
from echelon.futures.exact.paths import Path, bounds, held_value, path_key
from echelon.futures.exact.sizes import market_draws
from echelon.futures.exact.spreads import spread_couplings_on
from echelon.futures.exact.summing import figures, untied_value
from echelon.futures.model import Model
from echelon.futures.rules.draws import FIXED

MOST_PROGRAMS = 24
CLIMB_NODES = 16


@dataclass(frozen=True)
class ValueDistribution:
    """Distribution of a company's value. values f8[bin], rising, millions; probability f8[bin].

    `grid_error` names, for each summary, the estimated error of the two grids.
    """

    values: F8
    probability: F8
    grid_error: dict[str, float]

    @property
    def mean(self) -> float:
        """Mean value."""
        return float(self.values @ self.probability)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(((self.values - self.mean) ** 2) @ self.probability))

    @property
    def loss(self) -> float:
        """Probability of a value under nought."""
        return self.below(0.0)

    def below(self, value: float) -> float:
        """Probability of a value under `value`; the mass of a bin is taken as spread evenly over it."""
        step = self.values[1] - self.values[0]
        share = np.clip((value - self.values) / step + 0.5, 0.0, 1.0)
        return float(share @ self.probability)

    def quantile(self, u: float) -> float:
        """Value with probability `u` under it."""
        step = self.values[1] - self.values[0]
        summed = np.cumsum(self.probability)
        i = int(np.searchsorted(summed, u * summed[-1]))
        before = summed[i - 1] if i else 0.0
        return float(self.values[i] + step * ((u - before) / self.probability[i] - 0.5))

    def tail_mean(self, u: float = 0.05) -> float:
        """Mean of the worst `u` of values (CVaR)."""
        before = np.concatenate([[0.0], np.cumsum(self.probability)[:-1]])
        taken = np.clip(u - before, 0.0, self.probability)
        return float(taken @ self.values / u)


def value_distribution(built: Built, time_step: float = 1.0 / 8.0, bins: int = 16384) -> ValueDistribution:
    """Distribution of the value of a company in which nothing ties programs together.

    Worked out with cells of `time_step` and `bins` of money, and again with both twice as coarse.

    Parameters
    ----------
    built : a company as arrays, every coupling off, at most 24 programs that differ from each other, each with at
        most one filing to come, none sharing a draw with another.
    time_step : length of a cell, years; rounded so that a quarter holds a whole, even number of cells.
    bins : steps of money.

    Raises
    ------
    CoupledError
        If the company is beyond that; the message says why.
    """
    _refuse(built.model)
    halves = max(1, round(0.125 / time_step))
    fine = _on_grid(built.model, 0.125 / halves, bins)
    coarse = _on_grid(built.model, 0.25 / halves, bins // 2)
    errors = {
        "mean": abs(fine.mean - coarse.mean) / 3.0,
        "sd": abs(fine.sd - coarse.sd) / 3.0,
        "loss": abs(fine.loss - coarse.loss) / 3.0,
        "tail_mean": abs(fine.tail_mean() - coarse.tail_mean()) / 3.0,
        "median": abs(fine.quantile(0.5) - coarse.quantile(0.5)) / 3.0,
    }
    return ValueDistribution(fine.values, fine.probability, errors)


def _refuse(model: Model) -> None:
    on = [*couplings_on(model), *spread_couplings_on(model)]
    if shared_columns(model):
        on.append("a factor shared by several programs")
    if np.isfinite(model.supply.expand_at).any():
        on.append("expansions of sites")
    if any(open_pairs(model, p).size > 1 for p in range(model.programs.report.size)):
        on.append("several filings to come of one program")
    streams = _streams(model)
    if len(streams) > len(set(streams)):
        on.append("several pairs that draw their size from the same patients, price or product")
    if on:
        raise CoupledError("The distribution of value needs these off: " + "; ".join(dict.fromkeys(on)) + ".")


def _streams(model: Model) -> list[int]:
    # Streams that the size or the climb of each pair is drawn from, pair by pair.
    pairs = model.pairs
    found: list[int] = []
    for f in range(pairs.program.size):
        direct = pairs.value_stream[f] < 0
        if pairs.to_peak[f, 0] != FIXED or (direct and pairs.value[f, 0] != FIXED):
            found.append(int(model.programs.peak_stream[pairs.program[f]]))
        if not direct and pairs.value[f, 0] != FIXED:
            found.append(int(pairs.value_stream[f]))
        m = pairs.market[f]
        if m >= 0:
            found += [draw.stream for draw in market_draws(model, int(m)) if not draw.law.fixed]
    return found


def _on_grid(model: Model, step: float, bins: int) -> ValueDistribution:
    desk = desk_of(model, step, 1, CLIMB_NODES)
    keys = [path_key(desk, p) for p in range(model.programs.report.size)]
    if len(set(keys)) > MOST_PROGRAMS:
        message = (
            f"The distribution of value is worked out for at most {MOST_PROGRAMS} different programs; "
            f"this company has {len(set(keys))}. Means and variances have no such limit: see `exact`."
        )
        raise CoupledError(message)
    money, lowest = _money_grid(desk, bins)
    total = money.fixed(untied_value(desk))
    known: dict[tuple[object, ...], C16] = {}
    for p, key in enumerate(keys):
        if key not in known:
            known[key] = Path(desk, money, p).value() if desk.ways[p].start else held_value(desk, money, p)
        total = total * known[key]
    mass = np.fft.irfft(total, bins)
    first = int(np.floor(lowest / money.step))
    values = np.asarray((np.arange(bins) + first) * money.step)
    return ValueDistribution(values, np.maximum(np.roll(mass, -first), 0.0), {})


def _money_grid(desk: Desk, bins: int) -> tuple[MoneyGrid, float]:
    # Wide enough for every value, or for fifteen deviations about the mean where that is less.
    model = desk.model
    ends = np.array([bounds(desk, p) for p in range(model.programs.report.size)]).reshape(-1, 2)
    rest = untied_value(desk)
    lowest, highest = float(ends[:, 0].sum()) + rest, float(ends[:, 1].sum()) + rest
    rough = figures(model, 0.25, 1, 8)
    reach = 15.0 * float(rough.enpv_sd) + 1e-9
    lowest, highest = max(lowest, float(rough.enpv) - reach), min(highest, float(rough.enpv) + reach)
    margin = 0.02 * (highest - lowest) + 1e-6
    return MoneyGrid((highest - lowest + 2.0 * margin) / (bins - 8), bins), lowest - margin
