"""Gaps: means over futures, mostly of differences between two lives of the same ones, with their standard errors."""

from typing import NamedTuple

import numpy as np

from echelon.futures.arrays import F8


class Gap(NamedTuple):
    """A mean over futures, mostly of differences between two lives of the same ones, and its standard error."""

    mean: float
    se: float

    @property
    def sure(self) -> bool:
        """Whether it lies more than two standard errors from nought."""
        return abs(self.mean) > 2.0 * self.se


def gap(differences: F8) -> Gap:
    """Mean of f8[future] and its standard error (nought where there is only one future)."""
    count = len(differences)
    spread = float(differences.std(ddof=1)) if count > 1 else 0.0
    return Gap(float(differences.mean()), spread / float(np.sqrt(count)))
