"""What a recipe takes from a study: titer and recovery at the set point, as low, mode, high and dist."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats
from scipy.stats import qmc

from echelon.supply.process.fit import Fit
from echelon.supply.process.space import FINE_DRAWS
from echelon.supply.process.table import F8, Experiments

UNITS = {
    "titer": {"g/l": 1.0, "mg/l": 1e-3, "mg/ml": 1.0, "kg/m3": 1.0, "ug/ml": 1e-3, "µg/ml": 1e-3, "": 1.0},
    "recovery": {"%": 1e-2, "percent": 1e-2, "fraction": 1.0, "share": 1.0, "": 1.0},
}
"""What one unit of the response is in the recipe's (grams per litre; a share)."""

HIGHEST = {"titer": np.inf, "recovery": 1.0}
LEAST = 1e-6
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Distribution:
    """A recipe's value as the study gives it.

    Attributes
    ----------
    column : titer or recovery. unit : of the recipe's column.
    low, mode, high : of the triangular shape whose 10, 50 and 90 % quantiles are the batch's.
    mean, sd, q10, q50, q90 : of a future batch. df : degrees of freedom. cut : what physics cut off, in words.
    """

    column: str
    response: str
    unit: str
    low: float
    mode: float
    high: float
    mean: float
    sd: float
    q10: float
    q50: float
    q90: float
    df: int
    cut: str = ""

    @property
    def cells(self) -> dict[str, str]:
        """Cells of the table `recipes`."""
        values = {"low": self.low, "mode": self.mode, "high": self.high}
        return {f"{self.column}_{part}": f"{value:.4g}" for part, value in values.items()} | {
            f"{self.column}_dist": "triangular"
        }

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return vars(self) | {"dist": "triangular", "cells": self.cells}


def distributions(
    experiments: Experiments, fits: tuple[Fit, ...], at: F8, seed: int
) -> tuple[tuple[Distribution, ...], tuple[str, ...]]:
    """The distribution of every response that a recipe takes, at a coded set point; and why one has none."""
    found: list[Distribution] = []
    why: list[str] = []
    for j, response in enumerate(experiments.responses):
        if not response.recipe:
            continue
        factor = UNITS[response.recipe].get(response.unit.strip().casefold().replace(" ", "").replace("per", "/"))
        if factor is None:
            known = ", ".join(unit for unit in UNITS[response.recipe] if unit)
            why.append(
                f"{response.name} is in {response.unit}, which is no unit of {response.recipe}; known are {known}."
            )
            continue
        if fits[j].df < 1:
            why.append(f"{response.name} has no residual degree of freedom, so its spread is not known.")
            continue
        values = factor * batches(experiments, fits[j], at, seed)
        if np.median(values) <= LEAST or np.median(values) >= HIGHEST[response.recipe]:
            said = f"{np.median(values):.4g}"
            why.append(f"{response.name} at the set point ({said}) is no {response.recipe}; is its unit given?")
            continue
        found.append(_triangular(response.recipe, response.name, values, fits[j].df))
    return tuple(found), tuple(why)


def batches(experiments: Experiments, fit: Fit, at: F8, seed: int) -> F8:
    """(n,) one response of future batches at a coded point: t with the residual degrees of freedom, and noise."""
    k = len(experiments.factors)
    sobol = qmc.Sobol(1 + k, scramble=True, rng=np.random.default_rng([seed, fit.response]))
    uniform = np.clip(sobol.random(FINE_DRAWS), 1e-12, 1 - 1e-12)
    noise = np.array([0.0 if f.categorical else f.sd / f.half for f in experiments.factors])
    x = at + stats.norm.ppf(uniform[:, 1:]) * noise if noise.any() else at[None]
    z = fit.model.matrix(x)
    stretch = np.sqrt(fit.s2 * (1 + ((z @ fit.inverse) * z).sum(axis=1)))
    found: F8 = z @ fit.beta + stretch * stats.t.ppf(uniform[:, 0], fit.df)
    return found


def _triangular(column: str, response: str, values: F8, df: int) -> Distribution:
    q10, q50, q90 = (float(q) for q in np.quantile(values, QUANTILES))
    low, mode, high = triangle(q10, q50, q90)
    cut = ""
    if low < LEAST:
        low, cut = min(LEAST, mode), f"below {LEAST:g}"
    if high > HIGHEST[column]:
        high, cut = HIGHEST[column], f"above {HIGHEST[column]:g}"
        mode = min(mode, high)
    unit = "grams per litre" if column == "titer" else "share"
    mean, sd = float(values.mean()), float(values.std())
    return Distribution(column, response, unit, low, mode, high, mean, sd, q10, q50, q90, df, cut)


def triangle(q10: float, q50: float, q90: float) -> tuple[float, float, float]:
    """Low, mode and high of the triangular distribution with three quantiles, or of the nearest one there is."""
    width = q90 - q10
    if width <= 0:
        return q50, q50, q50
    half = 0.5 * width / (1 - np.sqrt(0.2))

    def miss(parts: F8) -> F8:
        left, right = np.exp(parts[1:])
        share = left / (left + right)
        shape = stats.triang(share, loc=parts[0] - left, scale=left + right)
        return np.array((shape.ppf(QUANTILES) - np.array([q10, q50, q90])) / width)

    start = np.array([q50, np.log(half), np.log(half)])
    mode, left, right = optimize.least_squares(miss, start, xtol=1e-12, ftol=1e-12, gtol=1e-12).x
    return float(mode - np.exp(left)), float(mode), float(mode + np.exp(right))
