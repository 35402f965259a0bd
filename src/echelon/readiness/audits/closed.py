"""Estimators of a closed round: equal chance, auditors that differ, gaps that differ, sample coverage."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln

from echelon.readiness.audits.counts import Capture, Histories
from echelon.readiness.audits.two import Estimate

Floats = npt.NDArray[np.float64]

HIGHEST_ORDER = 5
"""Highest order of the jackknife."""

EDGE, EDGE_EXACT = 3.84, 3.8415
"""Chi-square above which a higher order of the jackknife differs: as CAPTURE rounds it, and less rounded for errors."""

MOST = 1e7


def _highest(slope: Callable[[float], float], seen: int) -> float:
    """The total at which a likelihood's slope crosses 0; infinite where it never does."""
    from scipy.optimize import brentq

    low, high = seen + 1e-9, max(seen + 1.0, 2.0 * seen)
    if slope(low) <= 0.0:
        return float(seen)
    while slope(high) > 0.0:
        high *= 2.0
        if high > MOST:
            return math.inf
    return float(brentq(slope, low, high, xtol=1e-10))


def m0(found: Capture) -> Estimate:
    """Equal chances: the N that maximises lnG(N+1) - lnG(N-S+1) + (tN-n) ln(tN-n) - tN ln(tN), n all finds.

    Error from the asymptotic variance N / ((1-p)^-t - t/(1-p) + t - 1) (Otis and others 1978).
    """
    t, s, n = found.auditors, found.seen, found.finds
    if n == s and t > 1:
        return Estimate("M0", math.inf)

    def slope(total: float) -> float:
        return float(_digamma_gap(total, s) + t * math.log((t * total - n) / (t * total)))

    total = _highest(slope, s)
    p = n / (t * total)
    if n >= t * s:
        # Every auditor found every gap: the likelihood knows of no other.
        return Estimate("M0", total, 0.0)
    spread = (1.0 - p) ** -t - t / (1.0 - p) + t - 1.0
    return Estimate("M0", total, math.sqrt(total / spread))


def _digamma_gap(total: float, seen: int) -> float:
    """Slope of lnG(N+1) - lnG(N-S+1)."""
    return float(np.sum(1.0 / (total - np.arange(seen))))


def mt(found: Capture) -> Estimate:
    """Auditors that differ: maximises lnG(N+1) - lnG(N-S+1) - tN ln N + sum (N-n_i) ln(N-n_i) (Darroch 1958).

    Error from N / (1/prod(1-p_i) + t - 1 - sum 1/(1-p_i)).
    """
    t, s, n = found.auditors, found.seen, found.by_auditor.astype(float)
    if found.finds == s and t > 1:
        return Estimate("Mt", math.inf)

    def slope(total: float) -> float:
        return float(_digamma_gap(total, s) + np.log((total - n) / total).sum())

    total = _highest(slope, s)
    missed = 1.0 - n / total
    if (missed <= 0.0).any():
        return Estimate("Mt", total, 0.0)
    spread = 1.0 / missed.prod() + t - 1.0 - (1.0 / missed).sum()
    return Estimate("Mt", total, math.sqrt(total / spread))


def mb(found: Capture) -> Estimate:
    """First finds only, equal effort (Zippin): what is found once may be found again with any chance."""
    from echelon.readiness.audits.removal import zippin

    made = zippin([int(count) for count in found.first])
    return Estimate("Mb", made.total, made.error)


def beta_binomial(found: Capture) -> Estimate:
    """Chances that differ by gap as a beta: maximises the multinomial likelihood in N and both shapes of the beta."""
    from scipy.optimize import minimize

    t, s = found.auditors, found.seen
    j = np.arange(1, t + 1)
    times = found.by_times[:t]

    def loss(free: Floats) -> float:
        unseen, a, b = np.exp(np.clip(free, -20.0, 20.0))
        seen = gammaln(t + 1) - gammaln(j + 1) - gammaln(t - j + 1) + betaln(a + j, b + t - j) - betaln(a, b)
        none = betaln(a, b + t) - betaln(a, b)
        total = s + unseen
        return -float(gammaln(total + 1) - gammaln(unseen + 1) + unseen * none + (times * seen).sum())

    best = minimize(loss, np.log([max(1.0, 0.3 * s), 1.5, 2.5]), method="Nelder-Mead",
                    options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000, "maxfev": 20_000})  # fmt: skip
    unseen = math.exp(best.x[0])
    return Estimate("beta-binomial", s + unseen, unseen * math.sqrt(max(0.0, _inverse_hessian(loss, best.x)[0, 0])))


def _inverse_hessian(loss: Callable[[Floats], float], at: Floats) -> Floats:
    step, size = 1e-3, len(at)
    made = np.zeros((size, size))
    unit = np.eye(size) * step
    for i in range(size):
        for k in range(size):
            made[i, k] = (
                loss(at + unit[i] + unit[k]) - loss(at + unit[i] - unit[k])
                - loss(at - unit[i] + unit[k]) + loss(at - unit[i] - unit[k])
            ) / (4.0 * step * step)  # fmt: skip
    return np.asarray(np.linalg.pinv(made))


def jackknife_weights(order: int, t: float) -> Floats:
    """Weights of f_1 … f_5 in the jackknife of an order from 0 to 5 (Burnham and Overton 1979); infinite t allowed."""
    rows: list[list[float]]
    if math.isinf(t):
        rows = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1], [5, -10, 10, -5, 1]]
    else:
        t1 = t * (t - 1)
        t2 = t1 * (t - 2)
        t3 = t2 * (t - 3)
        t4 = t3 * (t - 4)
        rows = [
            [],
            [(t - 1) / t],
            [(2 * t - 3) / t, -((t - 2) ** 2) / t1],
            [(3 * t - 6) / t, -(3 * t**2 - 15 * t + 19) / t1, (t - 3) ** 3 / t2 if t2 else 0.0],
            [(4 * t - 10) / t, -(6 * t**2 - 36 * t + 55) / t1,
             (4 * t**3 - 42 * t**2 + 148 * t - 175) / t2 if t2 else 0.0, -((t - 4) ** 4) / t3 if t3 else 0.0],
            [(5 * t - 15) / t, -(10 * t**2 - 70 * t + 125) / t1,
             (10 * t**3 - 120 * t**2 + 485 * t - 660) / t2 if t2 else 0.0,
             -((t - 4) ** 5 - (t - 5) ** 5) / t3 if t3 else 0.0, (t - 5) ** 5 / t4 if t4 else 0.0],
        ]  # fmt: skip
    made = np.zeros(HIGHEST_ORDER)
    made[:order] = rows[order]
    return made


def jackknife(found: Capture, order: int, *, infinite: bool = False) -> Estimate:
    """Gaps that differ, distribution free: S + sum of weights times f; variance sum (w+1)^2 f - N.

    Raises
    ------
    ValueError
        When the order is not below the number of auditors or above 5.
    """
    if not 0 <= order <= HIGHEST_ORDER or (order >= found.auditors and not infinite):
        msg = f"order {order} of the jackknife needs more than {order} auditors; there are {found.auditors}"
        raise ValueError(msg)
    return _weighted(found, jackknife_weights(order, math.inf if infinite else found.auditors), f"jackknife {order}")


def _five(found: Capture) -> Floats:
    return np.array([found.times(j) for j in range(1, HIGHEST_ORDER + 1)], np.float64)


def _weighted(found: Capture, weights: Floats, name: str) -> Estimate:
    f = _five(found)
    rest = found.seen - f.sum()
    total = found.seen + float(weights @ f)
    variance = float(((weights + 1.0) ** 2) @ f) + rest - total
    return Estimate(name, total, math.sqrt(max(0.0, variance)))


def jackknife_chosen(found: Capture, *, infinite: bool = False) -> Estimate:
    """The order stepped up while the next one differs, interpolated to the edge as program CAPTURE does.

    Error without the condition on the order (Burnham): variances and spread of all orders, weighted by the chance that
    each is chosen. With infinitely many occasions the order is taken as it is, with its own variance.

    Source: Burnham and Overton 1978, 1979; Rexstad and Burnham 1991.
    """
    most = HIGHEST_ORDER if infinite else min(HIGHEST_ORDER, found.auditors)
    t = math.inf if infinite else found.auditors
    weights = [jackknife_weights(order, t) for order in range(1, most + 1)]
    tests = [_gain_test(found, low, high) for low, high in pairwise(weights)]
    chosen = next((place for place, test in enumerate(tests) if test < EDGE), most - 1)
    if infinite:
        return _weighted(found, weights[chosen], f"jackknife, order {chosen + 1}")
    share, under = 1.0, np.zeros(HIGHEST_ORDER)
    if chosen:
        before, here = tests[chosen - 1], tests[chosen] if chosen < len(tests) else 0.0
        share, under = (before - EDGE) / (before - here), weights[chosen - 1]
    else:
        first, f1 = _weighted(found, weights[0], "").total, found.times(1)
        before = first * f1 / (first - f1) if first > f1 else 0.0
        if before > EDGE:
            share = (before - EDGE) / (before - tests[0]) if tests else 1.0
    total = _weighted(found, share * weights[chosen] + (1.0 - share) * under, "").total
    return Estimate("jackknife, interpolated", total, _unconditional(found, weights, tests))


def _gain_test(found: Capture, low: Floats, high: Floats) -> float:
    """Chi-square of one order's gain over the one before."""
    f, s = _five(found), found.seen
    step = high - low
    gain = float(step @ f)
    variance = s / (s - 1.0) * (float(step**2 @ f) - gain**2 / s) if s > 1 else 0.0
    return gain**2 / variance if variance > 0.0 else 0.0


def _unconditional(found: Capture, weights: list[Floats], tests: list[float]) -> float:
    from scipy.stats import ncx2

    made = [_weighted(found, weight, "") for weight in weights]
    chosen, left = [], 1.0
    for test in tests:
        stop = float(ncx2.cdf(EDGE_EXACT, 1, max(test - 1.0, 1e-12)))
        chosen.append(left * stop)
        left *= 1.0 - stop
    chosen.append(left)
    mean = sum(share * one.total for share, one in zip(chosen, made, strict=True))
    spread = sum(share * (one.error**2 + (one.total - mean) ** 2) for share, one in zip(chosen, made, strict=True))
    return math.sqrt(spread)


def chao(found: Capture) -> Estimate:
    """Gaps that differ, a floor: S + f1^2 / (2 f2) (Chao 1987)."""
    f1, f2 = found.times(1), found.times(2)
    if not f2:
        return chao_corrected(found)
    return Estimate("Chao", found.seen + f1 * f1 / (2.0 * f2), math.sqrt(_chao_variance(f1, f2)))


def _chao_variance(f1: float, f2: float) -> float:
    ratio = f1 / f2
    return f2 * (0.25 * ratio**4 + ratio**3 + 0.5 * ratio**2)


def chao_corrected(found: Capture) -> Estimate:
    """The floor of Chao for t auditors, corrected for bias: S + (t-1)/t f1 (f1-1) / (2 (f2+1)); needs no f2.

    Error from the unbiased variance U + U^2 - ((t-1)/2t)^2 f1(f1-1)(f1-2)(f1-3) / ((f2+1)(f2+2)), U what is unseen;
    it agrees with R's closedp.bc. Where few gaps make that negative, U stands in for it.
    """
    f1, f2, share = found.times(1), found.times(2), (found.auditors - 1.0) / (2.0 * found.auditors)
    unseen = share * f1 * (f1 - 1.0) / (f2 + 1.0)
    pairs = share**2 * f1 * (f1 - 1.0) * (f1 - 2.0) * (f1 - 3.0) / ((f2 + 1.0) * (f2 + 2.0))
    variance = unseen + unseen**2 - pairs
    return Estimate("Chao, corrected", found.seen + unseen, math.sqrt(variance if variance > 0.0 else unseen))


def chao_modified(found: Capture) -> Estimate:
    """Chao's floor for few occasions (Chao 1989); plain Chao where its conditions fail."""
    t, f1, f2, f3 = found.auditors, found.times(1), found.times(2), found.times(3)
    if not f2 or t * f1 <= 2 * f2 or t * f2 <= 3 * f3 or 3 * f1 * f3 <= 2 * f2 * f2:
        return chao(found)
    factor = (1.0 - 2.0 * f2 / (t * f1)) / (1.0 - 3.0 * f3 / (t * f2))
    ratio = f1 / f2
    variance = f2 * (0.25 * factor**2 * ratio**4 + factor**2 * ratio**3 + 0.5 * factor * ratio**2)
    return Estimate("Chao, modified", found.seen + f1 * ratio / 2.0 * factor, math.sqrt(variance))


def sample_coverage(found: Capture) -> float:
    """Share of what can be found that was: 1 - f1 / all finds."""
    return 1.0 - found.times(1) / found.finds if found.finds else 0.0


def coverage(histories: Histories, form: int = 1) -> Estimate:
    """Auditors and gaps that differ: S/C + f1/C times the squared variation of the gaps (Lee and Chao 1994).

    Error by the delta method over the counts of each history, which are multinomial.

    Parameters
    ----------
    histories : bool [gap, auditor].
    form : 1 with C = 1 - f1/n; 2 with C = 1 - (f1 - 2 f2/(t-1))/n.
    """
    shown, counts = np.unique(histories[histories.any(axis=1)], axis=0, return_counts=True)
    t = shown.shape[1]
    sizes = shown.sum(axis=1)

    def total(weights: Floats) -> float:
        f: Floats = np.bincount(sizes, weights, minlength=t + 1)[1:].astype(np.float64)
        return _coverage_total(f, weights @ shown, form)

    plain = counts.astype(float)
    middle = total(plain)
    step = 1e-4
    slopes = np.array(
        [(total(plain + step * unit) - total(plain - step * unit)) / (2 * step) for unit in np.eye(len(plain))]
    )
    variance = float(slopes**2 @ plain) - float(slopes @ plain) ** 2 / middle
    return Estimate(f"coverage {form}", middle, math.sqrt(max(0.0, variance)))


def _coverage_total(f: Floats, n: Floats, form: int) -> float:
    t = len(n)
    k = np.arange(1, len(f) + 1)
    finds = float((k * f).sum())
    f1, f2 = float(f[0]), float(f[1]) if len(f) > 1 else 0.0
    share = 1.0 - (f1 - (2.0 * f2 / (t - 1.0) if form == 2 else 0.0)) / finds
    rough = float(f.sum()) / share
    pairs = float(n.sum() ** 2 - (n**2).sum())
    variation = max(0.0, rough * float((k * (k - 1) * f).sum()) / pairs - 1.0)
    return rough + f1 / share * variation


def log_interval(found: Capture, made: Estimate, level: float = 0.95) -> tuple[float, float]:
    """Interval of a total that cannot lie under what was seen (Chao 1987): S + U/C to S + U C."""
    from scipy.stats import norm

    unseen = made.total - found.seen
    if unseen <= 0.0 or not math.isfinite(made.error):
        return float(found.seen), made.total
    width = math.exp(float(norm.ppf(0.5 + level / 2.0)) * math.sqrt(math.log1p(made.error**2 / unseen**2)))
    return found.seen + unseen / width, found.seen + unseen * width
