"""The set point: where the limits hold most surely, or where the goal is met best among points that are sure enough."""

import numpy as np

from echelon.supply.process.fit import Fit
from echelon.supply.process.space import SEARCH_DRAWS, Draws, Posterior, candidates, draws, probability
from echelon.supply.process.table import F8, Experiments, inside

STARTS = 6
"""Points from which the neighbourhood is searched."""

RISK = 0.5
"""Share of the risk that the design space allows which a set point may take, so that there is room around it."""

LEAST_STEP = 0.01
"""Coded step at which the search ends."""


def given(experiments: Experiments) -> F8 | None:
    """The set point that the study names for every factor, coded, or None."""
    if not any(factor.set_point is not None for factor in experiments.factors):
        return None
    found = []
    for factor in experiments.factors:
        if isinstance(factor.set_point, str):
            found.append(float(factor.levels.index(factor.set_point)))
        elif factor.set_point is None:
            found.append(0.0)
        else:
            found.append(factor.coded(factor.set_point))
    return np.array(found)


def choose(experiments: Experiments, fits: tuple[Fit, ...], post: Posterior | None, seed: int) -> F8:
    """(k,) coded set point looked for over the region."""
    noisy = post is not None and bool(post.noise.any())
    points = candidates(experiments, 512 if noisy else 1_024, seed)
    if post is None and not any(response.goal for response in experiments.responses):
        centre: F8 = points[0]
        return centre
    luck = draws(post, SEARCH_DRAWS // 4 if noisy else SEARCH_DRAWS, seed) if post else None
    scores = score(experiments, fits, post, luck, points)
    best: F8 = points[0]
    most = -np.inf
    for i in np.argsort(-scores, kind="stable")[:STARTS]:
        x, value = _climb(experiments, fits, post, luck, points[i], float(scores[i]))
        if value > most:
            best, most = x, value
    return _settable(experiments, best)


def _settable(experiments: Experiments, x: F8) -> F8:
    """The point in numbers that a controller takes: to a hundredth of each range."""
    pairs = zip(experiments.factors, x, strict=True)
    found = np.array([value if f.categorical else f.coded(f.rounded(float(value), 2)) for f, value in pairs])
    return found if inside(experiments, found[None])[0] else x


def score(experiments: Experiments, fits: tuple[Fit, ...], post: Posterior | None, luck: Draws | None, x: F8) -> F8:
    """(p,) what is to be as large as can be: the probability up to R, from there on what is wanted."""
    wish = _wish(experiments, fits, x)
    if post is None or luck is None:
        return wish
    p = probability(post, x, luck)
    if not any(response.goal for response in experiments.responses):
        return p + 1e-3 * np.tanh(_margin(post, x))
    needed = 1.0 - RISK * (1.0 - experiments.settings.reliability)
    return np.where(p >= needed, 1.0 + 0.5 * (1 + np.tanh(wish)), p)


def _wish(experiments: Experiments, fits: tuple[Fit, ...], x: F8) -> F8:
    """Sum of the goals, each in standard deviations of its response over the runs."""
    total = np.zeros(len(x))
    for j, (response, fit) in enumerate(zip(experiments.responses, fits, strict=True)):
        values = experiments.y[:, j]
        spread = float(np.nanstd(values)) or 1.0
        mean = (fit.predict(x) - float(np.nanmean(values))) / spread
        if response.goal == "maximise":
            total += mean
        elif response.goal == "minimise":
            total -= mean
        elif response.goal == "target" and response.target is not None:
            total -= np.abs(mean - (response.target - float(np.nanmean(values))) / spread)
    return total / 4.0


def _margin(post: Posterior, x: F8) -> F8:
    """Distance of the nearest limit in standard units; it breaks ties where the draws all pass."""
    means, scale = post.means(x), np.sqrt((post.root**2).sum(axis=1))
    scale = np.where(scale > 0, scale, 1.0)
    scale = scale * post.stretch(x)[:, None]
    room = np.minimum((means - post.low) / scale, (post.high - means) / scale)
    found: F8 = np.clip(room.min(axis=1), -50.0, 50.0) / 10.0
    return found


def _climb(
    experiments: Experiments, fits: tuple[Fit, ...], post: Posterior | None, luck: Draws | None, x: F8, value: float
) -> tuple[F8, float]:
    """Steps along each factor, ever shorter, as long as they help."""
    step = 0.4
    while step >= LEAST_STEP:
        around = _around(experiments, x, step)
        scores = score(experiments, fits, post, luck, around) if len(around) else np.array([-np.inf])
        best = int(scores.argmax())
        if scores[best] > value:
            x, value = around[best], float(scores[best])
        else:
            step /= 2
    return x, value


def _around(experiments: Experiments, x: F8, step: float) -> F8:
    found = []
    for i, factor in enumerate(experiments.factors):
        if factor.categorical:
            moves = [float(level) for level in range(len(factor.levels)) if level != x[i]]
        else:
            moves = [x[i] - step, x[i] + step]
        for value in moves:
            moved = x.copy()
            moved[i] = value
            found.append(moved)
    around = np.array(found)
    kept: F8 = around[inside(experiments, around)]
    return kept
