"""Figures: what the exact engine gives, as arrays along the axes of a model."""

from dataclasses import dataclass, fields

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.build import Labels


@dataclass(frozen=True)
class Figures:
    """Expectations and probabilities of a company.

    Axes: s stage, r report, f pair, a asset, q quarter, y year, n count, as in `build.Labels`.
    Money is in millions of the company's currency; `pv` is discounted as the company discounts. Costs are our share.
    """

    reached: F8  # [s] a stage starts within the horizon
    passed: F8  # [s] and passes
    stage_cost: F8  # [s] not discounted, stages started within the horizon, from quarter 0 on
    stage_cost_pv: F8  # [s]
    technical_pos: F8  # [r] all stages before filing are passed, whenever
    regulatory_pos: F8  # [r] at least one approval, given a filing
    launches: F8  # [r, q+1] first launch by quarter, last column not within the horizon; nought for marketed ones
    approvals: F8  # [f, y]
    launch_discount: F8  # [r] mean discount factor at the first launch
    npv: F8  # [r]
    npv_variance: F8  # [r] nan where a coupling keeps it out of reach
    cost: F8  # [r]
    cost_pv: F8  # [r]
    asset_sales: F8  # [a, q]
    ledger: F8  # [line, q]
    echelons: F8  # [3, y, n] assets in reserve, clinic, market at year ends
    filled: F8  # [4, y] reserve, clinic, market, all three hold their targets
    year_launches: F8  # [2, y, n] programs, assets launched in a calendar year
    launched_by: F8  # [2, y, n] programs, assets launched by the end of a calendar year
    launched: F8  # [2, n] within the horizon
    enpv: F8  # []
    enpv_sd: F8  # [] nan where a coupling keeps it out of reach
    past_horizon: F8  # []
    live_program_quarters: F8  # []

    def at_least(self, count: int) -> F8:
        """Probability of at least `count` program launches by the end of each calendar year, f8[y]."""
        return np.asarray(self.launched_by[0, :, count:].sum(axis=-1))


def difference(fine: Figures, coarse: Figures) -> Figures:
    """Estimated error of the finer of two results whose steps differ by two and whose error falls with the square."""
    return Figures(
        **{
            one.name: np.abs(np.asarray(getattr(fine, one.name)) - np.asarray(getattr(coarse, one.name))) / 3.0
            for one in fields(Figures)
        }
    )


@dataclass(frozen=True)
class ExactResult:
    """Figures, the estimated error of each from the grid, and what is out of reach.

    spread_couplings : couplings that leave expectations alone but not variances. notes : what is left out, in words.
    """

    figures: Figures
    grid_error: Figures
    labels: Labels
    time_step: float
    spread_couplings: tuple[str, ...]
    notes: tuple[str, ...]


class CoupledError(ValueError):
    """A company whose couplings the exact engine cannot take; its message names each of them."""
