"""Design space: the probability that all quality limits hold at a point, by the posterior predictive distribution."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from echelon.supply.process.fit import Fit, fit
from echelon.supply.process.model import Model, build, numbered
from echelon.supply.process.table import F8, Experiments, inside, reach

SEARCH_DRAWS, FINE_DRAWS = 2_048, 65_536
"""Draws of the predictive distribution while looking around, and for a number that is printed; powers of two."""

CANDIDATES = 4_096
"""Points of the region at which the probability is looked at; a power of two."""

CELLS = 4_000_000
"""Numbers held at once while many points are worked through."""


@dataclass(frozen=True)
class Posterior:
    """What the experiments say of one future batch.

    The responses with limits share one model. With a noninformative prior, a batch at x is multivariate t with
    n - q - m + 1 degrees of freedom, the fitted means as centre, and the scale H (1 + z'(X'X)⁻¹z), z being the model's
    terms at x and H the residual cross-products over the degrees of freedom (Peterson 2004, J. Qual. Technol. 36:139).

    Attributes
    ----------
    responses : places of the m responses. rows : places of the runs in which all of them were measured.
    beta : (q, m). inverse : (q, q) of X'X. root : (m, m) with root root' = H. df : degrees of freedom.
    low, high : (m,) limits, infinite where there is none. noise : (k,) coded standard deviation of each set point.
    """

    model: Model
    responses: tuple[int, ...]
    rows: tuple[int, ...]
    beta: F8
    inverse: F8
    root: F8
    df: int
    low: F8
    high: F8
    noise: F8

    def means(self, x: F8) -> F8:
        """(p, m) predicted means at (p, k) coded points."""
        found: F8 = self.model.matrix(x) @ self.beta
        return found

    def stretch(self, x: F8) -> F8:
        """(p,) square root of 1 + z'(X'X)⁻¹z."""
        z = self.model.matrix(x)
        found: F8 = np.sqrt(1.0 + ((z @ self.inverse) * z).sum(axis=1))
        return found


def posterior(experiments: Experiments, responses: Sequence[int] | None = None) -> Posterior | str:
    """The predictive distribution of the responses with limits (or those named), or why there is none."""
    chosen = list(experiments.limited if responses is None else responses)
    if not chosen:
        return "No response has a quality limit, so there is no design space to speak of."
    rows = np.flatnonzero(np.isfinite(experiments.y[:, chosen]).all(axis=1))
    if not len(rows):
        return "The responses with limits were never measured in the same run."
    model = build(experiments, rows.tolist())
    numbers = numbered(experiments)
    z = model.matrix(experiments.x[rows], None if numbers is None else [numbers[i] for i in rows])
    y = experiments.y[rows][:, chosen]
    q, m = z.shape[1], len(chosen)
    df = len(rows) - q - m + 1
    if df < 1:
        return (
            f"{len(rows)} runs, {q} terms and {m} responses leave no degree of freedom: no probability can be given; "
            f"at least {q + m} runs are needed, and a few more to be of use."
        )
    inverse = np.asarray(np.linalg.inv(z.T @ z), dtype=np.float64)
    beta = inverse @ (z.T @ y)
    left = y - z @ beta
    values, vectors = np.linalg.eigh(left.T @ left / df)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    limits = [(experiments.responses[j].low, experiments.responses[j].high) for j in chosen]
    return Posterior(
        model,
        tuple(chosen),
        tuple(int(i) for i in rows),
        beta,
        inverse,
        root,
        df,
        np.array([-np.inf if low is None else low for low, _ in limits]),
        np.array([np.inf if high is None else high for _, high in limits]),
        np.array([0.0 if f.categorical else f.sd / f.half for f in experiments.factors]),
    )


@dataclass(frozen=True)
class Draws:
    """Shared luck of all points: (n, m) deviations of a batch in units of its stretch, (n, k) of its set points."""

    batch: F8
    setting: F8


def draws(post: Posterior, count: int, seed: int) -> Draws:
    """Scrambled Sobol points through the inverse distributions; the same seed gives the same draws."""
    m, k = len(post.responses), len(post.noise)
    sobol = qmc.Sobol(m + 1 + k, scramble=True, rng=np.random.default_rng(seed))
    uniform = np.clip(sobol.random(count), 1e-12, 1 - 1e-12)
    scale = np.sqrt(stats.chi2.ppf(uniform[:, m], post.df) / post.df)
    batch = stats.norm.ppf(uniform[:, :m]) @ post.root.T / scale[:, None]
    return Draws(batch, stats.norm.ppf(uniform[:, m + 1 :]) * post.noise)


def probability(post: Posterior, x: F8, luck: Draws) -> F8:
    """(p,) share of the draws in which all limits hold at each of (p, k) coded points."""
    if post.noise.any():
        return np.array([_held(post, one, luck).mean() for one in x])
    found = np.empty(len(x))
    step = max(1, CELLS // max(len(luck.batch), 1))
    means, stretch = post.means(x), post.stretch(x)
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        good = np.ones((len(means[part]), len(luck.batch)), dtype=bool)
        for j in range(len(post.responses)):
            room = stretch[part, None]
            low, high = ((limit[j] - means[part, j, None]) / room for limit in (post.low, post.high))
            good &= (luck.batch[:, j] >= low) & (luck.batch[:, j] <= high)
        found[part] = good.mean(axis=1)
    return found


def each(post: Posterior, x: F8, luck: Draws) -> F8:
    """(m,) probability that each limit holds by itself at one coded point."""
    batches = batch_draws(post, x, luck)
    found: F8 = ((batches >= post.low) & (batches <= post.high)).mean(axis=0)
    return found


def batch_draws(post: Posterior, x: F8, luck: Draws) -> F8:
    """(n, m) responses of future batches run at one coded point, with the noise of its set points."""
    if post.noise.any():
        z = post.model.matrix(x + luck.setting)
        stretch = np.sqrt(1.0 + ((z @ post.inverse) * z).sum(axis=1))
        found: F8 = z @ post.beta + stretch[:, None] * luck.batch
        return found
    still: F8 = post.means(x[None]) + post.stretch(x[None])[:, None] * luck.batch
    return still


def _held(post: Posterior, x: F8, luck: Draws) -> NDArray[np.bool_]:
    batches = batch_draws(post, x, luck)
    return np.asarray(((batches >= post.low) & (batches <= post.high)).all(axis=1))


def candidates(experiments: Experiments, count: int, seed: int) -> F8:
    """(p, k) coded points spread evenly over the region, the centre first; words are drawn alike."""
    k, edge = len(experiments.factors), reach(experiments)
    numeric = list(experiments.numeric)
    kept: list[F8] = []
    sobol = qmc.Sobol(k, scramble=True, rng=np.random.default_rng([seed, k]))
    have = 0
    for _ in range(512):
        uniform = sobol.random(count)
        x = edge * (2 * uniform - 1)
        for i, factor in enumerate(experiments.factors):
            if factor.categorical:
                x[:, i] = np.minimum((uniform[:, i] * len(factor.levels)).astype(int), len(factor.levels) - 1)
        good = x[inside(experiments, x)]
        kept.append(good)
        have += len(good)
        if have >= count:
            break
    found = np.vstack(kept)[:count]
    if len(found) < count and numeric:
        found = np.vstack([found, _ball(experiments, count - len(found), seed)])
    found[0, numeric] = 0.0
    return found


def _ball(experiments: Experiments, count: int, seed: int) -> F8:
    # With many factors hardly any point of the box lies in the sphere; directions and distances are drawn instead.
    luck = np.random.default_rng([seed, count])
    numeric, edge = list(experiments.numeric), reach(experiments)
    x = np.zeros((count, len(experiments.factors)))
    way = luck.standard_normal((count, len(numeric)))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    x[:, numeric] = way * edge * luck.random((count, 1)) ** (1 / len(numeric))
    for i, factor in enumerate(experiments.factors):
        if factor.categorical:
            x[:, i] = luck.integers(len(factor.levels), size=count)
    return x


@dataclass(frozen=True)
class Space:
    """The design space over the whole region.

    Attributes
    ----------
    share : of the region's points that reach the reliability. best : (k,) coded point of highest probability, best_p.
    means_pass : share where all predicted means pass; p_low, p_high : range of the probability among those.
    centre_p : probability at the centre of the region. points, p : what was looked at.
    """

    share: float
    best: F8
    best_p: float
    means_pass: float
    p_low: float
    p_high: float
    centre_p: float
    points: F8
    p: F8


def space(experiments: Experiments, post: Posterior, seed: int) -> Space:
    """Look over the region."""
    noisy = bool(post.noise.any())
    points = candidates(experiments, CANDIDATES // 4 if noisy else CANDIDATES, seed)
    luck = draws(post, SEARCH_DRAWS if noisy else 4 * SEARCH_DRAWS, seed)
    p = probability(post, points, luck)
    means = post.means(points)
    passing = ((means >= post.low) & (means <= post.high)).all(axis=1)
    top = int(p.argmax())
    fine = draws(post, FINE_DRAWS, seed)
    return Space(
        share=float((p >= experiments.settings.reliability).mean()),
        best=points[top],
        best_p=float(probability(post, points[top : top + 1], fine)[0]),
        means_pass=float(passing.mean()),
        p_low=float(p[passing].min()) if passing.any() else float("nan"),
        p_high=float(p[passing].max()) if passing.any() else float("nan"),
        centre_p=float(probability(post, points[:1], fine)[0]),
        points=points,
        p=p,
    )


def fits(experiments: Experiments) -> tuple[Fit, ...]:
    """Every response fitted."""
    return tuple(fit(experiments, j) for j in range(len(experiments.responses)))
