"""Across audits with repairs between: only first detections count, by removal and by reliability growth."""

import math
from collections.abc import Sequence
from itertools import count

import numpy as np
from scipy.special import gammaln

from echelon.readiness.audits.two import Estimate

MOST_STEPS = 1_000_000


def _sums(first: Sequence[int]) -> tuple[int, int, int]:
    """Audits k, all first detections T, and X = sum (k-i) u_i."""
    k = len(first)
    return k, sum(first), sum((k - i) * u for i, u in enumerate(first, start=1))


def _chance(total: float, k: int, found: int, before: int) -> float:
    return found / (k * total - before)


def _error(total: float, k: int, p: float) -> float:
    """Error of a removal estimate: N(1-q^k)q^k / ((1-q^k)^2 - p^2 k^2 q^(k-1))."""
    q = 1.0 - p
    bottom = (1.0 - q**k) ** 2 - (p * k) ** 2 * q ** (k - 1)
    return math.sqrt(total * (1.0 - q**k) * q**k / bottom) if bottom > 0.0 else math.inf


def zippin(first: Sequence[int]) -> Estimate:
    """Removal by maximum likelihood, equal effort (Zippin 1958); infinite where detections do not fall.

    first : gaps first detected in each audit, u.
    """
    from scipy.optimize import brentq

    k, found, before = _sums(first)
    if before <= found * (k - 1) / 2.0:
        return Estimate("Zippin", math.inf)

    def slope(total: float) -> float:
        p = _chance(total, k, found, before)
        return float(np.sum(1.0 / (total - np.arange(found))) + k * math.log1p(-p))

    low = found + 1e-9
    if slope(low) <= 0.0:
        return Estimate("Zippin", float(found), 0.0)
    high = 2.0 * found
    while slope(high) > 0.0:
        high *= 2.0
    total = float(brentq(slope, low, high, xtol=1e-10))
    return Estimate("Zippin", total, _error(total, k, _chance(total, k, found, before)))


def zippin_whole(first: Sequence[int]) -> Estimate:
    """The whole number of highest likelihood under equal effort."""
    k, found, before = _sums(first)

    def value(total: int) -> float:
        p = _chance(total, k, found, before)
        rest = k * total - before - found
        ways = float(gammaln(total + 1) - gammaln(total - found + 1))
        return ways + found * math.log(p) + (rest * math.log1p(-p) if rest else 0.0)

    middle = zippin(first).total
    if math.isinf(middle):
        return Estimate("Zippin, whole", math.inf)
    best = max((max(found, math.floor(middle) - 1 + step) for step in range(4)), key=value)
    return Estimate("Zippin, whole", best, _error(best, k, _chance(best, k, found, before)))


def carle_strub(first: Sequence[int], alpha: float = 1.0, beta: float = 1.0) -> Estimate:
    """Removal weighted by a beta prior on the chance (Carle and Strub 1978).

    It is always finite, so the default for few audits.
    The least N >= T with (N+1)/(N-T+1) prod (kN-X-T+beta+k-i)/(kN-X+alpha+beta+k-i-1) <= 1, products over i of 1 to k.
    """
    k, found, before = _sums(first)
    for total in count(found):
        product = (total + 1.0) / (total - found + 1.0)
        for i in range(1, k + 1):
            product *= (k * total - before - found + beta + k - i) / (k * total - before + alpha + beta + k - i)
        if product <= 1.0:
            p = _chance(total, k, found, before)
            return Estimate("Carle-Strub", total, _error(total, k, p))
        if total > found + MOST_STEPS:
            break
    return Estimate("Carle-Strub", math.inf)


def detection(first: Sequence[int], total: float) -> float:
    """Chance that one audit detects a gap, given the total: T / (kN - X)."""
    k, found, before = _sums(first)
    return _chance(total, k, found, before)


def seber_two(first: int, second: int) -> Estimate:
    """Two audits: u1^2 / (u1 - u2), error u1 u2 sqrt(u1+u2) / (u1-u2)^2 (Seber 1982).

    Raises
    ------
    ValueError
        When the second audit detected as much as the first: nothing then says where it ends.
    """
    if second >= first:
        msg = f"the second audit detected {second} new gaps, the first {first}: removal needs fewer each time"
        raise ValueError(msg)
    gap = first - second
    return Estimate("Seber, two", first**2 / gap, first * second * math.sqrt(first + second) / gap**2)


def jelinski_moranda(intervals: Sequence[float]) -> tuple[Estimate, float]:
    """Reliability growth by detections one at a time: rate phi (N - i + 1); returns the total and phi.

    intervals : effort between detections. The total is infinite where intervals do not grow.
    """
    from scipy.optimize import brentq

    n = len(intervals)
    gaps = np.asarray(intervals, float)
    weighted = float((np.arange(n) * gaps).sum())
    total_time = float(gaps.sum())
    if weighted / total_time <= (n - 1) / 2.0:
        return Estimate("Jelinski-Moranda", math.inf), math.nan

    def slope(total: float) -> float:
        return float(np.sum(1.0 / (total - np.arange(n))) - n / (total - weighted / total_time))

    low, high = n - 1 + 1e-6, 2.0 * n
    while slope(high) > 0.0:
        high *= 2.0
    found = float(brentq(slope, low, high, xtol=1e-12))
    return Estimate("Jelinski-Moranda", found), n / (found * total_time - weighted)


def goel_okumoto(intervals: Sequence[float]) -> tuple[Estimate, float]:
    """Reliability growth with mean a (1 - exp(-b t)): returns a and b; a is infinite where detections do not slow."""
    from scipy.optimize import brentq

    times = np.cumsum(np.asarray(intervals, float))
    n, end = len(times), float(times[-1])

    def slope(b: float) -> float:
        return float(n / b - times.sum() - n * end * math.exp(-b * end) / -math.expm1(-b * end))

    low, high = 1e-9 / end, 50.0 / end
    if slope(low) <= 0.0:
        return Estimate("Goel-Okumoto", math.inf), math.nan
    b = float(brentq(slope, low, high, xtol=1e-15))
    return Estimate("Goel-Okumoto", n / -math.expm1(-b * end)), b
