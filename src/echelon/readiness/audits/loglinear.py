"""Log-linear models of a closed round: Poisson regression over all histories that can be seen (Rivest and Lévesque)."""

import math
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from echelon.readiness.audits.counts import Histories
from echelon.readiness.audits.two import Estimate

Model = Literal["M0", "Mt", "Mh", "Mth", "Mb", "Mbh"]
Shape = Literal["chao", "poisson2", "darroch"]
Floats = npt.NDArray[np.float64]

MOST_AUDITORS = 12
"""Auditors for which all 2^t histories are listed."""

MOST_ROUNDS, CLOSE = 200, 1e-8
"""When the regression stops: as R does, so that the printed digits agree."""


@dataclass(frozen=True, slots=True)
class LogLinear:
    """A fitted model: the total, its error, deviance and AIC."""

    estimate: Estimate
    deviance: float
    aic: float


def tally(histories: Histories) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Every history that can be seen, and how often each was.

    Raises
    ------
    ValueError
        With more than `MOST_AUDITORS` auditors.
    """
    t = histories.shape[1]
    if t > MOST_AUDITORS:
        msg = f"a log-linear model lists all histories, so it takes at most {MOST_AUDITORS} auditors, not {t}"
        raise ValueError(msg)
    every = np.array([row for row in product((True, False), repeat=t) if any(row)], np.bool_)
    place = {tuple(row): n for n, row in enumerate(every.tolist())}
    counts = np.zeros(len(every))
    for row in histories.tolist():
        if any(row):
            counts[place[tuple(row)]] += 1.0
    return every, counts


def fit(histories: Histories, model: Model, shape: Shape = "chao") -> LogLinear:
    """Fit one model to capture histories.

    Parameters
    ----------
    histories : bool [gap, auditor].
    model : what differs: nothing, the auditor (t), the gap (h), both, the first find (b), both gap and first find (bh).
    shape : how gaps differ: chao (a floor), poisson2 (2^k - 1), darroch (k^2 / 2); k is by how many it was found.

    Notes
    -----
    The unseen are exp of the intercept; their variance is mu + mu^2 var(intercept). In Chao's form a negative
    difference between gaps is set to none. Source: Rivest and Baillargeon 2007, R package Rcapture.
    """
    every, counts = tally(histories)
    if model in ("Mb", "Mbh"):
        return _first_finds(every, counts, with_first=model == "Mbh")
    return fit_counts(every, counts, model, shape)


def fit_counts(every: npt.NDArray[np.bool_], counts: Floats, model: Model, shape: Shape = "chao") -> LogLinear:
    """The same from counts of histories, whole or not."""
    t = every.shape[1]
    k = every.sum(axis=1).astype(float)
    base = every.astype(float) if model in ("Mt", "Mth") else k[:, None]
    more = _heterogeneity(k, t, shape) if model in ("Mh", "Mth") else np.zeros((len(k), 0))
    while True:
        design = np.column_stack([np.ones(len(k)), base, more])
        beta, cov, mu = _poisson(design, counts)
        gap = beta[1 + base.shape[1] :]
        if shape != "chao" or not len(gap) or gap.min() >= 0.0:
            break
        more = np.delete(more, int(gap.argmin()), axis=1)
    unseen = math.exp(beta[0])
    total = float(counts.sum()) + unseen
    return _made(f"{model} {shape}", total, unseen + unseen**2 * cov[0, 0], counts, mu, design.shape[1])


def _heterogeneity(k: Floats, t: int, shape: Shape) -> Floats:
    if shape == "poisson2":
        return (2.0**k - 1.0)[:, None]
    if shape == "darroch":
        return (k**2 / 2.0)[:, None]
    if t < 3:
        return np.zeros((len(k), 0))
    return np.column_stack([np.maximum(k - j, 0.0) for j in range(2, t)])


def _poisson(design: Floats, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, their covariance and the fitted counts, by iterated least squares."""
    mu = counts + 0.1
    eta = np.log(mu)
    before = math.inf
    cov: Floats = np.eye(design.shape[1])
    beta: Floats = np.zeros(design.shape[1])
    for _ in range(MOST_ROUNDS):
        work = eta + (counts - mu) / mu
        weighted = design.T * mu
        cov = np.asarray(np.linalg.pinv(weighted @ design), np.float64)
        beta = cov @ (weighted @ work)
        eta = np.clip(design @ beta, -30.0, 30.0)
        mu = np.exp(eta)
        deviance = _deviance(counts, mu)
        if abs(deviance - before) < CLOSE * (abs(deviance) + 0.1):
            break
        before = deviance
    return beta, cov, mu


def _deviance(counts: Floats, mu: Floats) -> float:
    return float(2.0 * (xlogy(counts, counts / mu) - (counts - mu)).sum())


def _made(name: str, total: float, variance: float, counts: Floats, mu: Floats, size: int) -> LogLinear:
    likelihood = float((xlogy(counts, mu) - mu - gammaln(counts + 1.0)).sum())
    estimate = Estimate(f"log-linear {name}", total, math.sqrt(max(0.0, variance)))
    return LogLinear(estimate, _deviance(counts, mu), 2.0 * size - 2.0 * likelihood)


def mt_corrected(histories: Histories) -> Estimate:
    """Mt corrected for bias: (t-2)/2t is added to each history of one find, 2/(t(t-1)) to each of two.

    Source: Rivest and Lévesque 2001. For three auditors or more.
    """
    every, counts = tally(histories)
    t = every.shape[1]
    k = every.sum(axis=1)
    changed = counts + (k == 1) * (t - 2.0) / (2.0 * t) + (k == 2) * 2.0 / (t * (t - 1.0))
    made = fit_counts(every, changed, "Mt").estimate
    return Estimate("Mt, corrected", made.total - float(changed.sum() - counts.sum()), made.error)


def _first_finds(every: npt.NDArray[np.bool_], counts: Floats, *, with_first: bool) -> LogLinear:
    """Mb and Mbh: log mu = a + d (i-1) + e r, i the first find and r finds after it; Mbh frees the first auditor."""
    t = every.shape[1]
    first = every.argmax(axis=1).astype(float)
    again = every.sum(axis=1) - 1.0
    columns = [np.ones(len(every)), first, again]
    if with_first:
        columns.append((first == 0).astype(float))
    design = np.column_stack(columns)
    beta, cov, mu = _poisson(design, counts)

    def unseen(free: Floats) -> float:
        # (1-p) and the odds of a find again follow from the slopes; those never found would come after auditor t.
        refind = 1.0 / (1.0 + math.exp(-free[2]))
        stay = math.exp(free[1]) * (1.0 - refind)
        top = math.exp(free[0]) / (1.0 - refind) ** (t - 1)
        return top * stay**t / (1.0 - stay) if stay < 1.0 else math.inf

    middle = unseen(beta)
    step = 1e-6
    slopes = np.array(
        [(unseen(beta + step * row) - unseen(beta - step * row)) / (2 * step) for row in np.eye(len(beta))]
    )
    variance = middle + float(slopes @ cov @ slopes)
    return _made("Mbh" if with_first else "Mb", float(counts.sum()) + middle, variance, counts, mu, design.shape[1])


def profile_interval(histories: Histories, level: float = 0.95) -> tuple[float, float, float]:
    """Total of Mt by multinomial likelihood, and the interval where the profile stays near its top.

    Returns
    -------
    low, total, high
        Whole and half numbers do not matter: the unseen run over reals.
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.stats import chi2

    every, counts = tally(histories)
    design = np.column_stack([np.ones(len(counts) + 1), np.vstack([every, np.zeros(every.shape[1])]).astype(float)])

    def likelihood(unseen: float) -> float:
        full = np.append(counts, unseen)
        _, _, mu = _poisson(design, full)
        total = full.sum()
        return float((xlogy(full, mu / total) - gammaln(full + 1.0)).sum() + gammaln(total + 1.0))

    top = minimize_scalar(lambda u: -likelihood(u), bounds=(1e-6, 20.0 * counts.sum()), method="bounded")
    edge = -float(top.fun) - float(chi2.ppf(level, 1)) / 2.0
    seen, best = float(counts.sum()), float(top.x)
    low = brentq(lambda u: likelihood(u) - edge, 1e-9, best) if likelihood(1e-9) < edge else 0.0
    high = brentq(lambda u: likelihood(u) - edge, best, 50.0 * (best + 10.0))
    return seen + low, seen + best, seen + high
