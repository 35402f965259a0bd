"""Agreement of simulated futures with the exact engine, as standardised differences."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm
from scipy.stats import t as student

from echelon.futures.build.build import Built
from echelon.futures.engine import Engine
from echelon.futures.exact.engine import exact
from echelon.futures.exact.figures import Figures
from echelon.futures.rules import numbers as n

ALONE = 4.0
"""Largest standardised difference allowed to a figure that stands alone."""


@dataclass(frozen=True)
class Check:
    """One family of figures: the largest standardised difference in it, where it is, and what is allowed."""

    name: str
    size: int
    worst: float
    where: tuple[int, ...]
    allowed: float

    @property
    def fine(self) -> bool:
        """Whether the family agrees."""
        return self.worst < self.allowed


@dataclass(frozen=True)
class Simulated:
    """Futures of one company, summed."""

    futures: int
    measures: np.ndarray
    counts: dict[str, np.ndarray]
    sums: dict[str, np.ndarray]
    block_ledgers: np.ndarray


def simulate(built: Built, futures: int) -> Simulated:
    """Run futures 0 to `futures`."""
    engine = Engine(built.model)
    blocks = list(engine.blocks(futures))
    sums = {name: np.sum([floats[name] for _, floats in blocks], axis=0) for name in blocks[0][1]}
    whole = [floats["ledger_sums"] / len(measures) for measures, floats in blocks if len(measures) == 1024]
    measures = np.concatenate([one for one, _ in blocks])
    return Simulated(futures, measures, engine.take_counts(), sums, np.array(whole))


def compare(built: Built, futures: int) -> list[Check]:
    """Every figure that both engines give, family by family."""
    return compare_with(simulate(built, futures), exact(built).figures)


def compare_with(run: Simulated, figures: Figures) -> list[Check]:
    """Futures against figures."""
    return [*_chances(run, figures), *_means(run, figures), *_programs(run, figures), *_ledger(run, figures)]


def failures(built: Built, futures: int) -> list[Check]:
    """The families that do not agree."""
    return [check for check in compare(built, futures) if not check.fine]


def _check(name: str, z: np.ndarray) -> Check:
    # Where a family has many members some lie far out by chance: one in a thousand families may, not more.
    z = np.atleast_1d(np.abs(z))
    where = np.unravel_index(int(np.argmax(z)), z.shape)
    allowed = max(ALONE, float(norm.isf(0.0005 / z.size)))
    return Check(name, z.size, float(z[where]), tuple(int(i) for i in where), allowed)


def _chances(run: Simulated, figures: Figures) -> list[Check]:
    counted = {
        name: (run.counts[name], getattr(figures, name))
        for name in ("launches", "reached", "passed", "approvals", "echelons", "filled", "year_launches")
    }
    for i, measure in enumerate((n.PROGRAMS_LAUNCHED, n.ASSETS_LAUNCHED)):
        seen = np.bincount(run.measures[:, measure].astype(int), minlength=n.COUNT_BINS)
        counted[n.MEASURES[measure][0]] = (seen, figures.launched[i])
    return [_check(name, _surprise(seen, run.futures, p)) for name, (seen, p) in counted.items()]


def _surprise(seen: np.ndarray, futures: int, chance: np.ndarray) -> np.ndarray:
    # Exact binomial tail as the standardised difference that is as unlikely; the normal one fails for rare events.
    p = np.clip(chance, 0.0, 1.0)
    p = np.where(p < 1e-13, 0.0, np.where(p > 1.0 - 1e-13, 1.0, p))
    tail = np.minimum(binom.cdf(seen, futures, p), binom.sf(seen - 1, futures, p))
    return norm.isf(np.clip(tail, 1e-300, 0.5))


def _means(run: Simulated, figures: Figures) -> list[Check]:
    expected = {
        n.ENPV: float(figures.enpv),
        n.PAST_HORIZON: float(figures.past_horizon),
        n.FINAL_CASH: float(figures.ledger[n.CASH, -1]),
        n.LIVE_QUARTERS: float(figures.live_program_quarters),
        n.YEARS_FILLED: float(figures.filled[3].sum()),
    }
    found = [
        _check(n.MEASURES[i][0], _standard(run.measures[:, i].mean(), mean, run.measures[:, i].std(), run.futures))
        for i, mean in expected.items()
    ]
    if not np.isnan(figures.enpv_sd):
        value = run.measures[:, n.ENPV]
        squares = (value - value.mean()) ** 2
        found.append(
            _check("variance", _standard(squares.mean(), float(figures.enpv_sd) ** 2, squares.std(), run.futures))
        )
    return found


def _programs(run: Simulated, figures: Figures) -> list[Check]:
    sums = run.sums["program_sums"] / run.futures
    npv_sd = np.sqrt(np.maximum(sums[:, n.NPV_SQUARE] - sums[:, n.NPV] ** 2, 0.0))
    cost_sd = np.sqrt(np.maximum(sums[:, n.COST_SQUARE] - sums[:, n.COST] ** 2, 0.0))
    found = [
        _check("npv", _standard(sums[:, n.NPV], figures.npv, npv_sd, run.futures)),
        _check("cost", _standard(sums[:, n.COST], figures.cost, cost_sd, run.futures)),
        # The present value of a cost varies no more than the cost.
        _check("cost_pv", _standard(sums[:, n.COST_PV], figures.cost_pv, cost_sd, run.futures)),
    ]
    launched = 1.0 - figures.launches[:, -1]
    often = launched * run.futures > 100.0
    if often.any():
        seen, mean = sums[often, n.LAUNCH_DISCOUNT], figures.launch_discount[often]
        found.append(_check("launch_discount", _standard(seen, mean, np.sqrt(mean), run.futures)))
    return found


def _ledger(run: Simulated, figures: Figures) -> list[Check]:
    # The spread of each line is taken between blocks, where something is booked in every block.
    blocks = run.block_ledgers
    if len(blocks) < 16:
        return []
    often = (blocks != 0.0).all(axis=0)
    often[n.UNSERVED] = False
    if not often.any():
        return []
    mean, sd = blocks.mean(axis=0)[often], blocks.std(axis=0, ddof=1)[often]
    apart = _standard(mean, figures.ledger[often], sd, len(blocks))
    # The spread is itself an estimate: Student's distribution, as the normal difference that is as unlikely.
    return [_check("ledger", norm.isf(np.clip(student.sf(apart, len(blocks) - 1), 1e-300, 0.5)))]


def _standard(seen: np.ndarray, mean: np.ndarray, sd: np.ndarray, count: int) -> np.ndarray:
    seen, mean, sd = np.asarray(seen, float), np.asarray(mean, float), np.asarray(sd, float)
    error = sd / np.sqrt(count)
    size = np.abs(mean) + 1.0
    # What never varies must agree to rounding.
    certain = error <= 1e-9 * size
    apart = np.abs(seen - mean)
    return np.where(certain, np.where(apart <= 1e-8 * size, 0.0, np.inf), apart / np.where(certain, 1.0, error))
