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
from scipy.special import ndtr, ndtri

from echelon.futures.arrays import F8

GRID = np.linspace(-8.5, 8.5, 273)
GRID_WEIGHT = np.exp(-0.5 * GRID**2) / np.exp(-0.5 * GRID**2).sum()

MOST_STEPS = 80


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
    cut = np.where(pos <= 0.0, -np.inf, np.inf)
    todo = np.flatnonzero((pos > 0.0) & (pos < 1.0))
    shared, weight, residual = reached.shared[todo], reached.weight[todo], reached.residual[todo]
    target = pos[todo]
    low, high = shared.min(axis=1) - 10.0, shared.max(axis=1) + 10.0
    centre = (weight * shared).sum(axis=1)
    width = np.sqrt((weight * (shared - centre[:, None]) ** 2).sum(axis=1) + residual**2)
    at = np.clip(centre + width * ndtri(target), low, high)
    left = np.arange(todo.size)
    for _ in range(MOST_STEPS):
        here, rest = at[left], residual[left]
        z = (here[:, None] - shared[left]) / rest[:, None]
        gap = (weight[left] * ndtr(z)).sum(axis=1) - target[left]
        low[left] = np.where(gap < 0.0, here, low[left])
        high[left] = np.where(gap < 0.0, high[left], here)
        slope = (weight[left] * np.exp(-0.5 * z * z)).sum(axis=1) / (rest * math.sqrt(2.0 * math.pi))
        better = here - np.divide(gap, slope, out=np.full(left.size, np.inf), where=slope > 0.0)
        inside = (better > low[left]) & (better < high[left])
        at[left] = np.where(inside, better, 0.5 * (low[left] + high[left]))
        left = left[np.abs(at[left] - here) > 1e-14]
        if not left.size:
            break
    cut[todo] = at
    return cut


def thresholds(mean: F8, variance: F8, residual: F8, pos: F8) -> F8:
    """Thresholds of whole chains, see `advance`; rows that are alike are solved once."""
    alike = np.column_stack([mean, variance, residual, np.nan_to_num(pos, nan=-1.0)])
    _, first, back = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    found, _ = advance(start(mean[first], variance[first], residual[first]), pos[first])
    return np.asarray(found[back.ravel()])


def posterior(loadings: F8, residual: F8, past: F8, sweeps: int = 100) -> Posterior:
    """Factors given that every program passed its past stages.

    loadings : f8[n, k]; residual : f8[n]; past : f8[n, j] PoS of the stages passed, nan pads the end.
    """
    factors = loadings.shape[1]
    if not factors:
        return Posterior(np.zeros(0), np.zeros((0, 0)))
    prior = (loadings**2).sum(axis=1)
    seen = np.flatnonzero(np.isfinite(past).any(axis=1) & (prior > 0))
    rows, rest = loadings[seen], residual[seen]
    before = thresholds(np.zeros(seen.size), prior[seen], rest, past[seen])
    tau, nu = np.zeros(seen.size), np.zeros(seen.size)
    covariance = rows @ rows.T
    pace, last = 1.0, math.inf
    for _ in range(sweeps):
        centre, variance = _beliefs(covariance, tau, nu)
        cavity_precision = np.maximum(1.0 / variance - tau, 1e-9)
        cavity_mean = (centre / variance - nu) / cavity_precision
        tilted_mean, tilted_variance = _tilted(cavity_mean, 1.0 / cavity_precision, rest, before)
        new_tau = np.maximum(1.0 / tilted_variance - cavity_precision, 0.0)
        new_nu = tilted_mean / tilted_variance - cavity_mean * cavity_precision
        change = np.abs(new_tau - tau).max(initial=0.0) + np.abs(new_nu - nu).max(initial=0.0)
        if change > 2.0 * last:
            pace *= 0.7
        last = change
        tau += pace * (new_tau - tau)
        nu += pace * (new_nu - nu)
        if change < 1e-12:
            break
    precision = np.eye(factors) + (rows * tau[:, None]).T @ rows
    root = np.linalg.cholesky(precision)
    mean = np.linalg.solve(precision, rows.T @ nu)
    return Posterior(np.asarray(mean, np.float64), np.asarray(root, np.float64))


def _beliefs(covariance: F8, tau: F8, nu: F8) -> tuple[F8, F8]:
    # Mean and variance of each shared value under its prior and all sites (Rasmussen and Williams 2006, 3.5).
    scale = np.sqrt(tau)
    scaled = scale[:, None] * covariance
    moved = np.linalg.solve(np.eye(len(tau)) + scaled * scale, scaled)
    centre = covariance @ nu - scaled.T @ (moved @ nu)
    return np.asarray(centre), np.asarray(np.diag(covariance) - (scaled * moved).sum(axis=0))


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
