"""Lists of unequal make: sample coverage over three or more, and richness by rare counts."""

import math
from itertools import combinations

import numpy as np
import numpy.typing as npt

from echelon.readiness.audits.closed import chao
from echelon.readiness.audits.counts import Capture, Histories
from echelon.readiness.audits.two import Estimate

RARE = 10
"""Gaps found this often or less are rare in the coverage estimator of abundance."""


def sample_coverage_lists(histories: Histories) -> tuple[Estimate, Estimate, Estimate]:
    """Total by sample coverage: lists independent, lists dependent (high coverage), and one step (low coverage).

    C = 1 - mean of f1i/ni, D = S - mean of f1i, with f1i the gaps found by list i alone. A pair's dependence is
    N n_ij / (n_i n_j) - 1, and counts for the gaps found by i or j and by none of the other lists; N is D/C where
    lists are independent, is solved for in the second form, and follows from one step in the third.
    Source: Chao and Tsay 1998; Chao, Tsay, Lin, Shau and Chao 2001 (R package CARE1).

    histories : bool [gap, list].
    """
    table = histories[histories.any(axis=1)]
    t = table.shape[1]
    n, single = table.sum(axis=0), table[table.sum(axis=1) == 1].sum(axis=0)
    share = 1.0 - float((single / n).mean())
    plain = (len(table) - float(single.mean())) / share
    slope = offset = 0.0
    for i, j in combinations(range(t), 2):
        alone = table[~np.delete(table, [i, j], axis=1).any(axis=1)]
        weight = float(alone[:, i].sum() + alone[:, j].sum()) / (t * share)
        slope += weight * float((table[:, i] & table[:, j]).sum()) / (float(n[i]) * float(n[j]))
        offset += weight
    high = (plain - offset) / (1.0 - slope) if slope < 1.0 else math.inf
    step = plain + slope * plain - offset
    low = plain + slope * step - offset
    return (
        Estimate("coverage of lists, independent", plain),
        Estimate("coverage of lists, high", high),
        Estimate("coverage of lists, low", low),
    )


def chao1(found: Capture) -> Estimate:
    """Richness where occasions cannot be told apart: S + f1^2 / (2 f2) (Chao 1984)."""
    made = chao(found)
    return Estimate("Chao1", made.total, made.error)


def ace(found: Capture) -> Estimate:
    """Richness by the coverage of rare gaps, corrected for strong heterogeneity: ACE-1 (Chao and Lee 1992).

    Error by the delta method over the counts of counts.
    """
    f = found.by_times.astype(float)
    middle = _ace(f)
    step = 1e-4
    slopes = np.array([(_ace(f + step * unit) - _ace(f - step * unit)) / (2.0 * step) for unit in np.eye(len(f))])
    variance = float(slopes**2 @ f) - float(slopes @ f) ** 2 / middle
    return Estimate("ACE-1", middle, math.sqrt(max(0.0, variance)))


def _ace(f: npt.NDArray[np.float64]) -> float:
    k = np.arange(1, len(f) + 1)
    rare = k <= RARE
    seen_rare, common = float(f[rare].sum()), float(f[~rare].sum())
    finds = float((k * f)[rare].sum())
    pairs = float((k * (k - 1) * f)[rare].sum())
    share = 1.0 - float(f[0]) / finds
    variation = max(0.0, seen_rare / share * pairs / (finds * (finds - 1.0)) - 1.0)
    strong = max(0.0, variation * (1.0 + finds * (1.0 - share) * pairs / (finds * (finds - 1.0) * share)))
    return common + seen_rare / share + float(f[0]) / share * strong
