"""Canonical analysis of a quadratic surface: where it is stationary, and how it bends there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon.supply.process.fit import Fit
from echelon.supply.process.model import settings_of
from echelon.supply.process.table import F8, Experiments, inside, point

ROUNDING = 1e-10
"""Share of the largest coefficient below which a curvature is rounding."""

RIDGE = 1e-6
"""An eigenvalue under this share of the largest counts as none."""


@dataclass(frozen=True)
class Canonical:
    """A stationary point.

    Attributes
    ----------
    at : levels of the categorical factors, by name.
    coded : (k,) stationary point, coded; nan where there is none. plain : the same in units, by factor.
    value : predicted mean there, of the average block.
    eigenvalues : descending. eigenvectors : one column each.
    kind : maximum, minimum, saddle or ridge.
    inside : whether the point lies where experiments were made.
    """

    at: dict[str, str]
    coded: F8
    plain: dict[str, float | str]
    value: float
    eigenvalues: F8
    eigenvectors: F8
    kind: str
    inside: bool

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "at": self.at,
            "kind": self.kind,
            "coded": self.coded.tolist(),
            "point": self.plain,
            "value": self.value,
            "inside": self.inside,
            "eigenvalues": self.eigenvalues.tolist(),
            "eigenvectors": self.eigenvectors.tolist(),
        }


def canonical(experiments: Experiments, fit: Fit) -> tuple[Canonical, ...]:
    """Stationary points, one for each combination of categorical levels; none without every quadratic term."""
    numeric = experiments.numeric
    fitted = {term.parts: value for term, value in zip(fit.model.terms, fit.beta, strict=True)}
    if not numeric or any(((i, 0), (i, 0)) not in fitted for i in numeric):
        return ()
    matrix = np.zeros((len(numeric), len(numeric)))
    for a, i in enumerate(numeric):
        matrix[a, a] = fitted[(i, 0), (i, 0)]
        for b, j in enumerate(numeric[a + 1 :], start=a + 1):
            matrix[a, b] = matrix[b, a] = 0.5 * fitted.get(((i, 0), (j, 0)), 0.0)
    values, vectors = np.linalg.eigh(matrix)
    values, vectors = values[::-1], vectors[:, ::-1]
    return tuple(
        _one(experiments, fit, combination, matrix, values, vectors) for combination in settings_of(experiments.factors)
    )


def _one(
    experiments: Experiments, fit: Fit, combination: tuple[int, ...], matrix: F8, values: F8, vectors: F8
) -> Canonical:
    numeric = list(experiments.numeric)
    words = [i for i, factor in enumerate(experiments.factors) if factor.categorical]
    base = np.zeros(len(experiments.factors))
    base[words] = combination
    # The slope at the centre, by a difference that is exact for a quadratic.
    ends = np.repeat(base[None], 2 * len(numeric), axis=0)
    for a, i in enumerate(numeric):
        ends[2 * a, i], ends[2 * a + 1, i] = 1.0, -1.0
    means = fit.predict(ends)
    slope = 0.5 * (means[::2] - means[1::2])
    largest, size = np.abs(values).max(), float(np.abs(fit.beta).max())
    flat = np.abs(values) <= max(RIDGE * largest, ROUNDING * size)
    at = {
        experiments.factors[i].name: experiments.factors[i].levels[level]
        for i, level in zip(words, combination, strict=True)
    }
    coded = base.copy()
    if flat.any():
        coded[numeric] = np.nan
        plain: dict[str, float | str] = {}
        return Canonical(at, coded, plain, float("nan"), values, vectors, "ridge", False)
    coded[numeric] = -0.5 * np.linalg.solve(matrix, slope)
    kind = "maximum" if (values < 0).all() else "minimum" if (values > 0).all() else "saddle"
    within = bool(inside(experiments, coded[None])[0])
    value = float(fit.predict(coded[None])[0])
    return Canonical(at, coded, point(experiments, coded.tolist()), value, values, vectors, kind, within)
