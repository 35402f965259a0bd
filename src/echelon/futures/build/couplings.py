"""Couplings: what outcomes share, given the outcomes known at as_of, and the thresholds that keep each stated PoS.

Outcome j of program p passes when its latent value X = G_p + s_p e is at or under a threshold, with G_p = sum of
loading x factor, factors standard normal beforehand, e standard normal and s_p^2 = 1 - sum of squared loadings.
Stages already passed are evidence on the factors; their posterior is taken as normal by expectation propagation
(Minka 2001), one moment-matched site per program. Thresholds of the stages to come are then solved in stage order,
so that P(pass | reached) equals the stated PoS under the very distribution that is sampled.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.special import ndtr, ndtri

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
        half = solve_triangular(self.precision_root, loadings.T, lower=True)
        return loadings @ self.mean, (half**2).sum(axis=0)


@dataclass(frozen=True)
class Reached:
    """Distribution of shared values given that every stage so far was passed: f8[n, grid] values and their weights."""

    shared: F8
    weight: F8
    residual: F8

    def rows(self, rows: np.ndarray) -> "Reached":
        """Some rows of it."""
        return Reached(self.shared[rows], self.weight[rows], self.residual[rows])


def start(mean: F8, variance: F8, residual: F8) -> Reached:
    """Distribution before any stage ahead, from the mean and variance f8[n] of the shared values."""
    shared = mean[:, None] + np.sqrt(variance)[:, None] * GRID[None, :]
    return Reached(shared, np.broadcast_to(GRID_WEIGHT, shared.shape).copy(), residual)


def advance(reached: Reached, pos: F8) -> tuple[F8, Reached]:
    """Thresholds f8[n, j] so that stage j of row n passes with probability pos[n, j] given that j was reached.

    pos : f8[n, j], nan pads the end of a shorter chain. Also returns the distribution after the last stage.
    """
    found = np.full(pos.shape, np.nan)
    weight = reached.weight.copy()
    for j in range(pos.shape[1]):
        live = np.flatnonzero(np.isfinite(pos[:, j]))
        if not live.size:
            break
        now = Reached(reached.shared[live], weight[live], reached.residual[live])
        cut = solve(now, pos[live, j])
        found[live, j] = cut
        kept = now.weight * ndtr((cut[:, None] - now.shared) / now.residual[:, None])
        total = kept.sum(axis=1, keepdims=True)
        weight[live] = np.where(total > 0, kept / np.where(total > 0, total, 1.0), now.weight)
    return found, Reached(reached.shared, weight, reached.residual)


def solve(reached: Reached, pos: F8) -> F8:
    """Threshold f8[n] at which the mean of P(pass | shared value) is `pos`: Newton's steps, kept inside a bracket."""
    shared, weight, residual = reached.shared, reached.weight, reached.residual
    low = shared.min(axis=1) - 10.0
    high = shared.max(axis=1) + 10.0
    centre = (weight * shared).sum(axis=1)
    spread = np.sqrt((weight * (shared - centre[:, None]) ** 2).sum(axis=1) + residual**2)
    cut = np.clip(centre + spread * ndtri(np.clip(pos, 1e-300, 1.0 - 1e-16)), low, high)
    for _ in range(200):
        z = (cut[:, None] - shared) / residual[:, None]
        gap = (weight * ndtr(z)).sum(axis=1) - pos
        low = np.where(gap < 0.0, cut, low)
        high = np.where(gap < 0.0, high, cut)
        slope = (weight * np.exp(-0.5 * z * z)).sum(axis=1) / (residual * math.sqrt(2.0 * math.pi))
        step = np.divide(gap, slope, out=np.full(len(cut), np.inf), where=slope > 0.0)
        better = cut - step
        better = np.where((better > low) & (better < high), better, 0.5 * (low + high))
        moved = np.abs(better - cut).max(initial=0.0)
        cut = better
        if moved < 1e-14:
            break
    cut[pos <= 0.0] = -np.inf
    cut[pos >= 1.0] = np.inf
    return np.asarray(cut, np.float64)


def thresholds(mean: F8, variance: F8, residual: F8, pos: F8) -> F8:
    """Thresholds of whole chains, see `advance`; rows that are alike are solved once."""
    alike = np.column_stack([mean, variance, residual, np.nan_to_num(pos, nan=-1.0)])
    _, first, back = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    found, _ = advance(start(mean[first], variance[first], residual[first]), pos[first])
    return np.asarray(found[back.ravel()])


def posterior(loadings: F8, residual: F8, past: F8, sweeps: int = 60) -> Posterior:
    """Factors given that every program passed its past stages.

    loadings : f8[n, k]; residual : f8[n]; past : f8[n, j] PoS of the stages passed, nan pads the end.
    """
    programs, factors = loadings.shape
    if not factors:
        return Posterior(np.zeros(0), np.zeros((0, 0)))
    before = thresholds(np.zeros(programs), (loadings**2).sum(axis=1), residual, past)
    seen = np.flatnonzero(np.isfinite(past).any(axis=1) & ((loadings**2).sum(axis=1) > 0))
    rows = loadings[seen]
    tau, nu = np.zeros(len(seen)), np.zeros(len(seen))
    root, mean = _moments(rows, tau, nu)
    for _ in range(sweeps):
        variance = (solve_triangular(root, rows.T, lower=True) ** 2).sum(axis=0)
        centre = rows @ mean
        cavity_precision = np.maximum(1.0 / variance - tau, 1e-9)
        cavity_mean = (centre / variance - nu) / cavity_precision
        tilted_mean, tilted_variance = _tilted(cavity_mean, 1.0 / cavity_precision, residual[seen], before[seen])
        new_tau = np.maximum(1.0 / tilted_variance - cavity_precision, 0.0)
        new_nu = tilted_mean / tilted_variance - cavity_mean * cavity_precision
        change = np.abs(new_tau - tau).max(initial=0.0) + np.abs(new_nu - nu).max(initial=0.0)
        tau += 0.6 * (new_tau - tau)
        nu += 0.6 * (new_nu - nu)
        root, mean = _moments(rows, tau, nu)
        if change < 1e-10:
            break
    return Posterior(mean, root)


def _moments(loadings: F8, tau: F8, nu: F8) -> tuple[F8, F8]:
    # Lower Cholesky factor of the precision, and the mean.
    precision = np.eye(loadings.shape[1]) + (loadings * tau[:, None]).T @ loadings
    root = np.linalg.cholesky(precision)
    mean = cho_solve((root, True), loadings.T @ nu)
    return np.asarray(root, np.float64), np.asarray(mean, np.float64)


def _tilted(mean: F8, variance: F8, residual: F8, before: F8) -> tuple[F8, F8]:
    # Moments of a normal times the probability of all past passes.
    shared = mean[:, None] + np.sqrt(variance)[:, None] * GRID[None, :]
    weight: F8 = np.broadcast_to(GRID_WEIGHT, shared.shape).copy()
    for j in range(before.shape[1]):
        live = ~np.isnan(before[:, j])
        weight[live] *= ndtr((before[live, j][:, None] - shared[live]) / residual[live, None])
    weight /= weight.sum(axis=1, keepdims=True)
    centre = (weight * shared).sum(axis=1)
    return centre, (weight * (shared - centre[:, None]) ** 2).sum(axis=1)
