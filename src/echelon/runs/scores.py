"""Scores: how well predicted distributions told what came: coverage, CRPS, Brier, calibration, PIT.

A prediction is a sample of futures. What happened is a number, or a time that is known only to lie after a window
(censored). Formulas: CRPS and its sample form, Gneiting & Raftery 2007 (J Am Stat Assoc 102:359-378); the PIT of what
is known only to lie in an interval, Czado, Gneiting & Held 2009 (Biometrics 65:1254-1261); Wilson 1927 for shares.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from echelon.futures.arrays import F8

HALF, MOST = (0.25, 0.75), (0.10, 0.90)
"""Central bands of 50 and 80 %, as levels of the predicted distribution."""

Interval = tuple[float, float]


def crps_sample(values: F8, outcome: float) -> float:
    """CRPS of the empirical distribution of a sample, in the unit of the values; smaller is better.

    mean |x - y| less half the mean |x - x'| over all pairs, the second by the sorted formula, exact.
    """
    x = np.sort(np.asarray(values, float))
    n = x.size
    weight = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float(np.abs(x - outcome).mean() - (weight @ x) / (n * n))


def crps_time(times: F8, chances: F8 | float, outcome: float, window: float) -> float:
    """CRPS of a time within a window: the integral from 0 to `window` of (F(t) - 1{outcome <= t}) squared.

    Parameters
    ----------
    times : predicted times; infinite where it never comes.
    chances : probability of each; one number where they are equally likely. What is missing to 1 is never.
    outcome : when it came; infinite if not within the window.
    window : how long was watched.

    Returns
    -------
    float
        In the unit of the times. The integrand is constant between times, so the integral is exact.
    """
    t = np.asarray(times, float)
    p = np.broadcast_to(np.asarray(chances, float), t.shape)
    order = np.argsort(t, kind="stable")
    t, p = t[order], p[order]
    inside = t < window
    knots = np.concatenate([[0.0], np.maximum(t[inside], 0.0)])
    height = np.concatenate([[0.0], np.cumsum(p[inside])])
    came = min(max(outcome, 0.0), window)
    return float(_area(knots, height**2, 0.0, came) + _area(knots, (1.0 - height) ** 2, came, window))


def _area(knots: F8, height: F8, low: float, high: float) -> float:
    # Integral from low to high of a step function that takes height[i] from knots[i] on.
    left = np.clip(knots, low, high)
    right = np.clip(np.append(knots[1:], np.inf), low, high)
    return float(((right - left) * height).sum())


def pit(values: F8, outcome: float) -> Interval:
    """Where the outcome lies in the predicted distribution: share of futures under it, and at or under it."""
    x = np.asarray(values, float)
    return float((x < outcome).mean()), float((x <= outcome).mean())


def pit_time(times: F8, outcome: float, window: float) -> Interval:
    """The same for a time; of one that did not come within the window only its lower end is known."""
    if outcome <= window:
        return pit(times, outcome)
    return float((np.asarray(times, float) <= window).mean()), 1.0


def covered(place: Interval, band: Interval) -> float:
    """Share of an outcome that a central band covers: 1 or 0, or a part of what is known only as an interval."""
    low, high = place
    if high <= low:
        return 1.0 if band[0] <= low <= band[1] else 0.0
    return max(0.0, min(high, band[1]) - max(low, band[0])) / (high - low)


def wilson(hits: float, n: int, z: float = 1.959964) -> Interval:
    """Interval of a share by Wilson's score, of 95 % by default; it takes the n outcomes as independent."""
    if n == 0:
        return 0.0, 1.0
    share, s = hits / n, z * z / n
    middle = (share + 0.5 * s) / (1.0 + s)
    half = math.sqrt(share * (1.0 - share) * s + 0.25 * s * s) / (1.0 + s)
    return max(0.0, middle - half), min(1.0, middle + half)


def brier(chances: Sequence[float], came: Sequence[bool]) -> float:
    """Mean squared distance of probabilities from what came (1 or 0); nan where there is nothing."""
    if not chances:
        return math.nan
    return float(np.mean((np.asarray(chances, float) - np.asarray(came, float)) ** 2))


def reliability(chances: Sequence[float], came: Sequence[bool], bins: int = 10) -> pl.DataFrame:
    """Of what was given about the same probability, the share that came: one row per bin that holds anything.

    Columns: low and high of the bin, n, predicted (mean probability), came (count), share, share_low, share_high.
    """
    p, o = np.asarray(chances, float), np.asarray(came, float)
    place = np.minimum((p * bins).astype(int), bins - 1) if p.size else np.zeros(0, int)
    rows = []
    for b in range(bins):
        mine = place == b
        n = int(mine.sum())
        if n == 0:
            continue
        hits = float(o[mine].sum())
        low, high = wilson(hits, n)
        rows.append((b / bins, (b + 1) / bins, n, float(p[mine].mean()), hits, hits / n, low, high))
    names = ("low", "high", "n", "predicted", "came", "share", "share_low", "share_high")
    kinds = [pl.Int64 if name == "n" else pl.Float64 for name in names]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def pit_histogram(places: Iterable[Interval], bins: int = 10) -> F8:
    """How many outcomes fall in each tenth of their predicted distribution, f8[bin]; flat if the model is right.

    What is known only as an interval is spread evenly over it.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    count = np.zeros(bins)
    for low, high in places:
        if high <= low:
            count[min(int(low * bins), bins - 1)] += 1.0
        else:
            count += np.maximum(0.0, np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])) / (high - low)
    return count
