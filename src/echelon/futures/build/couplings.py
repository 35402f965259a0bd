"""Couplings: what outcomes share, given the outcomes known at as_of, and the thresholds that keep each stated PoS.

Outcome j of program p passes when its latent value X = G_p + s_p e is at or under a threshold, with G_p = sum of
loading x factor, factors standard normal beforehand, e standard normal and s_p^2 = 1 - sum of squared loadings.
Stages already passed are evidence on the factors; their posterior is taken as normal by expectation propagation
(Minka 2001), one moment-matched site per program. Thresholds of the stages to come are then solved in stage order,
so that P(pass | reached) equals the stated PoS under the very distribution that is sampled.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from echelon.futures.model import F8

GRID = np.linspace(-8.5, 8.5, 273)
GRID_WEIGHT = np.exp(-0.5 * GRID**2) / np.exp(-0.5 * GRID**2).sum()


@dataclass(frozen=True)
class Posterior:
    """Normal distribution of the factors: f8[k] mean and the f8[k, k] lower Cholesky factor of the precision."""

    mean: F8
    precision_root: F8

    def of(self, loadings: F8) -> tuple[F8, F8]:
        """Mean and variance of each row of loadings f8[n, k] times the factors."""
        if not self.mean.size:
            return np.zeros(len(loadings)), np.zeros(len(loadings))
        half = np.linalg.solve(self.precision_root, loadings.T)
        return loadings @ self.mean, (half**2).sum(axis=0)


def thresholds(mean: F8, variance: F8, residual: F8, pos: F8) -> F8:
    """Thresholds f8[n, j] so that stage j of row n passes with probability pos[n, j] given that j was reached.

    mean, variance : f8[n], normal distribution of the shared value; residual : f8[n]; pos : f8[n, j], nan pads
    the end of a shorter chain.
    """
    found = np.full(pos.shape, np.nan)
    shared = mean[:, None] + np.sqrt(variance)[:, None] * GRID[None, :]
    weight = np.broadcast_to(GRID_WEIGHT, shared.shape).copy()
    for j in range(pos.shape[1]):
        live = np.isfinite(pos[:, j])
        if not live.any():
            break
        cut = solve(shared[live], weight[live], residual[live], pos[live, j])
        found[live, j] = cut
        passes = ndtr((cut[:, None] - shared[live]) / residual[live, None])
        kept = weight[live] * passes
        total = kept.sum(axis=1, keepdims=True)
        weight[live] = np.where(total > 0, kept / np.where(total > 0, total, 1.0), weight[live])
    return found


def solve(shared: F8, weight: F8, residual: F8, pos: F8) -> F8:
    """Threshold f8[n] at which the weighted mean of P(pass | shared value) is `pos`, by bisection to the last bit."""
    low = shared.min(axis=1) - 10.0
    high = shared.max(axis=1) + 10.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        passes = (weight * ndtr((middle[:, None] - shared) / residual[:, None])).sum(axis=1)
        under = passes < pos
        low = np.where(under, middle, low)
        high = np.where(under, high, middle)
    cut = 0.5 * (low + high)
    cut[pos <= 0.0] = -np.inf
    cut[pos >= 1.0] = np.inf
    return cut


def posterior(loadings: F8, residual: F8, past: F8, sweeps: int = 60) -> Posterior:
    """Factors given that every program passed its past stages.

    loadings : f8[n, k]; residual : f8[n]; past : f8[n, j] PoS of the stages passed, nan pads the end.
    """
    programs, factors = loadings.shape
    if not factors:
        return Posterior(np.zeros(0), np.zeros((0, 0)))
    before = thresholds(np.zeros(programs), (loadings**2).sum(axis=1), residual, past)
    seen = np.flatnonzero(np.isfinite(past).any(axis=1) & ((loadings**2).sum(axis=1) > 0))
    tau, nu = np.zeros(programs), np.zeros(programs)
    root, mean = _moments(loadings, tau, nu)
    for _ in range(sweeps):
        half = np.linalg.solve(root, loadings[seen].T)
        variance = (half**2).sum(axis=0)
        centre = loadings[seen] @ mean
        cavity_precision = np.maximum(1.0 / variance - tau[seen], 1e-9)
        cavity_mean = (centre / variance - nu[seen]) / cavity_precision
        tilted_mean, tilted_variance = _tilted(cavity_mean, 1.0 / cavity_precision, residual[seen], before[seen])
        new_tau = np.maximum(1.0 / tilted_variance - cavity_precision, 0.0)
        new_nu = tilted_mean / tilted_variance - cavity_mean * cavity_precision
        change = np.abs(new_tau - tau[seen]).max(initial=0.0) + np.abs(new_nu - nu[seen]).max(initial=0.0)
        tau[seen] += 0.6 * (new_tau - tau[seen])
        nu[seen] += 0.6 * (new_nu - nu[seen])
        root, mean = _moments(loadings, tau, nu)
        if change < 1e-10:
            break
    return Posterior(mean, root)


def _moments(loadings: F8, tau: F8, nu: F8) -> tuple[F8, F8]:
    # Lower Cholesky factor of the precision, and the mean.
    precision = np.eye(loadings.shape[1]) + (loadings * tau[:, None]).T @ loadings
    root = np.linalg.cholesky(precision)
    mean = np.linalg.solve(root.T, np.linalg.solve(root, loadings.T @ nu))
    return root, mean


def _tilted(mean: F8, variance: F8, residual: F8, before: F8) -> tuple[F8, F8]:
    # Moments of a normal times the probability of all past passes.
    shared = mean[:, None] + np.sqrt(variance)[:, None] * GRID[None, :]
    weight = np.broadcast_to(GRID_WEIGHT, shared.shape).copy()
    for j in range(before.shape[1]):
        live = ~np.isnan(before[:, j])
        weight[live] *= ndtr((before[live, j][:, None] - shared[live]) / residual[live, None])
    weight /= weight.sum(axis=1, keepdims=True)
    centre = (weight * shared).sum(axis=1)
    return centre, (weight * (shared - centre[:, None]) ** 2).sum(axis=1)
